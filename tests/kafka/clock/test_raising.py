"""What falls due is raised within a second, once, whatever becomes of the worker that keeps the clock.

A child last seen 72 hours ago, less a few seconds, is still missing at 72 hours a few seconds from now: the national
unit has to be told (`national_unit_told`). Everything is read from the topics; the broker's append times are the clock.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from hub.deadlines import raised_id
from hub.ids import AgencyId, EpisodeId, EventId, episode_id
from hub.turns import TURN
from schemas.records import Ask, DeadlineStage, ExclusionSet, ExclusionState, MissingReported, NoticeKind
from tests.kafka.way.judging import TOLD, judge
from tests.kafka.way.town import ROCHDALE, SALFORD, Seen, Town, missing_report
from tests.kafka.way.workers import ready, second_register

pytestmark = pytest.mark.timeout(300)

DUTY = "national_unit_told"
LATEST = timedelta(seconds=1)


def due_at(when: datetime) -> MissingReported:
    """A report of a child who has been missing for 72 hours at `when`."""
    seen = (when - timedelta(hours=72)).replace(microsecond=when.microsecond // 1000 * 1000)
    report = missing_report(f"due {uuid4().hex[:8]}", occurred_at=seen)
    assert report.last_seen is not None
    return replace(report, last_seen=replace(report.last_seen, at=seen))


def due_in(seconds: float) -> tuple[datetime, MissingReported]:
    now = datetime.now(UTC)
    when = (now + timedelta(seconds=seconds)).replace(microsecond=now.microsecond // 1000 * 1000)
    return when, due_at(when)


def raised(town: Town, report: str, when: datetime) -> list[Seen]:
    """Every record by which the clock raised that this report's duty is due."""
    wanted = raised_id(EpisodeId(episode_id(EventId(report), SALFORD)), DUTY, when, DeadlineStage.DUE)
    return town.with_id("events", wanted)


async def all_raised(town: Town, due: dict[str, datetime]) -> None:
    await town.until(
        lambda: all(raised(town, report, when) for report, when in due.items()), f"{len(due)} duties raised"
    )


async def told_of_all(town: Town, due: dict[str, datetime]) -> None:
    for report in due:
        await town.told(report, *TOLD)


async def test_what_falls_due_is_raised_within_a_second_and_not_before(town: Town) -> None:
    planned = [due_in(6 + number / 10) for number in range(20)]
    sent = await town.shared_installation(SALFORD).send(*(report for _, report in planned))
    due = dict(zip(sent, (when for when, _ in planned), strict=True))
    await all_raised(town, due)
    for report, when in due.items():
        (record,) = raised(town, report, when)
        assert timedelta(0) <= record.at - when <= LATEST
        (event,) = town.with_id("events", report)
        assert (record.key, record.partition) == (event.key, event.partition), "in the child's own log"


async def test_what_was_due_before_the_hub_heard_of_it_is_raised_at_once(town: Town) -> None:
    when, report = due_in(-3)
    (sent,) = await town.shared_installation(SALFORD).send(report)
    await all_raised(town, {sent: when})
    (event,) = town.with_id("events", sent)
    (record,) = raised(town, sent, when)
    assert record.at - event.at <= LATEST


async def test_a_clock_that_was_killed_before_the_time_raises_it_after(town: Town) -> None:
    when, report = due_in(5)
    (sent,) = await town.shared_installation(SALFORD).send(report)
    await told_of_all(town, {sent: when})
    await asyncio.sleep(max(0.0, (when - datetime.now(UTC)).total_seconds() - 0.5))
    await town.hub.supervisor.child("register").kill()
    await all_raised(town, {sent: when})
    assert len({record.id for record in raised(town, sent, when)}) == 1


async def test_two_clocks_raise_it_as_one(town: Town, tmp_path: Path) -> None:
    second = second_register(town, tmp_path)
    planned = [due_in(9 + number / 5) for number in range(16)]
    sent = await town.shared_installation(SALFORD).send(*(report for _, report in planned))
    due = dict(zip(sent, (when for when, _ in planned), strict=True))
    await told_of_all(town, due)
    await second.start()
    try:
        await ready(second)
        await all_raised(town, due)
    finally:
        await second.stop()
    more = [due_in(4), due_in(4.5)]
    sent = await town.shared_installation(SALFORD).send(*(report for _, report in more))
    await all_raised(town, dict(zip(sent, (when for when, _ in more), strict=True)))


