"""What the hub failed on is found by the operators' command, and put through again without loss or repetition."""

import asyncio
import json
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

import deploy.supervisor
from deploy import check
from deploy.cli import shapes
from hub.ids import HUB
from schemas.records import Quarantined
from tests.faults import points
from tests.faults.points import Action, Fault
from tests.kafka.commands import run
from tests.kafka.way.judging import judge
from tests.kafka.way.test_bad_input import with_header
from tests.kafka.way.town import OPERATORS, PATIENCE, POLICE, SALFORD, Town, id_of, missing_report

pytestmark = pytest.mark.timeout(300)

TOPICS = {"intake": "inbound", "identity": "accepted", "register": "events"}
PARKED = {"intake": 1, "identity": 1, "register": 2}
"""Records of one report on each topic: on `events` the decision whose child it is stands before it."""


FIRST = {"register": ("intake", "identity"), "identity": ("intake",), "intake": ()}
"""The workers that have a report before the one that fails on it."""


async def handled(town: Town, worker: str, report: str) -> None:
    """Wait until a worker has handled a report for good: if it ends now, it does not pass it on once more."""
    topic = TOPICS[worker]
    await town.until(lambda: bool(town.with_id(topic, report)), f"the report before {worker}")
    place = town.with_id(topic, report)[-1]
    async with asyncio.timeout(PATIENCE):
        while (await check.handled(town.home, town.hub.running, worker))[place.partition] <= place.offset:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def told(command: str, town: Town) -> dict[str, Any]:
    """What `homeward quarantine` prints with `--json`, which keeps to its shape."""
    done = await asyncio.to_thread(run, f"homeward quarantine {command} --json", town.home.folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert shapes.faults(f"homeward quarantine {command.split(maxsplit=1)[0]}", found) == []
    return found


async def rows(town: Town) -> list[dict[str, Any]]:
    return list((await told("list", town))["records"])


@pytest.fixture
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that ended is started again at once, however often it ended."""
    monkeypatch.setattr(deploy.supervisor, "LONGEST_PAUSE_SECONDS", 0.1)


@pytest.mark.usefixtures("soon_again")
async def test_what_workers_failed_on_is_put_through_again_and_everybody_is_told(town: Town) -> None:
    before = {row["id"] for row in await rows(town)}
    sender = town.installation(SALFORD)
    doomed = {worker: sender.write(missing_report(f"parked by {worker} {uuid4().hex[:6]}")) for worker in TOPICS}
    for worker, report in doomed.items():
        fails = Fault(point="process", action=Action.RAISE, times=99, about=id_of(report))
        points.put_down(town.faults, worker, fails)
    try:
        for worker in ("register", "identity", "intake"):  # each behind those that have to come further
            await town.send(doomed[worker])
            for before_it in FIRST[worker]:
                await handled(town, before_it, id_of(doomed[worker]))
        await town.until(lambda: are_parked(town, before), "every record of them parked", 2 * PATIENCE)
    finally:
        for worker in TOPICS:
            points.take_away(town.faults, worker)
    found = [row for row in await rows(town) if row["id"] not in before]
    assert {(row["reason"], row["is_parked"]) for row in found} == {("hub_fault", True)}
    assert {row["claimed_agency"] for row in found} <= {SALFORD, HUB}
    for worker, topic in TOPICS.items():
        its_own = [row for row in found if row["topic"] == topic]
        assert len(its_own) == PARKED[worker]
        assert (its_own[-1]["message_id"], its_own[-1]["replayed_at"]) == (id_of(doomed[worker]), None)
    reports = [id_of(report) for report in doomed.values()]
    assert not town.notices(POLICE, caused_by=reports)

    names = " ".join(row["id"] for row in found)
    replayed = (await told(f'replay {names} --by "J. Hughes"', town))["replayed"]
    await judge(town, SALFORD, reports)
    assert [(each["topic"], each["partition"]) for each in replayed] == [
        (row["topic"], row["partition"]) for row in found
    ]
    await told(f'replay {names} --by "J. Hughes"', town)
    after = await sender.send(missing_report(f"after that {uuid4().hex[:6]}"))
    await judge(town, SALFORD, [*reports, *after])
    assert {row["replayed_by"] for row in await rows(town) if row["id"] in names} == {"J. Hughes"}
    leaves = [leaf for leaf in town.leaves() if leaf.outcome == "replayed"]
    assert len(leaves) >= len(found)
    assert all(leaf.actor_pseudonym and "Hughes" not in leaf.actor_pseudonym for leaf in leaves)


def are_parked(town: Town, before: set[str]) -> bool:
    """Whether every worker has put aside what it fails on, of each topic as many records as one report is there."""
    kept = {seen.id: town.opened(seen, OPERATORS) for seen in town.seen["quarantine"] if seen.id not in before}
    topics = Counter(each.original_topic for each in kept.values() if isinstance(each, Quarantined))
    return all(topics[topic] >= PARKED[worker] for worker, topic in TOPICS.items())


async def test_what_was_refused_is_shown_with_its_reasons_and_is_not_put_through(town: Town) -> None:
    forged = with_header(town.shared_installation(SALFORD).write(missing_report("forged")), "signature", b"0" * 128)
    await town.send(forged)
    await town.kept(forged)
    (row,) = [row for row in await rows(town) if row["message_id"] == id_of(forged)]
    shown = await told(f"show {row['id']}", town)
    assert (shown["reason"], [finding["field"] for finding in shown["findings"]]) == ("bad_signature", ["signature"])
    assert {"name": "ce_id", "value": id_of(forged)} in shown["headers"]
    done = await asyncio.to_thread(run, f"homeward quarantine replay {row['id']} --by X", town.home.folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "not parked" in done.stderr
