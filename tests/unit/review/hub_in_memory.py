"""Identity and two register workers as they are, on logs kept in memory, ended between any two records.

The processors, the child stores, the keyring and the index are the real ones; only Kafka is not here: a topic is a
list, and a worker's sends go into it one by one, so that a test can end a worker exactly before the n-th of them. A
worker that was ended is made anew from what it had stored, or from nothing.
"""

import asyncio
import gc
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, Self
from unittest import mock

from aiokafka.partitioner import DefaultPartitioner

from hub.directory import Directory
from hub.episode import ChildState, fold
from hub.hub_time import HubTimes
from hub.ids import HUB, AgencyId, ChildId, ClaimId, EpisodeId, EventId, claim_id, first_child_id
from hub.log import opened
from hub.messages import OpenedMessage, Verdict, WireMessage, compose, compose_accepted, open_event, open_message
from hub.messages.from_hub import open_from_hub
from hub.sealing import OpeningKeys, SealingSuite, new_private_key, public_key
from hub.signing import CHAIN_START, Signer
from schemas.codec import SchemaIds
from schemas.records import (
    AgencyKind,
    DirectoryEntry,
    Disclosure,
    Grant,
    LoggedEvent,
    Nation,
    Notice,
    ReceiptOutcome,
    Record,
    RegisterEntry,
    ReviewItem,
    SealingKey,
    SigningKey,
)
from streams import identity as identity_module
from streams import register as register_module
from streams.arrivals import Arrival
from streams.broker_clock import BrokerClock
from streams.claim_table import ClaimTable
from streams.identity import Identity
from streams.keyring import Keyring
from streams.processor import Joining
from streams.register import Register
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.side_processes import SideProcesses

IDS: Final = SchemaIds.local()
BEGAN: Final = datetime(2026, 3, 27, 20, 0, tzinfo=UTC)
LONG_AGO: Final = BEGAN - timedelta(days=90)
PARTITIONS: Final = 8
MASTER: Final = bytes(range(32))
SECRET: Final = b"claims of the test hub, 32 bytes"


Pairs = Iterable[tuple[str, bytes | None]]


class Ended(BaseException):
    """The worker's process is gone, exactly here."""


def signer(name: str) -> Signer:
    return Signer.from_bytes(name, sha256(name.encode()).digest())


def private_key(name: str) -> bytes:
    return new_private_key(SealingSuite.X25519, sha256(name.encode()).digest())


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as the broker keeps it."""

    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    at: datetime

    def header(self, name: str) -> str:
        return next((value.decode() for given, value in self.headers if given == name), "")


@dataclass
class Broker:
    """Logs by topic and partition. `ends_before`: how many more records the workers may send; None is no limit."""

    logs: dict[tuple[str, int], list[Kept | None]] = field(default_factory=dict)
    ends_before: int | None = None
    sent: int = 0
    now: datetime = BEGAN

    def log(self, topic: str, partition: int = 0) -> list[Kept | None]:
        return self.logs.setdefault((topic, partition), [])

    def append(self, topic: str, key: bytes, value: bytes | None, headers: Pairs) -> SimpleNamespace:
        everywhere = range(PARTITIONS if topic in {"events", "register", "register.keys"} else 1)
        partition = DefaultPartitioner()(key, list(everywhere), list(everywhere))
        log = self.log(topic, partition)
        pairs = tuple((name, said or b"") for name, said in headers)
        log.append(Kept(key, value, pairs, self.now))
        return SimpleNamespace(partition=partition, offset=len(log) - 1, timestamp=int(self.now.timestamp() * 1000))

    def all(self, topic: str) -> Iterator[Kept]:
        """Every record of a topic, partition by partition."""
        for (name, _), log in sorted(self.logs.items()):
            if name == topic:
                yield from (kept for kept in log if kept is not None)


@dataclass
class Sends:
    """A worker's way out: one record at a time, and none any more once the worker was ended."""

    broker: Broker

    async def send(
        self,
        topic: str,
        key: bytes,
        value: bytes | None,
        *,
        headers: Pairs = (),
        partition: int | None = None,
    ) -> "asyncio.Future[SimpleNamespace]":
        del partition
        if self.broker.ends_before is not None:
            if self.broker.ends_before == 0:
                self.broker.ends_before = None
                raise Ended
            self.broker.ends_before -= 1
        self.broker.sent += 1
        found: asyncio.Future[SimpleNamespace] = asyncio.get_running_loop().create_future()
        found.set_result(self.broker.append(topic, key, value, headers))
        return found

    async def begin(self, messages: Iterable[WireMessage]) -> "list[asyncio.Future[SimpleNamespace]]":
        return [await self.send(m.topic, m.key, m.value, headers=m.headers) for m in messages]

    async def hand_over(self) -> None:
        """It has it already."""

    async def all(self, messages: Iterable[WireMessage]) -> list[SimpleNamespace]:
        return [await sent for sent in await self.begin(messages)]