async def test_a_lost_disk_is_filled_again_and_the_clock_goes_on_without_a_notice_sent_twice(town: Town) -> None:
    planned = [due_in(25 + number / 10) for number in range(4)]
    sent = await town.shared_installation(SALFORD).send(*(report for _, report in planned))
    due = dict(zip(sent, (when for when, _ in planned), strict=True))
    await told_of_all(town, due)
    before = [len(town.inbox(agency)) for agency in TOLD]
    register = town.hub.supervisor.child("register")
    children = town.home.worker("register") / "state" / "homeward-register" / "children"
    await register.kill()
    children.rename(children.with_name(f"lost-{uuid4().hex}"))
    await all_raised(town, due)
    for report, when in due.items():
        assert raised(town, report, when)[0].at - when <= LATEST
    notices = [
        [seen.id for seen in town.inbox(agency)[:count] if seen.header("ce_type") == "Notice"]
        for agency, count in zip(TOLD, before, strict=True)
    ]
    again = [
        [seen.id for seen in town.inbox(agency)[count:] if seen.header("ce_type") == "Notice"]
        for agency, count in zip(TOLD, before, strict=True)
    ]
    assert all(not set(old) & set(new) for old, new in zip(notices, again, strict=True))


async def test_a_rebuild_while_notices_are_owed_sends_those_and_no_other_again(town: Town) -> None:
    sender = town.shared_installation(SALFORD)
    old = await sender.send(*(missing_report(f"told {uuid4().hex[:8]}") for _ in range(4)))
    await judge(town, SALFORD, old)
    told_before = {agency: {seen.id for seen in notices_in(town, agency)} for agency in TOLD}
    places = {agency: len(town.inbox(agency)) for agency in TOLD}

    register = town.hub.supervisor.child("register")
    register.pause()
    when, overdue = due_in(-3)
    owed = await sender.send(*(missing_report(f"owed {uuid4().hex[:8]}") for _ in range(6)), overdue)
    await town.until(lambda: all(town.with_id("events", each) for each in owed), "what is owed stands in the log")
    assert not any(town.notices(agency, caused_by=owed) for agency in TOLD)
    children = town.home.worker("register") / "state" / "homeward-register" / "children"
    await register.kill()
    children.rename(children.with_name(f"lost-{uuid4().hex}"))

    await judge(town, SALFORD, owed)
    await all_raised(town, {owed[-1]: when})
    assert len({record.id for record in raised(town, owed[-1], when)}) == 1
    for agency in TOLD:
        again = {seen.id for seen in town.inbox(agency)[places[agency] :] if seen.header("ce_type") == "Notice"}
        assert not again & told_before[agency], "told a second time"


def notices_in(town: Town, agency: AgencyId) -> list[Seen]:
    return [seen for seen in town.inbox(agency) if seen.header("ce_type") == "Notice"]


async def test_an_exclusion_ends_at_the_time_that_was_decided_though_nobody_says_anything(town: Town) -> None:
    sender, report = town.shared_installation(SALFORD), missing_report(f"decided {uuid4().hex[:8]}")
    (sent,) = await sender.send(report)
    await town.told(sent, *TOLD)
    excluded = ExclusionSet(
        child_ref=report.child_ref, episode_ref=report.episode_ref, state=ExclusionState.SET, excluded_agency=ROCHDALE,
    )  # fmt: skip
    (shut,) = await sender.send(excluded)
    await town.until(lambda: bool(town.notices(ROCHDALE, caused_by=[shut])), "the excluded agency hears the last word")
    (last,) = town.notices(ROCHDALE, caused_by=[shut])
    assert (last.kind, last.fields, last.ask) == (NoticeKind.UPDATE, (), Ask.INFORMATION)
    when, _ = due_in(5)
    (decided,) = await sender.send(replace(excluded, state=ExclusionState.LIFTED, from_when=when))
    episode = EpisodeId(episode_id(EventId(sent), SALFORD))
    turn = raised_id(episode, f"{TURN}exclusion.{decided}", when, DeadlineStage.OVERDUE)
    await town.until(lambda: bool(town.notices(ROCHDALE, caused_by=[turn])), "it is told again")
    (record,) = town.with_id("events", turn)
    assert timedelta(0) <= record.at - when <= LATEST
    assert not town.notices(ROCHDALE, caused_by=[decided]), "nothing was to be heard before that"
