"""A whole hub on a real broker, three agencies whose keys the test holds, and an eye on every topic.

What a test judges by is read from outside: every record of every topic, as the broker has it, by the ids in its
headers. A worker's own word counts for nothing here.
"""

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.request import urlopen
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from deploy import agencies, directory, pki, provision, topics
from deploy.bringup import Hub
from deploy.config import Settings
from deploy.home import Home
from deploy.identities import Identity
from deploy.joining import make_keys
from deploy.topics import Agency
from hub.directory import Directory
from hub.headers import attributes
from hub.ids import HUB, AgencyId
from hub.messages import OpenedMessage, Refusal, WireMessage, chain_link, compose, open_from_hub
from hub.messages.wire import SEALED, sealed_to, signed_message
from hub.sealing import OpeningKeys, commitment, salted
from hub.signing import CHAIN_START, Domain, Signer
from schemas.codec import SchemaIds
from schemas.records import (
    Address,
    AgencyKind,
    AuditBatch,
    AuditLeaf,
    Contact,
    DeskAlert,
    LastSeen,
    MissingReported,
    Nation,
    Notice,
    Person,
    PoliceContact,
    PoliceContactState,
    Quarantined,
    Receipt,
    Record,
    ReportedStatus,
    SealingKey,
    SigningKey,
)
from tests.faults import points
from tests.faults.points import Fault

ROCHDALE: Final = AgencyId("E08000005")
SALFORD: Final = AgencyId("E08000006")
POLICE: Final = AgencyId("E23000005")
AGENCIES: Final = (ROCHDALE, SALFORD, POLICE)
OPERATORS: Final = AgencyId("operators")
PATIENCE: Final = 45.0
"""Seconds that anything in these tests is waited for, a worker's restart included."""
_ROOT: Final = Path(__file__).parents[3]
_INSTALLATIONS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One record as the broker has it."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    at: datetime

    def header(self, name: str) -> str:
        return next((value.decode(errors="replace") for given, value in self.headers if given == name), "")

    @property
    def id(self) -> str:
        return self.header("ce_id")

    @property
    def wire(self) -> WireMessage:
        return WireMessage(topic=self.topic, key=self.key, headers=self.headers, value=self.value or b"")


@dataclass(slots=True)
class Installation:
    """One program of an agency with a signing key of its own, and how far its chain has come."""

    agency: AgencyId
    signer: Signer
    town: "Town"
    number: int = 0
    link: bytes = CHAIN_START

    def write(self, record: Record, message_id: str | None = None) -> WireMessage:
        """The next message of this installation, signed and sealed, not yet sent."""
        now = datetime.now(UTC)
        self.number += 1
        wire = compose(
            record,
            ids=self.town.ids,
            message_id=message_id or str(uuid4()),
            sender=self.agency,
            time=now,
            signer=self.signer,
            seal_to=self.town.known.sealing_key(HUB, now),
            salt=secrets.token_bytes(16),
            sequence=self.number,
            previous=self.link,
        )
        self.link = chain_link(wire)
        return wire

    def write_framed(self, framed: bytes, seal_to: SealingKey | None = None) -> WireMessage:
        """A message round any bytes whatever, as only a foreign client would make it; the chain does not move."""
        now = datetime.now(UTC)
        plaintext = salted(framed, secrets.token_bytes(16))
        named = attributes(
            message_id=str(uuid4()),
            record_type="MissingReported",
            source=self.agency,
            time=now,
            key_id=self.signer.key_id,
            commitment=commitment(plaintext),
            sequence=self.number + 1,
            previous=self.link,
        )
        key = self.agency.encode()
        seal_to = seal_to or self.town.known.sealing_key(HUB, now)
        assert seal_to is not None
        value = sealed_to(seal_to, plaintext, domain=Domain.MESSAGE, topic="inbound", key=key, attributes=named)
        return signed_message(
            domain=Domain.MESSAGE,
            topic="inbound",
            key=key,
            attributes=named,
            content_type=SEALED,
            value=value,
            signer=self.signer,
        )

    async def send(self, *records: Record) -> list[str]:
        """Write and send these; returns their message ids once the broker has them."""
        wires = [self.write(record) for record in records]
        await self.town.send(*wires)
        return [id_of(wire) for wire in wires]