class Rows(dict[bytes, bytes]):
    """The table of claims: what was flushed outlives the worker."""

    def __init__(self) -> None:
        super().__init__()
        self.durable: dict[bytes, bytes] = {}

    async def flush(self, outbound: Sends) -> None:
        for key in [key for key in self if self.get(key) != self.durable.get(key)]:
            await outbound.send("claims", key, self[key])
            self.durable[key] = self[key]


class Settings(SimpleNamespace):
    """What of a worker's settings the processors ask for; they go by the packaged rules."""

    rules: Path | None = None
    side_processes: int = 0
    watchdog_seconds: float = 15.0

    def ssl_context(self) -> None:
        return None


class Fixed:
    """The directory, which does not change here."""

    known: Directory = Directory.empty()

    def __init__(self, *_: object) -> None:
        self.current = type(self).known
        self.as_of = LONG_AGO

    def on_change(self, call: object) -> None:
        """Nothing changes."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """An agency of the test hub."""

    id: AgencyId
    kind: AgencyKind
    areas: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    grant: tuple[str, ...] = ()


def _entry(member: Member) -> DirectoryEntry:
    grant = Grant(
        grant_id=f"grant-{member.id}",
        purpose="safeguarding",
        classes=(Disclosure.ROUTING, Disclosure.IDENTITY, Disclosure.DESCRIPTION, Disclosure.CIRCUMSTANCES),
        areas=member.grant,
        valid_from=LONG_AGO,
    )
    return DirectoryEntry(
        agency_id=member.id,
        name=member.id,
        official_name=member.id,
        kind=member.kind,
        nation=Nation.ENGLAND,
        areas=member.areas,
        roles=member.roles,
        connected=True,
        approved=True,
        version=1,
        valid_from=LONG_AGO,
        signing_keys=(_signing(member.id),),
        sealing_keys=(_sealing(member.id),),
        grants=(grant,) if member.grant else (),
    )


def _hub_entry() -> DirectoryEntry:
    return DirectoryEntry(
        agency_id=HUB,
        name="hub",
        official_name="hub",
        kind=AgencyKind.HUB,
        connected=True,
        approved=True,
        version=1,
        valid_from=LONG_AGO,
        signing_keys=tuple(_signing(name) for name in ("intake-0", "identity-0", "register-0", "register-1")),
        sealing_keys=(_sealing(HUB),),
    )


def _signing(name: str) -> SigningKey:
    return SigningKey(key_id=name, public_key=signer(name).public_key, installation="test", valid_from=LONG_AGO)


def _sealing(name: str) -> SealingKey:
    return SealingKey(key_id=f"{name}-s", suite=1, public_key=public_key(private_key(name)), valid_from=LONG_AGO)


async def _one_more(later: deque[Arrival], fits: Callable[[Arrival], bool]) -> list[Arrival]:
    """What has arrived since a batch began joins it record by record."""
    return [later.popleft()] if later and fits(later[0]) else []


class HubInMemory:
    """Everything between `accepted` and the inboxes."""

    def __init__(self, folder: Path, members: Iterable[Member]) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.broker = Broker()
        self.directory = Directory.empty().with_entry(_hub_entry())
        for member in members:
            self.directory = self.directory.with_entry(_entry(member))
        self.rows = Rows()
        self._identity: Identity | None = None
        self._identity_at = 0
        self._registers: dict[int, Register] = {}
        self._generation = [0, 0]
        self._keyrings: list[Keyring] = []
        self._committed: dict[int, int] = {}
        self._caught_up: set[int] = set()
        """Partitions whose log the worker that has them has read to its end since it began, or since they came."""
        self._whose = {number: number % 2 for number in range(PARTITIONS)}
        """Which register worker has each partition: 0 begins with the even ones, 1 with the odd ones."""
        self._came: set[int] = set()
        """Partitions that went from one to the other."""
        self._messages = 0
        self._time: datetime | None = None
        self.beside: WorkerSettings | None = None
        """With these settings register workers made from now on have a side process."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for register in self._registers.values():
            await register._rebuild.end()
            await register._stands.end()
            register._store.close()
        for keyring in self._keyrings:
            keyring.close()

    def accept(self, sender: AgencyId, record: Record, at: datetime) -> EventId:
        """A message of an agency as intake passes it on."""
        self._messages += 1
        message_id = f"0192f7c1-6d5e-7a3b-8c4d-{self._messages:012d}"
        self.broker.now = at
        wire = compose(
            record, ids=IDS, message_id=message_id, sender=sender, time=at, signer=signer(sender),
            seal_to=self.directory.sealing_key(HUB, at), salt=sha256(message_id.encode()).digest()[:16],
            sequence=self._messages, previous=CHAIN_START,
        )  # fmt: skip
        found = open_message(wire, self.directory, self._opening(), IDS, at)
        assert isinstance(found, OpenedMessage), found
        verdict = Verdict(
            outcome=ReceiptOutcome.ACCEPTED, findings=(), accepted_at=at, inbound_partition=0,
            inbound_offset=self._messages, sender_kind=self.directory.kind(sender),
        )  # fmt: skip
        passed = compose_accepted(wire, found, verdict, signer("intake-0"))
        self.broker.append(passed.topic, passed.key, passed.value, passed.headers)
        return EventId(message_id)

    def skip(self) -> None:
        """A place on `accepted` that holds nothing: what another run has said there was never said."""
        self._messages += 1
        self.broker.log("accepted").append(None)

    async def settle(self, *, batch: int = 64, to_the_end: bool = True) -> int:
        """Let every worker work until nothing is left; how often one was ended on the way.

        Not `to_the_end`: what registers do between batches may be left.
        """
        ended = 0
        while True:
            try:
                if not await self._work(batch, to_the_end=to_the_end):
                    return ended
                continue
            except Ended:
                ended += 1
            await self._end_between_batches()
            self._forget_workers()

    async def _work(self, batch: int, *, to_the_end: bool) -> bool:
        """Let the first worker that has anything to do work; whether there was one."""
        return (
            await self._identify(batch)
            or await self._register(0, batch)
            or await self._register(1, batch)
            or (to_the_end and await self._between_batches())
        )

    def lose_the_stores(self) -> None:
        """Both register workers lose what they kept beside the log."""
        self._forget_workers()
        self._generation = [number + 1 for number in self._generation]

    def fall_behind(self) -> None:
        """The register workers end and begin anew, with their stores: what came meanwhile they read as a stretch."""
        self._forget_workers()
        self._came.update(self._whose)

    def hand_over(self, partition: int) -> None:
        """A partition goes to the other register worker, whose store is as it was when it had it last."""
        self._whose[partition] = 1 - self._whose[partition]
        for number, register in self._registers.items():
            here = frozenset(at for at, whose in self._whose.items() if whose == number)
            register.changed_hands(frozenset({partition}), here)
        self._came.add(partition)
        self._caught_up.discard(partition)

    def _forget_workers(self) -> None:
        """Every worker ends; what it had written stays."""
        for register in self._registers.values():
            register._rebuild.gone(range(PARTITIONS))
            register._stands.cancel()
            register._store._pending.clear()
            register._store.close()
        self._registers.clear()
        self._caught_up.clear()
        self._identity = None
        self.rows.clear()
        self.rows.update(self.rows.durable)

    def hears_the_time(self, now: datetime) -> None:
        """The clocks of the register workers know the time from here on; without it they look at once at everything."""
        self._time = now

    def registers(self) -> list[Register]:
        """The register workers that run."""
        return list(self._registers.values())

    def wire(self, topic: str, kept: Kept) -> WireMessage:
        """A kept record as a reader takes it."""
        return WireMessage(topic=topic, key=kept.key, headers=kept.headers, value=kept.value or b"")

    async def identify(self, batch: int = 64) -> bool:
        """Let identity alone work; whether there was anything."""
        return await self._identify(batch)

    async def identify_or_end(self) -> bool:
        """The same, where it may be ended in the middle; then another begins with what the last had stored."""
        try:
            return await self._identify(64)
        except Ended:
            await self._end_between_batches()
            self._forget_workers()
            return True

    async def _identify(self, batch: int) -> bool:
        log = self.broker.log("accepted")
        if self._identity is None:
            self._identity = self._new_identity()
        places = [n for n in range(self._identity_at, len(log)) if log[n] is not None][:batch]
        if not places:
            return False
        arrivals = [self._arrival("accepted", 0, n) for n in places]
        await self._identity.process(arrivals, more_follow=False, joining=Joining())
        self._identity_at = places[-1] + 1
        return True

    async def _register(self, number: int, batch: int) -> bool:
        if number not in self._registers:
            self._registers[number] = self._new_register(number)
        register = self._registers[number]
        worked = False
        for partition in [partition for partition, whose in self._whose.items() if whose == number]:
            log = self.broker.log("events", partition)
            at = self._committed.get(partition, 0)
            if partition not in self._caught_up:
                at = min(at, register.position(partition) or 0)
            end = len(log)
            is_read_again = self._generation[number] > 0 or partition in self._came
            rebuilding = is_read_again and partition not in self._caught_up
            while at < end:
                until = min(end, at + batch)
                arrivals = [self._arrival("events", partition, n) for n in range(at, until)]
                if rebuilding:
                    register.coming(arrivals)
                later = deque(self._arrival("events", partition, n) for n in range(until, min(end, until + batch)))
                await register.process(
                    arrivals, more_follow=rebuilding and until < end, joining=Joining(take=partial(_one_more, later))
                )
                at, worked = (later[0].offset if later else min(end, until + batch)), True
                self._committed[partition] = at
            if partition not in self._caught_up:
                self._caught_up.add(partition)
                register.caught_up(partition)
        return worked

    async def _between_batches(self) -> bool:
        """Wait for what the registers do between batches; whether there was anything."""
        going = [task for register in self._registers.values() for task in register._rebuild._going_on.values()]
        await asyncio.gather(*going)
        return bool(going)

    async def _end_between_batches(self) -> None:
        """Nothing goes on between batches, and nothing holds the stores open by it: a walk of one, in a traceback."""
        going = [task for register in self._registers.values() for task in register._rebuild._going_on.values()]
        for register in self._registers.values():
            register._rebuild.gone(range(PARTITIONS))
        if going:
            await asyncio.wait(going)
            going.clear()
            gc.collect()

    def _arrival(self, topic: str, partition: int, offset: int) -> Arrival:
        kept = self.broker.log(topic, partition)[offset]
        assert kept is not None
        return Arrival(
            topic=topic, partition=partition, offset=offset, appended_at=kept.at, key=kept.key,
            value=kept.value or b"", headers=kept.headers, event=mock.Mock(), delivered=True,
        )  # fmt: skip

    def _secrets(self, worker: str) -> HubSecrets:
        keyring = Keyring(self.folder / "keyring", MASTER)
        keyring._database.execute("pragma synchronous=off")
        self._keyrings.append(keyring)
        return HubSecrets(
            worker=signer(worker), claim_secret=SECRET, log_key=b"l" * 32, state_key=b"s" * 32, keyring=keyring,
            trust_key=bytes(32), opening_keys=self._opening(),
        )  # fmt: skip

    @staticmethod
    def _opening() -> OpeningKeys:
        return OpeningKeys.of({"hub-s": private_key("hub")})

    @contextmanager
    def _our_directory(self) -> Iterator[None]:
        feed = type("Feed", (Fixed,), {"known": self.directory})
        with (
            mock.patch.object(register_module, "DirectoryFeed", feed),
            mock.patch.object(identity_module, "DirectoryFeed", feed),
        ):
            yield

    async def _standing(self) -> AsyncIterator[list[Any]]:
        """What stands on `register` and `register.keys`, as a worker reads it again."""
        for topic in ("register", "register.keys"):
            yield [
                SimpleNamespace(topic=topic, key=kept.key, value=kept.value, headers=kept.headers)
                for kept in self.broker.all(topic)
            ]

    def _settings(self, worker: str, data: str) -> Any:  # noqa: ANN401 - stands for WorkerSettings
        return Settings(bootstrap="", instance=worker, data_dir=self.folder / data)

    def _new_identity(self) -> Identity:
        with self._our_directory():
            identity = Identity(self._settings("identity-0", "identity"), self._secrets("identity-0"), IDS)
        claims = ClaimTable.__new__(ClaimTable)
        claims._table = self.rows  # type: ignore[assignment]
        claims._secrets = identity._secrets
        identity.write_to(Sends(self.broker), claims, lambda: None)  # type: ignore[arg-type]
        return identity

    def _new_register(self, number: int) -> Register:
        worker = f"register-{number}"
        with self._our_directory():
            register = Register(
                self._settings(worker, f"{worker}-{self._generation[number]}"), self._secrets(worker), IDS
            )
        nobody = SimpleNamespace(
            is_anything_suspected=False, blame=lambda _: None, blame_any=lambda: None, deaths_among_many=0
        )
        register._app = SimpleNamespace(progressed=lambda **_: None, hand=nobody)  # type: ignore[assignment]
        register._outbound = Sends(self.broker)  # type: ignore[assignment]
        register._times = HubTimes.real()
        register._bring_up.start(register._outbound, register._times)
        register._stands._records = self._standing
        if self.beside is not None:
            register._rebuild.sides = register._rebuild.lots.sides = SideProcesses(self.beside, IDS, 1)
        if self._time is not None:
            register._clock._broker = BrokerClock(lambda: 0.0)
            register._clock._broker.heard(0.0, 0.0, self._time)
        return register

    # What a test looks at.

    def claim(self, agency: AgencyId, reference: str) -> ClaimId:
        return claim_id(SECRET, agency, reference)

    def child(self, agency: AgencyId, reference: str) -> ChildId:
        """The child that begins with this claim."""
        return first_child_id(self.claim(agency, reference))

    def events(self, child: ChildId) -> list[LoggedEvent]:
        """A child's log, opened."""
        keyring = self._secrets("register-0").keyring
        found = []
        for kept in self.broker.all("events"):
            if kept.key == child.encode():
                wire = WireMessage(topic="events", key=kept.key, headers=kept.headers, value=kept.value or b"")
                logged = open_event(wire, keyring.key_for(child), self.directory, IDS, kept.at)
                assert isinstance(logged, LoggedEvent), logged
                found.append(logged)
        return found

    def state(self, child: ChildId) -> ChildState:
        """What the log of a child says, folded from the start."""
        return fold(child, [opened(logged, IDS) for logged in self.events(child)])

    def inbox(self, agency: AgencyId) -> dict[str, Notice]:
        """Every notice to an agency, by id; one id with two contents is an error."""
        keys = OpeningKeys.of({f"{agency}-s": private_key(agency)})
        found: dict[str, Notice] = {}
        for kept in self.broker.all(f"inbox.{agency}"):
            wire = WireMessage(topic=f"inbox.{agency}", key=kept.key, headers=kept.headers, value=kept.value or b"")
            said = open_from_hub(wire, self.directory, keys, IDS, kept.at)
            assert isinstance(said, OpenedMessage), said
            assert isinstance(said.record, Notice)
            assert found.setdefault(said.id, said.record) == said.record, "one id, two notices"
        return found

    def entries(self) -> Mapping[EpisodeId, RegisterEntry]:
        """The register as a reader has it: of each episode the newest entry, by the reader's rule."""
        found: dict[EpisodeId, RegisterEntry] = {}
        for kept in self.broker.all("register"):
            wire = WireMessage(topic="register", key=kept.key, headers=kept.headers, value=kept.value or b"")
            said = open_from_hub(wire, self.directory, OpeningKeys.of({}), IDS, kept.at)
            assert isinstance(said, OpenedMessage), said
            entry = said.record
            assert isinstance(entry, RegisterEntry)
            known = found.get(EpisodeId(entry.episode_id))
            if known is None or (known.changed_at, known.sequence) <= (entry.changed_at, entry.sequence):
                found[EpisodeId(entry.episode_id)] = entry
        return found

    def given(self, key_id: str) -> frozenset[str]:
        """The subscribers that were given the keys of this id."""
        given = (kept.key.decode().partition("/") for kept in self.broker.all("register.keys"))
        return frozenset(agency for key, _, agency in given if key == key_id)

    def reviews(self) -> dict[str, ReviewItem]:
        """Pairs that wait, by id."""
        found: dict[str, ReviewItem] = {}
        for kept in self.broker.all("review"):
            found.pop(kept.key.decode(), None)
            if kept.value:
                wire = WireMessage(topic="review", key=kept.key, headers=kept.headers, value=kept.value)
                said = open_from_hub(wire, self.directory, OpeningKeys.of({}), IDS, kept.at)
                assert isinstance(said, OpenedMessage), said
                assert isinstance(said.record, ReviewItem)
                found[kept.key.decode()] = said.record
        return found
