"""Statements: a process that says of every mailbox what it holds, every half minute, and sees whether it is polled.

It reads the inboxes by the ids in the headers, opens nothing, and holds no key but the one it signs with. Statements
are what a mailbox's reader checks that nothing was withheld by, and its sign that the hub lives; a reader that polls
moves its position over them, so that a mailbox which nobody polls is known within a minute, before a child depends on
it. No report passes through here: when it stands still, everything else goes on.
"""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from hub.delivery import silent_mailboxes
from hub.ids import AgencyId
from hub.mailbox import Account
from hub.messages import Refusal, WireMessage, WorkerKey, open_from_hub
from hub.sealing import OpeningKeys
from schemas.codec import SchemaIds
from schemas.records import AgencyKind, MailboxStatement
from streams.broker_clock import CLOCK, BrokerClock
from streams.directory_feed import DirectoryFeed
from streams.mailbox_statements import INBOX, Mailbox, Mailboxes, statement
from streams.metrics import MAILBOXES_SILENT, STATEMENTS
from streams.rules_feed import RulesFeed
from streams.settings import WorkerSettings, secret_bytes
from streams.start import run_beside

NAME: Final = "homeward-statements"
_LOOK_SECONDS: Final = 5.0
"""How often new mailboxes and readers' positions are looked for."""
_POLL_MILLISECONDS: Final = 250
_READ_BACK: Final = 2_000
"""Records before the end of a mailbox among which its newest statement is looked for first."""
_NO_KEYS: Final = OpeningKeys.of({})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_log = structlog.get_logger()


