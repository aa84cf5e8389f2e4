"""Two registers: one loses partitions in mid-batch to the other, one is stopped past its session and comes back.

A batch is held at a point of the first worker, so that it is known to be in hand when the partitions go.
"""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from deploy import check, quarantine
from deploy.processes import ChildProcess
from hub.messages import OpenedMessage, open_from_hub
from hub.sealing import OpeningKeys
from schemas.records import MissingReported, RegisterEntry, RiskAssessed, RiskGrade
from tests.faults.points import Action, Fault, is_held, put_down, take_away
from tests.kafka.way.judging import judge
from tests.kafka.way.town import PATIENCE, SALFORD, Seen, Town, missing_report
from tests.kafka.way.workers import beside, entries_counted, metrics, port_of, said, settings_of, until, worker_with

pytestmark = pytest.mark.timeout(300)

LONG = 120.0
"""Seconds that a batch may be held without being taken for a hang."""
SESSION = 6.0
_TELLING = re.compile("entries|caught_up|position|end_of_log|behind")
"""What tells why a worker does not count what it should."""


def reports(what: str, count: int) -> list[MissingReported]:
    return [missing_report(f"{what} {number} {uuid4().hex[:6]}") for number in range(count)]


def handled(worker: ChildProcess) -> float:
    """How many records a second register has handled."""
    return metrics(port_of(worker)).get("homeward_batch_records_sum", 0.0)


def handed_over(worker: ChildProcess) -> set[int]:
    """The partitions that a second register was given last."""
    given = said(worker.program.log_file.read_text(), "partitions_assigned")
    return set(given[-1]["partitions"]) if given else set()  # type: ignore[call-overload]


@pytest.fixture(scope="module", autouse=True)
async def nothing_is_parked(town: Town) -> None:
    """Put through what a register has parked so far: another, with a disk of its own, would find it in the log."""
    replayed = quarantine.replays(town.home)
    parked = [
        each
        for each in await quarantine.kept(town.home, town.hub.running)
        if each.is_parked and each.record.original_topic == "events" and each.id not in replayed
    ]
    await quarantine.replay(town.home, town.hub.running, parked, by="whoever tests")
    async with asyncio.timeout(PATIENCE):
        while await check.waiting(town.home, town.hub.running):  # noqa: ASYNC110 - the broker gives no event
            await asyncio.sleep(0.2)


async def test_a_partition_is_revoked_in_mid_batch(town: Town, tmp_path: Path) -> None:
    async with worker_with(town, "register", watchdog_seconds=LONG):
        logged = len(town.log("register"))
        pid = town.hub.supervisor.child("register").pid
        put_down(town.faults, "register", Fault(point="process", action=Action.HOLD))
        sender = town.installation(SALFORD)
        try:
            sent = await sender.send(*reports("held", 12))
            await until(lambda: is_held(town.faults, "register"))
            async with beside(town, tmp_path) as second:
                await until(lambda: bool(said(town.log("register")[logged:], "partitions_revoked")))
                (revoked,) = said(town.log("register")[logged:], "partitions_revoked")
                assert set(revoked["in_hand"]) & set(revoked["partitions"]), "no batch was in hand"  # type: ignore[call-overload]
                assert is_held(town.faults, "register")
                take_away(town.faults, "register")
                await until(lambda: bool(handed_over(second)))
                theirs = handed_over(second)
                before = handled(second)
                sent += await sender.send(*reports("shared", 40))
                await judge(town, SALFORD, sent)
                logs = {seen.partition for report in sent for seen in town.with_id("events", report)}
                assert theirs & logs
                assert logs - theirs
                assert handled(second) > before, "the second worker handled nothing"
                await all_counted(town, second)
                assert 0 < entries_counted(town) < entries(town), "one of them counts none"
            sent += await sender.send(*reports("left", 8))
            await judge(town, SALFORD, sent)
            await all_counted(town)
            assert town.hub.supervisor.child("register").pid == pid, "the first worker had to be started again"
        finally:
            take_away(town.faults, "register")


