"""The classic ways in which stream workers lose or repeat things, each brought about on the running hub.

Faults are put down from outside (`tests.faults.points`); what came of them is read from the topics by id.
"""

import asyncio
from uuid import uuid4

import pytest

from hub.messages import WireMessage
from schemas.records import FindingKind, MissingReported
from tests.faults.points import ENDS, Action, Fault, Moment
from tests.kafka.way.judging import judge
from tests.kafka.way.scraping import scraped
from tests.kafka.way.town import POLICE, SALFORD, Town, missing_report

pytestmark = pytest.mark.timeout(300)

BETWEEN_STATE_AND_SEND = {
    "intake": Fault(point="flush the table", moment=Moment.AFTER),
    "identity": Fault(point="flush the table", moment=Moment.AFTER),
    "register": Fault(point="write the store", moment=Moment.AFTER),
}


def reports(what: str, count: int = 6) -> list[MissingReported]:
    return [missing_report(f"{what} {number} {uuid4().hex[:6]}") for number in range(count)]


async def test_the_first_record_of_a_poll_fails(town: Town) -> None:
    with town.fault("intake", Fault(point="answer", action=Action.RAISE)):
        sent = await town.installation(SALFORD).send(*reports("first of a poll"))
        await judge(town, SALFORD, sent)


async def test_a_later_record_of_a_poll_fails(town: Town) -> None:
    with town.fault("identity", Fault(point="decide", call=4, action=Action.RAISE)):
        sent = await town.installation(SALFORD).send(*reports("later in a poll", 12))
        await judge(town, SALFORD, sent)


async def test_an_error_on_another_partition_stops_nobody(town: Town) -> None:
    with town.fault("register", Fault(point="tell of a child", call=3, action=Action.RAISE)):
        sent = await town.installation(SALFORD).send(*reports("many children", 16))
        await judge(town, SALFORD, sent)
    logs = {seen.partition for report in sent for seen in town.with_id("events", report)}
    assert len(logs) > 1


@pytest.mark.parametrize("action", ENDS)
@pytest.mark.parametrize("worker", BETWEEN_STATE_AND_SEND)
async def test_it_ends_between_state_and_send(town: Town, worker: str, action: Action) -> None:
    at = BETWEEN_STATE_AND_SEND[worker]
    with town.fault(worker, Fault(point=at.point, moment=at.moment, action=action)):
        sent = await town.installation(SALFORD).send(*reports(f"{worker} {action}", 3))
        await judge(town, SALFORD, sent)


@pytest.mark.parametrize("action", ENDS)
async def test_it_ends_between_send_and_told(town: Town, action: Action) -> None:
    with town.fault("register", Fault(point="say who was told", action=action)):
        sent = await town.installation(SALFORD).send(*reports(f"untold {action}", 3))
        await judge(town, SALFORD, sent)


async def test_a_repeat_after_a_kill_between_send_and_told_is_on_the_wire_and_is_the_same(town: Town) -> None:
    child = f"twice on the wire {uuid4().hex[:6]}"
    with town.fault("register", Fault(point="notices are out", action=Action.KILL, about=child)):
        (report,) = await town.installation(SALFORD).send(missing_report(child))
        await judge(town, SALFORD, [report])
    notices = town.notices(POLICE, caused_by=[report])
    assert len(notices) == 2, "the fault was meant to come after the first sending"
    assert notices[0] == notices[1]


async def test_the_broker_pauses(town: Town) -> None:
    sender = town.installation(SALFORD)
    first = await sender.send(*reports("before the pause", 3))
    town.hub.broker.pause()
    try:
        during = asyncio.create_task(sender.send(*reports("in the pause", 3)))
        done, _ = await asyncio.wait([during], timeout=4)
        assert not done
    finally:
        town.hub.broker.resume()
    await judge(town, SALFORD, [*first, *await during])


async def test_a_record_that_kills_three_times_is_parked_and_the_work_goes_on(town: Town) -> None:
    poison = WireMessage(topic="accepted", key=b"E08000006", headers=(("ce_id", uuid4().bytes),), value=b"\x00poison")
    sender = town.installation(SALFORD)
    before = await sender.send(*reports("before the poison", 2))
    await judge(town, SALFORD, before)
    await town.send(poison)
    after = await sender.send(*reports("after the poison", 3))
    kept = await town.kept(poison)
    assert (kept.original_topic, kept.reason, kept.is_whole) == ("accepted", "hub_fault", True)
    assert kept.reasons[0].kind is FindingKind.FAULT
    assert (await scraped(town))["identity"].total("homeward_unroutable_total") == 1
    await judge(town, SALFORD, after)


async def test_a_worker_that_raises_three_times_on_one_report_parks_it_and_takes_the_next(town: Town) -> None:
    sender = town.installation(SALFORD)
    doomed = sender.write(missing_report("doomed"))
    with town.fault("intake", Fault(point="answer", action=Action.RAISE, times=3)):
        await town.send(doomed)
        await town.kept(doomed)
    assert (await scraped(town))["intake"].total("homeward_unroutable_total") == 1
    after = await sender.send(*reports("after the doomed", 2))
    await judge(town, SALFORD, after)