class Statements:
    """Follows every mailbox, states it, and looks at its readers."""

    def __init__(self, settings: WorkerSettings, ids: SchemaIds) -> None:
        self._settings = settings
        self._ids = ids
        self._worker = WorkerKey.from_bytes(settings.signing_key_id, secret_bytes(settings.signing_key))
        self._rules = RulesFeed(settings.rules, settings.data_dir / NAME / "rules")
        tls = settings.ssl_context()
        self._connection = {"bootstrap_servers": settings.bootstrap, "security_protocol": "SSL", "ssl_context": tls}
        self._directory = DirectoryFeed(
            settings.bootstrap, tls, settings.trust_key.read_bytes(), ids, settings.instance
        )
        self._clock = BrokerClock()
        self._mailboxes = Mailboxes()
        self._began: datetime | None = None
        self._silent: frozenset[AgencyId] = frozenset()

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with AsyncExitStack() as stack:
            self._consumer = AIOKafkaConsumer(**self._connection, group_id=None, enable_auto_commit=False)
            self._producer = AIOKafkaProducer(**self._connection, acks="all", enable_idempotence=True)
            self._admin = AIOKafkaAdminClient(**self._connection)
            for part, end in (
                (self._directory, self._directory.stop),
                (self._consumer, self._consumer.stop),
                (self._producer, self._producer.stop),
                (self._admin, self._admin.close),
            ):
                await part.start()
                stack.push_async_callback(end)
            await self.look()
            _log.info("worker_ready", worker=NAME, instance=self._settings.instance)
            working = [asyncio.create_task(self._read_and_state()), asyncio.create_task(self._look_on())]
            stopping = asyncio.create_task(stop.wait())
            done, _ = await asyncio.wait([*working, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in (*working, stopping):
                task.cancel()
            await asyncio.gather(*working, stopping, return_exceptions=True)
            for task in done & set(working):
                task.result()

    async def look(self) -> None:
        """Ask the time, find new mailboxes, see how far the readers of each have come, and say who is silent."""
        await self._ask()
        self._rules.look()
        now = self._clock.now()
        self._began = self._began or now
        await self._find_mailboxes()
        for mailbox in self._mailboxes.by_agency.values():
            place = TopicPartition(mailbox.topic, 0)
            told = await self._admin.list_consumer_group_offsets(mailbox.group, partitions=[place])
            position = told[place].offset
            mailbox.saw_position(position if position >= 0 else None, now)
        self._tell_silence(now)

    def _tell_silence(self, now: datetime) -> None:
        directory = self._directory.current
        rules = self._rules.current.delivery
        silent = silent_mailboxes(self._mailboxes.polled(), now, self._began or now, directory, rules)
        counts = Counter(each.kind for each in silent)
        for kind in AgencyKind:
            MAILBOXES_SILENT.labels(kind.value).set(counts[kind])
        known, self._silent = self._silent, frozenset(each.agency for each in silent)
        for each in silent:
            if each.agency not in known:
                _log.warning("mailbox_silent", agency=each.agency, remedy=each.text)
        for agency in known - self._silent:
            _log.info("mailbox_polled_again", agency=agency)

    async def _read_and_state(self) -> None:
        """Count what arrives, and state each mailbox when it is time."""
        while True:
            for place, records in (await self._consumer.getmany(timeout_ms=_POLL_MILLISECONDS)).items():
                mailbox = self._mailboxes.by_agency[_agency(place)]
                for record in records:
                    mailbox.take(record.offset, _headers(record))
            await self.state_those_due()

    async def state_those_due(self) -> None:
        """State every mailbox whose time has come and of which everything is counted."""
        now = self._clock.now()
        due = self._mailboxes.due(now)
        if not due:
            return
        ends = await self._consumer.end_offsets([TopicPartition(mailbox.topic, 0) for mailbox in due])
        sent = []
        for mailbox in due:
            if mailbox.account.end < ends[TopicPartition(mailbox.topic, 0)]:
                continue
            wire = statement(mailbox, now, self._worker, self._ids)
            mailbox.stated_at = now
            sent.append(await self._producer.send(wire.topic, wire.value, key=wire.key, headers=list(wire.headers)))
        await asyncio.gather(*sent)
        STATEMENTS.inc(len(sent))

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.look()
            except KafkaError as error:
                _log.warning("mailboxes_not_looked_at", error=type(error).__name__)

    async def _ask(self) -> None:
        """Ask the broker what time it is."""
        sent = self._clock.count()
        answer = await self._producer.send_and_wait(CLOCK, b"", key=self._settings.instance.encode())
        self._clock.heard(sent, self._clock.count(), _EPOCH + timedelta(milliseconds=answer.timestamp))

    async def _find_mailboxes(self) -> None:
        known = self._mailboxes.by_agency
        topics = sorted(topic for topic in await self._consumer.topics() if topic.startswith(INBOX))
        new = [AgencyId(topic.removeprefix(INBOX)) for topic in topics]
        new = [agency for agency in new if agency not in known]
        if not new:
            return
        accounts = await self._accounts(new)
        for agency, account in accounts.items():
            known[agency] = Mailbox(agency=agency, account=account)
        self._consumer.assign([TopicPartition(mailbox.topic, 0) for mailbox in known.values()])
        for mailbox in known.values():
            self._consumer.seek(TopicPartition(mailbox.topic, 0), mailbox.account.end)

    async def _accounts(self, agencies: Sequence[AgencyId]) -> dict[AgencyId, Account]:
        """Where the newest statement of each mailbox leaves off; else what is left of the mailbox, from its start."""
        places = {TopicPartition(f"{INBOX}{agency}", 0): agency for agency in agencies}
        async with AsyncExitStack() as stack:
            reader = AIOKafkaConsumer(**self._connection, group_id=None, enable_auto_commit=False)
            await reader.start()
            stack.push_async_callback(reader.stop)
            reader.assign(list(places))  # all at once: of topics that it does not know it would learn one in 0.1 s
            reader.pause(*places)
            begins, ends = await reader.beginning_offsets(places), await reader.end_offsets(places)
            found: dict[AgencyId, Account] = {}
            for back in (_READ_BACK, None):
                missing = [place for place, agency in places.items() if agency not in found]
                starts = {place: _from(begins[place], ends[place], back) for place in missing}
                async for place, record in _stretch(reader, starts, ends):
                    if (account := self._stated(record)) is not None:
                        found[places[place]] = account
        return {agency: found.get(agency, Account(end=begins[place])) for place, agency in places.items()}

    def _stated(self, record: Any) -> Account | None:  # noqa: ANN401 - aiokafka has no types
        """The account of a record that is a genuine statement of its own mailbox."""
        if _headers(record).get("ce_type") != b"MailboxStatement":
            return None
        wire = WireMessage(
            topic=record.topic, key=record.key or b"", headers=list(record.headers), value=record.value or b""
        )
        when = _EPOCH + timedelta(milliseconds=record.timestamp)
        opened = open_from_hub(wire, self._directory.current, _NO_KEYS, self._ids, when)
        if isinstance(opened, Refusal) or not isinstance(opened.record, MailboxStatement):
            _log.error("statement_not_genuine", offset=record.offset)
            return None
        return Account.of(opened.record) if opened.record.mailbox == record.topic.removeprefix(INBOX) else None


async def _stretch(
    reader: AIOKafkaConsumer, starts: dict[TopicPartition, int], ends: dict[TopicPartition, int]
) -> AsyncIterator[tuple[TopicPartition, Any]]:
    """The records of these partitions from where each starts to where it ends, in the order of each."""
    waiting = {place for place, start in starts.items() if start < ends[place]}
    if not waiting:
        return
    reader.assign(list(waiting))
    for place in waiting:
        reader.seek(place, starts[place])
    while waiting:
        for place, records in (await reader.getmany(timeout_ms=_POLL_MILLISECONDS)).items():
            for record in records:
                yield place, record
        waiting = {place for place in waiting if await reader.position(place) < ends[place]}


def _from(begin: int, end: int, back: int | None) -> int:
    return begin if back is None else max(begin, end - back)


def _headers(record: Any) -> dict[str, bytes]:  # noqa: ANN401 - aiokafka has no types
    return {name: value or b"" for name, value in record.headers}


def _agency(place: TopicPartition) -> AgencyId:
    return AgencyId(place.topic.removeprefix(INBOX))


async def run(settings: WorkerSettings, ids: SchemaIds) -> None:
    """Run the process with these settings."""
    await Statements(settings, ids).run()


if __name__ == "__main__":
    run_beside(NAME, run)
