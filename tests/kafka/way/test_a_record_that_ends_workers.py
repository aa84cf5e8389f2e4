"""A record that ends every worker that takes it in hand, by a hang or by a death that Python never sees.

It is parked after three strikes, the operators are alarmed, its neighbours in the same batch go through, and nothing
that stands behind it waits any longer.
"""

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

import deploy.supervisor
from hub.messages import WireMessage
from tests.faults.points import Action, Fault, put_down, take_away
from tests.kafka.way.judging import judge
from tests.kafka.way.town import SALFORD, Town, id_of, missing_report
from tests.kafka.way.workers import metrics, settings_of, worker_with

pytestmark = pytest.mark.timeout(300)

AT = {"intake": "answer", "register": "tell of a child"}
FOR_EVER = 10_000
HANGS_AFTER = 3.0
"""Seconds; the worker's own setting is longer than a test should be."""


@pytest.fixture(params=AT)
async def worker(request: pytest.FixtureRequest, town: Town, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A worker that is soon taken for hanging, and soon started again; as it was, afterwards."""
    monkeypatch.setattr(deploy.supervisor, "LONGEST_PAUSE_SECONDS", 0.1)
    name = str(request.param)
    async with worker_with(town, name, watchdog_seconds=HANGS_AFTER):
        yield name
        take_away(town.faults, name)


@pytest.mark.parametrize("action", [Action.HANG, Action.KILL])
async def test_it_is_parked_alone_after_three_strikes_and_whoever_stands_behind_it_gets_through(
    town: Town, worker: str, action: Action
) -> None:
    sender = town.installation(SALFORD)
    reports = [sender.write(missing_report(f"{worker} {action} {number} {uuid4().hex[:6]}")) for number in range(5)]
    doomed, others = reports[2], [id_of(report) for number, report in enumerate(reports) if number != 2]
    put_down(town.faults, worker, Fault(point=AT[worker], action=action, times=FOR_EVER, about=id_of(doomed)))
    logged = len(town.log(worker))
    await town.send(*reports)
    kept = await town.kept(await read_by(town, worker, doomed))
    assert (kept.reason, kept.is_whole) == ("hub_fault", True)
    await judge(town, SALFORD, others)
    behind = await sender.send(missing_report(f"behind {worker} {action} {uuid4().hex[:6]}"))
    await judge(town, SALFORD, behind)

    port = int(settings_of(town, worker)["metrics_port"])
    assert metrics(port)["homeward_unroutable_total"] == 1
    said = [json.loads(line) for line in town.log(worker)[logged:].splitlines() if line.startswith("{")]
    strikes = [line["strikes"] for line in said if line["event"] == "died_with_records_in_hand"]
    ends = {line["end"] for line in said if line["event"] == "died_with_records_in_hand"}
    # Where the child is looked at beside a batch of others (a change of the directory), that death strikes those once.
    assert 3 <= sum(line["event"] == "hit" for line in said) <= 5, "it was tried much more often than three times"
    assert max(strikes) == 3
    assert ("hung" in ends) is (action is Action.HANG)  # the supervisor may kill it once too: "unexplained"
    assert sum(line["event"] == "record_parked" for line in said) == 1
    for report in (*others, *behind):
        wires = [seen.wire for topic in ("inbound", "accepted", "events") for seen in town.with_id(topic, report)]
        assert not any(town.quarantined(wire) for wire in wires), "an innocent record is parked"


async def read_by(town: Town, worker: str, report: WireMessage) -> WireMessage:
    """This report as the worker reads it, waited for."""
    if worker == "intake":
        return report
    await town.until(lambda: bool(town.with_id("events", id_of(report))), "the report in its child's log")
    return town.with_id("events", id_of(report))[0].wire
