"""A register filled again from its log: the same as before, whatever it is ended by, and nobody hears of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from hub.ids import AgencyId, EpisodeId, EventId
from hub.messages import OpenedMessage
from hub.reference import packaged_reference
from hub.rulebook import packaged_rulebook
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    Address,
    AgencyKind,
    AuthorityRole,
    AuthorityRoleKind,
    ChildReturned,
    LastSeen,
    MissingReported,
    NoticeRef,
    Person,
    RegisterEntry,
    ReportedStatus,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
)
from streams import rebuild, side_processes
from streams.basis import Basis
from streams.children import NotGenuine
from streams.event_batches import Batched, batched, open_batch
from streams.keyring import Keyring
from streams.publications import Published
from streams.quiet_look import Quiet, QuietLooks, Stored
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.side_processes import SideProcesses
from streams.side_work import GoBy, LookAt, Verify
from tests.unit.review.hub_in_memory import BEGAN, IDS, LONG_AGO, MASTER, PARTITIONS, SECRET, HubInMemory, Member
from tests.unit.review.hub_in_memory import Kept as Record

ROCHDALE = AgencyId("E08000005")
POLICE = AgencyId("E23000005")
MEMBERS = (
    Member(id=ROCHDALE, kind=AgencyKind.AUTHORITY, areas=(ROCHDALE,), grant=(ROCHDALE,)),
    Member(id=POLICE, kind=AgencyKind.POLICE),
)
CHILDREN = 6
NOW = BEGAN + timedelta(hours=6)
BATCH = 3
"""So few records at a time that every partition's log is a stretch, and not only an end."""


@dataclass(frozen=True)
class Kept:
    """What a rebuild must bring back: the register as a reader has it, and what lies beside the events in the store."""

    entries: Mapping[EpisodeId, RegisterEntry]
    stores: tuple[tuple[bytes, bytes], ...]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def report(number: int) -> MissingReported:
    return MissingReported(
        child_ref=f"R-{number}",
        episode_ref=f"E-{number}",
        occurred_at=BEGAN,
        recorded_at=BEGAN,
        person=Person(given_names=f"Sample{number}", family_name="Template", home=Address(area_code=ROCHDALE)),
        last_seen=LastSeen(at=BEGAN - minutes(10 + number), place="Example Park", area_code=ROCHDALE),
        status=ReportedStatus.MISSING,
    )


def graded(number: int, grade: RiskGrade, at: datetime) -> RiskAssessed:
    return RiskAssessed(child_ref=f"R-{number}", episode_ref=f"E-{number}", occurred_at=at, recorded_at=at, grade=grade)


def returned(number: int, at: datetime) -> ChildReturned:
    return ChildReturned(
        child_ref=f"R-{number}", episode_ref=f"E-{number}", occurred_at=at, recorded_at=at, returned_at=at,
        to=ReturnedTo.HOME,
    )  # fmt: skip


@asynccontextmanager
async def told_hub(folder: Path) -> AsyncIterator[HubInMemory]:
    """Some children: all reported and graded, the first half returned."""
    async with HubInMemory(folder, MEMBERS) as hub:
        hub.hears_the_time(NOW)
        for number in range(CHILDREN):
            hub.accept(ROCHDALE, report(number), BEGAN + minutes(number))
        await hub.settle()
        for number in range(CHILDREN):
            at = BEGAN + minutes(61 + number)
            hub.accept(ROCHDALE, graded(number, RiskGrade.HIGH, at), at)
            if number < CHILDREN // 2:
                hub.accept(ROCHDALE, returned(number, at), at)
        await hub.settle()
        yield hub


def kept(hub: HubInMemory) -> Kept:
    """Marks, the clock's index, who is behind: everything of the stores but events and positions."""
    stores = sorted(
        (key, value)
        for register in hub.registers()
        for kind in (b"\x01", b"\x03", b"\x04", b"\x05", b"\x06")
        for key, value in register._store.entries(kind)
    )
    return Kept(hub.entries(), tuple(stores))


def stored_events(hub: HubInMemory) -> list[tuple[bytes, bytes]]:
    """Every event of every store, sealed, by its key."""
    return sorted(each for register in hub.registers() for each in register._store.entries(b"\x02"))