@dataclass(slots=True)
class Town:
    """The running hub and everything a test needs round it."""

    hub: Hub
    faults: Path
    known: Directory
    opening: dict[AgencyId, OpeningKeys]
    seen: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    _unused: dict[AgencyId, list[Signer]] = field(default_factory=dict)
    _shared: dict[AgencyId, Installation] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _producer: AIOKafkaProducer = None
    _opened: dict[tuple[str, int, int], OpenedMessage | Refusal] = field(default_factory=dict)

    @property
    def ids(self) -> SchemaIds:
        return self.hub.ids

    @property
    def home(self) -> Home:
        return self.hub.home

    def profile(self, agency: AgencyId) -> Path:
        """The profile of an agency, for the programs of `producers` and `consumers`."""
        return self.home.agencies / agency / "profile.toml"

    def installation(self, agency: AgencyId = ROCHDALE) -> Installation:
        """A program of an agency that nobody used before, listed in the directory."""
        return Installation(agency=agency, signer=self._unused[agency].pop(), town=self)

    def shared_installation(self, agency: AgencyId) -> Installation:
        """A program of an agency for tests to which its chain does not matter."""
        if agency not in self._shared:
            self._shared[agency] = self.installation(agency)
        return self._shared[agency]

    async def list_keys(self, agency: AgencyId, *keys: SigningKey) -> None:
        """Add signing keys to an agency's directory entry; a key that is listed already is changed."""
        entry = self.known.agency(agency)
        assert entry is not None
        listed = {key.key_id: key for key in (*entry.signing_keys, *keys)}
        entry = replace(entry, signing_keys=tuple(listed.values()), version=entry.version + 1)
        await directory.publish(self.home, self.hub.broker.bootstrap, [entry], self.ids)
        self.known = self.known.with_entry(entry)

    async def send(self, *wires: WireMessage) -> None:
        """Send these in one go, so that a worker finds them in one poll; returns when the broker has them all."""
        sent = [
            await self._producer.send(wire.topic, wire.value, key=wire.key, headers=list(wire.headers))
            for wire in wires
        ]
        await asyncio.gather(*sent)

    async def until(self, holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something holds of what was seen; `what` is said when it never does."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(holds)
        except TimeoutError:
            tails = "\n".join(f"{name}: {self.log(name)[-1500:]}" for name in ("intake", "identity", "register"))
            message = f"not within {seconds:.0f} s: {what}\n{tails}"
            raise AssertionError(message) from None

    def log(self, worker: str) -> str:
        """What a worker has logged so far."""
        file = self.home.worker(worker) / "worker.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def opened(self, seen: Seen, reader: AgencyId) -> Record:
        """What a record of the hub says to this reader, verified."""
        place = (seen.topic, seen.partition, seen.offset)
        if place not in self._opened:
            self._opened[place] = open_from_hub(seen.wire, self.known, self.opening[reader], self.ids, seen.at)
        found = self._opened[place]
        assert isinstance(found, OpenedMessage), found
        return found.record

    def plaintext(self, seen: Seen, reader: AgencyId) -> bytes:
        """The bytes that were sealed to this reader."""
        self.opened(seen, reader)
        found = self._opened[(seen.topic, seen.partition, seen.offset)]
        assert isinstance(found, OpenedMessage)
        return found.plaintext

    def inbox(self, agency: AgencyId) -> list[Seen]:
        return self.seen[f"inbox.{agency}"]

    def with_id(self, topic: str, message_id: str) -> list[Seen]:
        """Records of a topic whose id this is."""
        return [seen for seen in self.seen[topic] if seen.id == message_id]

    def receipts(self, agency: AgencyId, message_id: str) -> list[Receipt]:
        """Every receipt for a message that stands in the agency's inbox, repeats included."""
        found = [
            self.opened(seen, agency)
            for seen in self.inbox(agency)
            if seen.header("ce_type") == "Receipt" and seen.key == message_id.encode()
        ]
        return [each for each in found if isinstance(each, Receipt)]

    def alerts(self, agency: AgencyId) -> list[DeskAlert]:
        """Every alert to an agency's duty desk, repeats included."""
        found = [self.opened(seen, agency) for seen in self.inbox(agency) if seen.header("ce_type") == "DeskAlert"]
        return [each for each in found if isinstance(each, DeskAlert)]

    def notices(self, agency: AgencyId, *, caused_by: Iterable[str]) -> list[Notice]:
        """Every notice to an agency that these events caused, repeats included."""
        causes = set(caused_by)
        found = [
            self.opened(seen, agency)
            for seen in self.inbox(agency)
            if seen.header("ce_type") == "Notice" and seen.header("ce_cause") in causes
        ]
        return [each for each in found if isinstance(each, Notice)]

    def quarantined(self, wire: WireMessage) -> list[Quarantined]:
        """What the operators find in quarantine of exactly these bytes."""
        found = [self.opened(seen, OPERATORS) for seen in self.seen["quarantine"]]
        return [each for each in found if isinstance(each, Quarantined) and each.value == wire.value]

    def leaves(self) -> list[AuditLeaf]:
        """Every leaf on `audit`, verified, each once."""
        batches = [self.opened(seen, OPERATORS) for seen in self.seen["audit"]]
        found = [leaf for batch in batches if isinstance(batch, AuditBatch) for leaf in batch.leaves]
        return list({leaf.leaf_id: leaf for leaf in found}.values())

    async def metric(self, worker: str, name: str, **labels: str) -> float | None:
        """What a worker's metrics page says now; None where it has no such series."""
        page = await asyncio.to_thread(_read, self.hub.running.metrics[worker])
        samples = [each for family in text_string_to_metric_families(page) for each in family.samples]
        return next((each.value for each in samples if (each.name, each.labels) == (name, labels)), None)

    async def receipt(self, agency: AgencyId, message_id: str) -> Receipt:
        """The first receipt for a message, waited for."""
        await self.until(lambda: bool(self.receipts(agency, message_id)), f"a receipt for {message_id}")
        return self.receipts(agency, message_id)[0]

    async def kept(self, wire: WireMessage) -> Quarantined:
        """The quarantined copy of these bytes, waited for."""
        await self.until(lambda: bool(self.quarantined(wire)), "the bytes in quarantine")
        return self.quarantined(wire)[0]

    async def told(self, event: str, *recipients: AgencyId) -> None:
        """Return once the hub has told these of an event, and has said so in the child's log."""

        def holds() -> bool:
            if not all(self.notices(agency, caused_by=[event]) for agency in recipients):
                return False
            named = {name for seen in self.seen["events"] for name in seen.header("ce_told").split(",")}
            return all(
                notice.notice_id in named for agency in recipients for notice in self.notices(agency, caused_by=[event])
            )

        await self.until(holds, f"{', '.join(recipients)} told of {event}, and Told in the log")

    @contextlib.contextmanager
    def fault(self, worker: str, fault: Fault) -> Iterator[None]:
        """Within the block the worker is hit as the fault says; at the end it must have been."""
        points.put_down(self.faults, worker, fault)
        try:
            yield
            assert not points.is_pending(self.faults, worker), f"{worker} never came to: {fault}"
        finally:
            points.take_away(self.faults, worker)

    async def watch(self, consumer: AIOKafkaConsumer) -> None:
        """Take in every record of every topic, for as long as the hub runs."""
        while True:
            batches = await consumer.getmany(timeout_ms=250)
            for records in batches.values():
                for record in records:
                    self.seen[record.topic].append(
                        Seen(
                            topic=record.topic,
                            partition=record.partition,
                            offset=record.offset,
                            key=record.key or b"",
                            value=record.value,
                            headers=tuple((name, value or b"") for name, value in record.headers),
                            at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
                        )
                    )
            if batches:
                async with self._changed:
                    self._changed.notify_all()


def _read(address: str) -> str:
    with urlopen(address, timeout=PATIENCE) as page:  # noqa: S310 - the address is the hub's own
        return str(page.read().decode())


def id_of(wire: WireMessage) -> str:
    return next(value.decode() for name, value in wire.headers if name == "ce_id" and value is not None)


def missing_report(number: int | str, **fields: object) -> MissingReported:
    """A complete report of a synthetic child last seen in Rochdale; fields replace what is said."""
    now = datetime.now(UTC).replace(microsecond=0)
    report = MissingReported(
        child_ref=f"R-{number}",
        episode_ref=f"R-{number}/1",
        occurred_at=now - timedelta(hours=1),
        recorded_at=now,
        person=Person(given_names="Testa", family_name=f"Example {number}", home=Address(area_code=ROCHDALE)),
        last_seen=LastSeen(at=now - timedelta(hours=1), place="bus station", area_code=ROCHDALE),
        status=ReportedStatus.MISSING,
        contact=Contact(name="Duty desk", telephone="01632 960001"),
        police_contact=PoliceContact(state=PoliceContactState.NOT_YET),
    )
    return replace(report, **fields)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def running_town(folder: Path, *, hub_scale: float | None = None) -> AsyncIterator[Town]:
    """Bring the hub up, let three agencies join with keys made at their side, and open every eye.

    With `hub_scale` the town is a demonstration's, whose clock runs so many times as fast.
    """
    faults = folder / points.FOLDER
    faults.mkdir()
    home = Home(folder / "home")
    if hub_scale is not None:
        home.mark_demo()
    module = "tests.faults.faulty_{name}"
    hub = Hub(home=home, settings=Settings(), progress=quiet, worker_module=module, hub_scale=hub_scale)
    async with hub:
        joining = [
            agencies.Joining(
                request=make_keys(home.agencies / agency, _identity(agency)),
                folder=home.agencies / agency,
                grant_areas=(ROCHDALE, SALFORD) if agency == ROCHDALE else (),
            )
            for agency in AGENCIES
        ]
        known = await agencies.join(home, hub.running, joining, hub.ids)
        opening = {agency: opening_keys(home.agencies / agency / "sealing.key", known, agency) for agency in AGENCIES}
        opening[OPERATORS] = opening_keys(home.operators_public.with_suffix(".key"), known, OPERATORS)
        town = Town(hub=hub, faults=faults, known=known, opening=opening)
        await list_installations(town, AGENCIES)
        async with clients(town, AGENCIES):
            yield town


async def list_installations(town: Town, members: Iterable[AgencyId], number: int = _INSTALLATIONS) -> None:
    """List so many signing keys of each agency in the directory, for `Town.installation` to give out."""
    valid_from = datetime.now(UTC) - timedelta(days=1)
    for agency in members:
        signers = [Signer.from_bytes(f"{agency}-test-{n}", secrets.token_bytes(32)) for n in range(number)]
        listed = [
            SigningKey(key_id=each.key_id, public_key=each.public_key, installation="test", valid_from=valid_from)
            for each in signers
        ]
        await town.list_keys(agency, *listed)
        town._unused[agency] = signers


@contextlib.asynccontextmanager
async def clients(town: Town, members: Iterable[AgencyId]) -> AsyncIterator[None]:
    """The producer that sends for every agency, and the reader of every topic, both with every right."""
    tls = pki.ssl_context(town.home.pki, provision.ADMINISTRATOR)
    common = {"bootstrap_servers": town.hub.broker.bootstrap, "security_protocol": "SSL", "ssl_context": tls}
    town._producer = AIOKafkaProducer(**common, acks="all", linger_ms=5)
    consumer = AIOKafkaConsumer(**common, enable_auto_commit=False)
    await town._producer.start()
    await consumer.start()
    every = topics.topics([Agency(id=agency) for agency in members])
    partitions = [
        TopicPartition(topic.name, number)
        for topic in every
        if not topic.name.startswith("registry.")
        for number in range(topic.partitions)
    ]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    watching = asyncio.create_task(town.watch(consumer), name="watch every topic")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await consumer.stop()
        await town._producer.stop()


def _identity(agency: AgencyId) -> Identity:
    is_force = agency == POLICE
    name = {ROCHDALE: "Rochdale", SALFORD: "Salford", POLICE: "Greater Manchester Police"}[agency]
    return Identity(
        agency_id=agency,
        name=name,
        official_name=name,
        kind=AgencyKind.POLICE if is_force else AgencyKind.AUTHORITY,
        nation=Nation.ENGLAND,
        areas=() if is_force else (agency,),
        force_code=POLICE,
    )


def opening_keys(file: Path, known: Directory, owner: AgencyId) -> OpeningKeys:
    """What opens what is sealed to an agency."""
    entry = known.agency(owner)
    assert entry is not None
    return OpeningKeys.of({entry.sealing_keys[-1].key_id: file.read_bytes()})


def quiet(step: str, done: int, of: int) -> None:
    """Say nothing of how far it is."""
    del step, done, of
