"""Which mailboxes nobody reads, looked at from outside the workers: for the people at the hub who can ring somebody.

The hub puts a signed statement into every mailbox each half minute, so a mailbox whose readers stand before its end has
waited since its first unread record was appended: that is when it was last read, to half a minute. Nothing is opened;
what is looked at are positions and times. Whether that is silence is for `hub.delivery`, as for the worker that counts
silent mailboxes in its metrics.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ssl import SSLContext
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from consumers import HubNotReachable
from consumers.connection import Connection, connected
from deploy import check, pki
from deploy.home import Home
from deploy.moments import clock, stretch
from deploy.occupied import Running
from deploy.rules import rules_of
from deploy.topics import inbox_group, inbox_topic
from hub.delivery import DeliveryRules, Silence, packaged_delivery_rules, silent_mailboxes
from hub.directory import Directory
from hub.ids import AgencyId
from hub.rule_text import BrokenRules

MOST_NAMED: Final = 5
_FETCH_BYTES: Final = 16_384
"""Of each mailbox, one record is wanted."""
_WAIT_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a mailbox is read: since when its first unread record waits (None: nothing does), and if it ever was read."""

    unread_since: datetime | None
    was_ever_read: bool

    def silent_for(self, now: datetime) -> timedelta | None:
        """For how long nobody has read it, where that is longer than the packaged rules allow."""
        waited = timedelta(0) if self.unread_since is None else now - self.unread_since
        return waited if waited >= packaged_delivery_rules().silent_after else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentMailbox:
    """A mailbox that nobody reads, as people are told of it."""

    silence: Silence
    reading: Reading
    at: datetime

    @property
    def since(self) -> str:
        """Since when: `not read since 02:40 (35 min)`."""
        if self.reading.unread_since is None:
            return "not read"
        waits = stretch((self.at - self.reading.unread_since).total_seconds())
        began = clock(self.reading.unread_since, self.at)
        return f"not read since {began} ({waits})" if self.reading.was_ever_read else f"never read, for {waits}"

    @property
    def remedy(self) -> str:
        """What to do, and whom to ring."""
        whom = f"ring {self.silence.ring}" if self.silence.ring else "ring its duty contact"
        return f"{whom}: its program must read the mailbox, or nobody there hears of a child"


async def silent(home: Home, running: Running, directory: Directory) -> tuple[SilentMailbox, ...]:
    """The mailboxes of connected members that nobody reads now, in order of agency id."""
    now = datetime.now(UTC)
    members = [
        agency for entry in directory.agencies() if directory.is_connected(agency := AgencyId(entry.agency_id), now)
    ]
    readings = await read_positions(home, running, members)
    return judged(readings, directory, _rules(home), now=now, up_since=home.up_since())


def judged(
    readings: Mapping[AgencyId, Reading],
    directory: Directory,
    rules: DeliveryRules,
    *,
    now: datetime,
    up_since: datetime,
) -> tuple[SilentMailbox, ...]:
    """Which of these are silent; while the hub was down nobody could read, so that time is no silence."""
    polled = {agency: now for entry in directory.agencies() if (agency := AgencyId(entry.agency_id)) not in readings}
    polled |= {
        agency: now if reading.unread_since is None else max(reading.unread_since, up_since)
        for agency, reading in readings.items()
    }
    return tuple(
        SilentMailbox(silence=each, reading=readings[each.agency], at=now)
        for each in silent_mailboxes(polled, now, up_since, directory, rules)
    )


def in_words(silent: Sequence[SilentMailbox]) -> tuple[str, str]:
    """Which they are, and what to do, each in one line: the first by name, the others by number."""
    first = silent[:MOST_NAMED]
    said = [f"{each.silence.name} ({each.silence.agency}) {each.since}" for each in first]
    remedies = [f"{each.silence.name}: {each.remedy}" for each in first]
    if more := len(silent) - len(first):
        said.append(f"and {more} more")
        remedies.append("all of them: homeward agency list")
    return "; ".join(said), "; ".join(remedies)


async def read_positions(home: Home, running: Running, agencies: Collection[AgencyId]) -> dict[AgencyId, Reading]:
    """How the mailboxes of these agencies are read; one that has no mailbox is left out."""
    reads, watches = (pki.ssl_context(home.pki, name) for name in (check.PRINCIPAL, check.OPERATOR))
    return await _readings(running.bootstrap, agencies, reads=reads, watches=watches)


async def own_reading(connection: Connection, agency: AgencyId) -> Reading:
    """How an agency's own mailbox is read, looked at with its own certificate.

    Raises:
        HubNotReachable: the broker is away, or does not answer.
    """
    tls = connection.ssl_context
    try:
        found = await _readings(connection.bootstrap_servers, [agency], reads=tls, watches=tls)
    except KafkaError as error:
        raise HubNotReachable(connection.bootstrap_servers, type(error).__name__) from error
    return found.get(agency, Reading(unread_since=None, was_ever_read=False))


async def _readings(
    bootstrap: str, agencies: Collection[AgencyId], *, reads: SSLContext, watches: SSLContext
) -> dict[AgencyId, Reading]:
    connection = {"bootstrap_servers": bootstrap, "security_protocol": "SSL"}
    reader = AIOKafkaConsumer(
        **connection,
        ssl_context=reads,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        group_id=None,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    admin = AIOKafkaAdminClient(**connection, ssl_context=watches)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(connected(reader))
        stack.push_async_callback(admin.close)
        await admin.start()
        topics = await reader.topics()
        places = {TopicPartition(inbox_topic(agency).name, 0): agency for agency in agencies}
        places = {place: agency for place, agency in places.items() if place.topic in topics}
        positions = {
            place: (await admin.list_consumer_group_offsets(inbox_group(agency), partitions=[place]))[place].offset
            for place, agency in places.items()
        }
        waiting = await _first_unread(reader, positions)
    return {
        agency: Reading(unread_since=waiting.get(place), was_ever_read=positions[place] >= 0)
        for place, agency in places.items()
    }


async def _first_unread(
    reader: AIOKafkaConsumer, positions: Mapping[TopicPartition, int]
) -> dict[TopicPartition, datetime]:
    """When the first record was appended that the readers of each mailbox have not come to."""
    if not positions:
        return {}
    reader.assign(list(positions))
    reader.pause(*positions)
    begins, ends = await reader.beginning_offsets(list(positions)), await reader.end_offsets(list(positions))
    starts = {place: max(position, begins[place]) for place, position in positions.items()}
    open_places = {place for place, start in starts.items() if start < ends[place]}
    for place in open_places:
        reader.seek(place, starts[place])
    reader.resume(*open_places)
    found: dict[TopicPartition, datetime] = {}
    while open_places:
        got: Mapping[TopicPartition, Any] = await reader.getmany(*open_places, timeout_ms=_WAIT_MILLISECONDS)
        for place, records in got.items():
            if records and place not in found:
                found[place] = datetime.fromtimestamp(records[0].timestamp / 1000, UTC)
                reader.pause(place)
        left = open_places - found.keys()
        open_places = {place for place in left if await reader.position(place) < ends[place]}
    return found


def _rules(home: Home) -> DeliveryRules:
    """Those that the hub goes by; a running hub goes by the last good ones while a table of its own is faulty."""
    try:
        return rules_of(home).delivery
    except BrokenRules:
        return packaged_delivery_rules()