async def test_what_was_fetched_since_does_not_change_what_the_register_says(tmp_path: Path) -> None:
    answers_for = AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=ROCHDALE)
    async with told_hub(tmp_path) as hub:
        hub.accept(POLICE, replace(report(CHILDREN), authority_roles=(answers_for,)), NOW)
        await hub.settle()
        await fetch(hub, POLICE, ROCHDALE)
        assert any(kept.header("ce_type") == "EventBatch" for kept in hub.broker.all("events"))
        before, written = hub.entries(), list(hub.broker.all("register"))
        hub.lose_the_stores()
        await hub.settle(batch=BATCH)
        assert hub.entries() == before
        assert list(hub.broker.all("register")) == written


async def fetch(hub: HubInMemory, *agencies: AgencyId) -> None:
    """These fetch everything that they were told."""
    for agency in agencies:
        told = tuple(NoticeRef(notice_id=name, episode_id=said.episode_id) for name, said in hub.inbox(agency).items())
        later = NOW + minutes(1)
        hub.accept(agency, Acknowledged(pairs=told, layer=Acknowledgement.FETCHED, occurred_at=later), later)
    await hub.settle()


def batch_of(hub: HubInMemory, kept: Record) -> Batched:
    """The events of a record that holds several; none of any other."""
    if kept.header("ce_type") != "EventBatch":
        return ()
    found = open_batch(hub.wire("events", kept), hub.directory, IDS, kept.at)
    assert isinstance(found, OpenedMessage)
    return batched(found)


def outcome(hub: HubInMemory) -> tuple[object, ...]:
    """What two hubs with the same past, and other keys, have alike: entries, who is told what, when the clock looks."""
    entries = {episode: replace(entry, key_id="", blocks=()) for episode, entry in hub.entries().items()}
    index = [row for row in kept(hub).stores if row[0][:1] in (b"\x03", b"\x04", b"\x05", b"\x06")]
    marks = {
        name: Published.from_bytes(value).mark for name, value in kept(hub).stores if name.startswith(b"\x01entry/")
    }
    published = {name: mark.split("/")[:2] for name, mark in marks.items()}
    return entries, set(hub.inbox(POLICE)), set(hub.inbox(ROCHDALE)), index, published


def noise(hub: HubInMemory) -> int:
    """Records that tell somebody something."""
    return sum(
        len(log) for (topic, _), log in hub.broker.logs.items() if topic.startswith("inbox.") or topic == "events"
    )