async def test_a_register_stopped_past_its_session_comes_back_and_does_no_harm(town: Town, tmp_path: Path) -> None:
    async with worker_with(town, "register", watchdog_seconds=LONG, session_timeout_seconds=SESSION):
        zombie = town.hub.supervisor.child("register")
        logged = len(town.log("register"))
        pid = zombie.pid
        sender = town.installation(SALFORD)
        async with beside(town, tmp_path) as second:
            await until(lambda: bool(handed_over(second)))
            put_down(town.faults, "register", Fault(point="process", action=Action.HOLD))
            try:
                held = reports("in the zombie's hand", 12)
                known = entries(town)
                sent = await sender.send(*held)
                await until(lambda: is_held(town.faults, "register"))
                zombie.pause()
                await until(lambda: len(handed_over(second)) == 8)
                await judge(town, SALFORD, sent)
                await until(lambda: entries(town) >= known + len(held))
                first = last_entries(town)
                await sender.send(*(graded(report) for report in held))
                await until(lambda: newer_than(town, first) >= len(held))
            finally:
                take_away(town.faults, "register")
                zombie.resume()
            before = len(town.seen["register"])
            await until(lambda: has_left(town, logged, pid))
            sent += await sender.send(*reports("after the zombie", 16))
            await judge(town, SALFORD, sent)
            assert_no_entry_is_older(town, before)
            await all_counted(town, second)
        sent += await sender.send(*reports("alone again", 8))
        await judge(town, SALFORD, sent)


def graded(report: MissingReported) -> RiskAssessed:
    """What is said of a child while the zombie stands still: the zombie does not know of it."""
    now = datetime.now(UTC).replace(microsecond=0)
    return RiskAssessed(
        child_ref=report.child_ref, episode_ref=report.episode_ref, occurred_at=now, recorded_at=now,
        grade=RiskGrade.HIGH,
    )  # fmt: skip


async def all_counted(town: Town, *others: ChildProcess) -> None:
    """Wait until the town's register and these beside it count every entry, each once."""
    try:
        await until(lambda: entries_counted(town, *others) == entries(town))
    except TimeoutError:
        ports = [int(settings_of(town, "register")["metrics_port"]), *map(port_of, others)]
        shown = [{name: value for name, value in metrics(port).items() if _TELLING.search(name)} for port in ports]
        pytest.fail(f"{entries_counted(town, *others)} of {entries(town)} entries are counted: {shown}")


def entries(town: Town) -> int:
    """How many entries stand in the register."""
    return len({seen.key for seen in town.seen["register"] if seen.value})


def assert_no_entry_is_older(town: Town, before: int) -> None:
    """Of each episode the last entry, which alone outlives compaction, is the newest there was before this place."""
    newest = last_entries(town, before)
    last = last_entries(town)
    older = [key for key, order in newest.items() if last[key] < order]
    assert not older, f"{len(older)} entries that a zombie wrote stand over newer ones"


def last_entries(town: Town, before: int | None = None) -> dict[bytes, tuple[datetime, int]]:
    """Of each episode its last entry before this place."""
    return {seen.key: order_of(town, seen) for seen in town.seen["register"][:before] if seen.value}


def newer_than(town: Town, first: dict[bytes, tuple[datetime, int]]) -> int:
    """Of how many episodes the last entry is newer than it was."""
    return sum(order > first[key] for key, order in last_entries(town).items() if key in first)


def order_of(town: Town, seen: Seen) -> tuple[datetime, int]:
    """By which of two entries of an episode a reader takes the newer."""
    found = open_from_hub(seen.wire, town.known, OpeningKeys.of({}), town.ids, seen.at)
    assert isinstance(found, OpenedMessage), found
    assert isinstance(found.record, RegisterEntry)
    return found.record.changed_at, found.record.sequence


def has_left(town: Town, logged: int, pid: int | None) -> bool:
    """Whether the zombie ended, or noticed that its partitions were gone."""
    child = town.hub.supervisor.child("register")
    revoked = said(town.log("register")[logged:], "partitions_revoked")
    return (child.is_running and child.pid != pid) or len(revoked) > 1