async def test_a_store_filled_again_holds_what_it_held_and_nobody_is_told_anything(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        before, said = kept(hub), noise(hub)
        assert any(key[:1] == b"\x03" for key, _ in before.stores), "no child has anything ahead"
        hub.lose_the_stores()
        await hub.settle(batch=BATCH)
        assert kept(hub) == before
        assert noise(hub) == said


def empty_the_register(hub: HubInMemory) -> None:
    """Nothing stands on `register` and `register.keys` any more."""
    for topic, number in hub.broker.logs:
        if topic in ("register", "register.keys"):
            hub.broker.log(topic, number).clear()


async def test_what_stands_in_the_register_is_not_written_again(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        before = [list(hub.broker.all(topic)) for topic in ("register", "register.keys")]
        assert all(before)
        hub.lose_the_stores()
        await hub.settle(batch=BATCH)
        assert [list(hub.broker.all(topic)) for topic in ("register", "register.keys")] == before


async def test_a_register_that_is_empty_is_written_once_an_episode_and_not_once_an_event(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        before, entries = kept(hub), {kept.key: kept.value for kept in hub.broker.all("register")}
        hub.lose_the_stores()
        empty_the_register(hub)
        await hub.settle(batch=BATCH)
        assert len(list(hub.broker.all("register"))) == CHILDREN
        assert {kept.key: kept.value for kept in hub.broker.all("register")} == entries
        assert len(list(hub.broker.all("register.keys"))) == CHILDREN
        assert kept(hub) == before


async def test_an_entry_that_is_missing_or_old_is_written_again_and_no_other(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        entries = hub.entries()
        missing, old = sorted(entries)[:2]
        for (topic, _), log in hub.broker.logs.items():
            if topic == "register":
                first = next((kept for kept in log if kept is not None and kept.key == old.encode()), None)
                log[:] = [kept for kept in log if kept is not None and kept.key not in (missing.encode(), old.encode())]
                log.extend([] if first is None else [first])
        published = len(list(hub.broker.all("register")))
        assert hub.entries() != entries
        hub.lose_the_stores()
        await hub.settle(batch=BATCH)
        assert hub.entries() == entries
        assert len(list(hub.broker.all("register"))) - published == 2


async def test_a_grant_that_was_withdrawn_while_the_store_was_lost_takes_new_keys(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        before = hub.entries()
        without = replace(hub.directory.entries[ROCHDALE], grants=(), version=2)
        hub.directory = hub.directory.with_entry(without)
        hub.lose_the_stores()
        await hub.settle(batch=BATCH)
        after = hub.entries()
        assert after.keys() == before.keys()
        assert all(after[episode].key_id != before[episode].key_id for episode in before)
        new = {entry.key_id.encode() for entry in after.values()}
        assert not [kept for kept in hub.broker.all("register.keys") if kept.key.partition(b"/")[0] in new]


@pytest.mark.parametrize("place", range(10))
async def test_a_rebuild_that_is_ended_goes_on_where_it_was(tmp_path: Path, place: int) -> None:
    async with told_hub(tmp_path) as hub:
        before, said = kept(hub), noise(hub)
        hub.lose_the_stores()
        empty_the_register(hub)
        hub.broker.ends_before = place
        assert await hub.settle(batch=BATCH) == 1
        assert kept(hub) == before, "a child was forgotten that was behind when the worker ended"
        assert noise(hub) == said


async def test_what_was_owed_when_the_store_was_lost_goes_out_once_and_under_the_ids_it_would_have_had(
    tmp_path: Path,
) -> None:
    async def owed(folder: Path, *, lost: bool) -> set[str]:
        async with told_hub(folder) as hub:
            known = set(hub.inbox(POLICE))
            hub.accept(ROCHDALE, report(CHILDREN), NOW)
            hub.accept(ROCHDALE, graded(CHILDREN, RiskGrade.LOW, NOW), NOW + minutes(1))
            while await hub.identify():
                pass
            if lost:
                hub.lose_the_stores()
            await hub.settle(batch=BATCH)
            return set(hub.inbox(POLICE)) - known

    new = await owed(tmp_path / "lost", lost=True)
    assert new
    assert new == await owed(tmp_path / "never", lost=False)


async def test_a_record_that_no_worker_of_the_hub_signed_stops_a_rebuild(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        number = next(number for number in range(PARTITIONS) if len(hub.broker.log("events", number)) > BATCH)
        log = hub.broker.log("events", number)
        first = log[0]
        assert first is not None
        log[0] = replace(first, value=(first.value or b"")[:-1] + b"\x00")
        hub.lose_the_stores()
        with pytest.raises(NotGenuine):
            await hub.settle(batch=BATCH)


async def test_side_processes_say_what_the_worker_itself_would(tmp_path: Path) -> None:
    async with told_hub(tmp_path / "hub") as hub:
        await fetch(hub, POLICE)
        settings = settings_beside(hub, tmp_path)
        basis = Basis(
            directory=hub.directory, as_of=LONG_AGO, rules=packaged_rulebook(), reference=packaged_reference()
        )
        stored = all_stored(hub)
        assert len(stored) == CHILDREN
        unknown = replace(stored[0], events=((EventId("no event"), b"\x01nothing that opens"),))
        looks = QuietLooks(HubSecrets.read(settings), IDS)
        events = [(hub.wire("events", kept), kept.at) for kept in hub.broker.all("events")]
        batches = [batch_of(hub, kept) for kept in hub.broker.all("events")]
        forged = (replace(events[0][0], value=b"\x01other bytes"), events[0][1])
        sides = SideProcesses(settings, IDS, most=2)
        try:
            await sides.go_by(
                GoBy(entries=tuple(hub.directory.entries.values()), as_of=LONG_AGO, rules=packaged_rulebook())
            )
            looked, verified, again = await asyncio.gather(
                sides.ask_to_look(LookAt((*stored, unknown), NOW, is_whole=True)),
                sides.ask_to_verify([Verify((*events, forged))]),
                sides.ask_to_look(LookAt(stored[:1], NOW, is_whole=False)),
            )
        finally:
            await sides.end()
    here = looks.all((*stored, unknown), basis, NOW)
    assert all(isinstance(each, Quiet) and each.publication.entries for each in looked[:-1])
    assert [as_said(each) for each in looked] == [as_said(each) for each in here]
    assert looked[-1] is None
    assert verified == [[*(held or True for held in batches), False]]
    assert any(batches), "no record holds several events"
    assert isinstance(here[0], Quiet)
    assert isinstance(again[0], Quiet)
    assert again[0].publication == replace(here[0].publication, entries=(), wraps=())


async def test_a_store_filled_with_side_processes_holds_what_it_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "_WORTH_IT", BATCH)
    monkeypatch.setattr(rebuild, "_MANY", 0)
    async with told_hub(tmp_path / "hub") as hub:
        await fetch(hub, POLICE)
        before, entries, said = stored_events(hub), hub.entries(), noise(hub)
        hub.beside = settings_beside(hub, tmp_path)
        hub.lose_the_stores()
        await hub.settle(batch=BATCH)
        assert any(register._rebuild.sides._processes for register in hub.registers()), "nobody helped"
        assert stored_events(hub) == before
        assert hub.entries() == entries
        assert noise(hub) == said


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many are behind that they are looked at between batches; an error there ends no process, but the test."""
    monkeypatch.setattr(rebuild, "_MANY", 0)
    monkeypatch.setattr(rebuild, "_LOT", 2)
    monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 0.0)
    monkeypatch.setattr(rebuild, "_PAUSE", 0.0)
    monkeypatch.setattr(rebuild, "end_when_failed", lambda _task: None)


@pytest.mark.usefixtures("many")
async def test_a_store_filled_between_batches_holds_what_it_held(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        before, said = kept(hub), noise(hub)
        hub.lose_the_stores()
        await hub.settle(batch=BATCH, to_the_end=False)
        assert any(register._rebuild._going_on for register in hub.registers()), "nothing was left for between batches"
        await hub.settle(batch=BATCH)
        assert kept(hub) == before
        assert noise(hub) == said


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("place", range(10))
async def test_looks_between_batches_that_are_ended_go_on_where_they_were(tmp_path: Path, place: int) -> None:
    async with told_hub(tmp_path) as hub:
        before, said = kept(hub), noise(hub)
        hub.lose_the_stores()
        empty_the_register(hub)
        hub.broker.ends_before = place
        assert await hub.settle(batch=BATCH) == 1
        assert kept(hub) == before, "a child was forgotten that was behind when the worker ended"
        assert noise(hub) == said


async def news_of_all(hub: HubInMemory) -> None:
    """A new child is reported, and something new is said of every other."""
    for number in range(CHILDREN + 1):
        at = NOW + minutes(number)
        hub.accept(ROCHDALE, report(number) if number == CHILDREN else graded(number, RiskGrade.LOW, at), at)
    while await hub.identify():
        pass


@pytest.mark.usefixtures("many")
async def test_reports_do_not_wait_for_looks_between_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def told(folder: Path, *, lost: bool) -> tuple[set[str], tuple[object, ...]]:
        async with told_hub(folder) as hub:
            known = set(hub.inbox(POLICE))
            if lost:
                monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 3600.0)
                hub.lose_the_stores()
                await hub.settle(batch=BATCH, to_the_end=False)
                assert len(behind(hub)) == CHILDREN
            await news_of_all(hub)
            await hub.settle(batch=BATCH, to_the_end=False)
            assert not behind(hub), "somebody of whom something arrived was not looked at first"
            new = set(hub.inbox(POLICE)) - known
            monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 0.0)
            await hub.settle(batch=BATCH)
            assert set(hub.inbox(POLICE)) - known == new
            return new, outcome(hub)

    new, held = await told(tmp_path / "lost", lost=True)
    assert len(new) > CHILDREN
    assert (new, held) == await told(tmp_path / "never", lost=False)


async def worse_news(hub: HubInMemory) -> None:
    """Something new is said of every child, and then again."""
    for at, number in enumerate(2 * [*range(CHILDREN)]):
        grade = RiskGrade.LOW if at < CHILDREN else RiskGrade.MEDIUM
        hub.accept(ROCHDALE, graded(number, grade, NOW + minutes(at)), NOW + minutes(at))
    while await hub.identify():
        pass


async def fallen_behind(hub: HubInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something came of every child while the registers were down; they have stored it, and looked at nobody yet."""
    monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 3600.0)
    await worse_news(hub)
    hub.fall_behind()
    await hub.settle(batch=1, to_the_end=False)


@pytest.mark.usefixtures("many")
async def test_reports_do_not_wait_for_a_stretch_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def told(folder: Path, *, fell: bool) -> tuple[object, ...]:
        async with told_hub(folder) as hub:
            if fell:
                await fallen_behind(hub, monkeypatch)
                assert len(behind(hub)) == CHILDREN
            else:
                await worse_news(hub)
                await hub.settle()
            before = set(hub.inbox(POLICE))
            hub.accept(ROCHDALE, returned(CHILDREN - 1, NOW + minutes(60)), NOW + minutes(60))
            await hub.settle(batch=BATCH, to_the_end=False)
            assert set(hub.inbox(POLICE)) - before, "a report waited for those who are behind"
            assert len(behind(hub)) == (CHILDREN - 1 if fell else 0)
            monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 0.0)
            await hub.settle(batch=BATCH)
            assert (behind(hub), went_on(hub)) == ([], [])
            return outcome(hub)

    assert await told(tmp_path / "fell", fell=True) == await told(tmp_path / "never", fell=False)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("place", range(0, 12, 4))
async def test_a_stretch_over_which_a_worker_ended_comes_before_reports_and_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    async def told(folder: Path, *, ends: bool) -> tuple[object, ...]:
        async with told_hub(folder) as hub:
            await fallen_behind(hub, monkeypatch)
            monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 0.0)
            if ends:
                assert went_on(hub)
                hub.broker.ends_before = place
                assert await hub.settle(batch=BATCH) == 1
                assert (behind(hub), went_on(hub)) == ([], [])
            await hub.settle(batch=BATCH)
            return outcome(hub)

    assert await told(tmp_path / "ended", ends=True) == await told(tmp_path / "not", ends=False)


@pytest.mark.usefixtures("many")
async def test_where_a_process_died_a_stretch_comes_before_reports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told_hub(tmp_path) as hub:
        await fallen_behind(hub, monkeypatch)
        assert went_on(hub)
        hub.fall_behind()  # without a word: what they noted is what they had written
        await hub.settle(batch=1, to_the_end=False)
        assert (behind(hub), went_on(hub)) == ([], [])
        assert not any(register._rebuild._going_on for register in hub.registers())


@pytest.mark.usefixtures("many")
async def test_a_worker_that_was_told_to_stop_has_not_died_over_a_stretch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with told_hub(tmp_path) as hub:
        await fallen_behind(hub, monkeypatch)
        for register in hub.registers():
            await register._rebuild.end()
        assert not went_on(hub)
        hub.fall_behind()
        await hub.settle(batch=1, to_the_end=False)
        assert went_on(hub)


def went_on(hub: HubInMemory) -> list[int]:
    """Partitions over which a worker goes on between batches, or ended while it did."""
    return [
        number
        for register in hub.registers()
        for number in range(PARTITIONS)
        if register._rebuild.behind.was_going_on(number)
    ]


@pytest.mark.usefixtures("many")
async def test_of_whom_something_came_last_is_looked_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with told_hub(tmp_path) as hub:
        monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 3600.0)
        hub.lose_the_stores()
        await hub.settle(batch=BATCH, to_the_end=False)
        children = {child.child for child in all_stored(hub)}
        for register in hub.registers():
            for number in range(PARTITIONS):
                last = {kept.key.decode(): at for at, kept in enumerate(hub.broker.log("events", number)) if kept}
                order = register._rebuild.behind.newest_first(number)
                assert order == sorted(order, key=lambda child: -last[child])
                children -= set(order)
        assert not children


@pytest.mark.usefixtures("many")
async def test_a_look_that_something_overtook_is_not_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def held(folder: Path, *, overtaken: bool) -> tuple[object, ...]:
        async with told_hub(folder) as hub:
            monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 3600.0)
            hub.lose_the_stores()
            await hub.settle(batch=BATCH, to_the_end=False)
            await news_of_all(hub)
            turns = [register._turn for register in hub.registers() if register._rebuild._going_on]
            for turn in turns:
                await turn.acquire()
            news = asyncio.create_task(hub.settle(batch=BATCH, to_the_end=False))
            if overtaken:  # batches wait for the turn first, then the looks, which were worked out before them
                async with asyncio.timeout(10):
                    await until(lambda: any(turn._waiters for turn in turns))
                monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 0.0)
                await asyncio.sleep(0.1)
                assert len(behind(hub)) == CHILDREN
            for turn in turns:
                turn.release()
            await news
            monkeypatch.setattr(rebuild, "_LOG_FIRST_SECONDS", 0.0)
            await hub.settle(batch=BATCH)
            return outcome(hub)

    assert await held(tmp_path / "overtaken", overtaken=True) == await held(tmp_path / "not", overtaken=False)


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - a lock gives no event
        await asyncio.sleep(0)


def behind(hub: HubInMemory) -> list[str]:
    """Every child who is behind."""
    return [
        child
        for register in hub.registers()
        for number in range(PARTITIONS)
        for child in register._rebuild.behind.of(number)
    ]


async def test_a_worker_whose_side_process_ends_does_not_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()
    monkeypatch.setattr(side_processes, "end_process", lambda _why: ended.set())
    async with told_hub(tmp_path / "hub") as hub:
        sides = SideProcesses(settings_beside(hub, tmp_path), IDS, most=1)
        go_by = GoBy(entries=tuple(hub.directory.entries.values()), as_of=LONG_AGO, rules=packaged_rulebook())
        await sides.go_by(go_by)
        assert await sides.ask_to_verify([Verify(())]) == [[]]
        sides._processes[0]._process.kill()
        async with asyncio.timeout(60):
            await ended.wait()
        await sides.end()


def all_stored(hub: HubInMemory) -> tuple[Stored, ...]:
    """Every child as the registers' stores hold it."""
    return tuple(
        Stored(child=child, partition=number, events=tuple(register._store.sealed_events(number, child)))
        for register in hub.registers()
        for number in range(PARTITIONS)
        for child in list(register._store.children(number))
    )


def as_said(found: object) -> object:
    """What a look gave, without the bytes of wraps: sealing to a subscriber draws a random number."""
    if not isinstance(found, Quiet):
        return found
    said = found.publication
    return said.entries, said.published, [wrap.key for wrap in said.wraps], found.tally, found.again_at


def settings_beside(hub: HubInMemory, folder: Path) -> WorkerSettings:
    """The settings of a worker with the secrets of the hub in memory."""
    held = folder / "secrets"
    held.mkdir(mode=0o700)
    files = {
        "claim_secret": SECRET, "log_key": b"l" * 32, "state_key": b"s" * 32, "keyring_master_key": MASTER,
        "signing_key": sha256(b"register-0").digest(), "trust_key": bytes(32),
    }  # fmt: skip
    for name, value in files.items():
        (held / name).touch(mode=0o600)
        (held / name).write_bytes(value)
    Keyring(hub.folder / "keyring", MASTER).close()
    return WorkerSettings(
        bootstrap="127.0.0.1:9", instance="register-0", data_dir=folder, ca=folder, certificate=folder,
        private_key=folder, signing_key=held / "signing_key", signing_key_id="register-0",
        trust_key=held / "trust_key", hub_secrets=held, keyring=hub.folder / "keyring", schema_ids=folder,
        metrics_port=0,
    )  # fmt: skip
