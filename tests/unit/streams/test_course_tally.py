"""Counts of clocks: once a child, the same after a restart, raw beside paused, and no label that narrows to a place."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from prometheus_client import REGISTRY

from hub.deadlines import Deadline, deadlines, packaged_deadline_rules, to_raise
from hub.directory import Directory
from hub.episode.model import ChildState
from hub.ids import HUB
from hub.reference import packaged_reference
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    Ask,
    ChildReturned,
    InterviewOutcome,
    Means,
    NoticeKind,
    NoticeRef,
    ReturnedTo,
    ReturnInterviewRecorded,
    SeenBy,
    Told,
    ToldRow,
)
from streams.child_store import ChildStore
from streams.course_tally import CourseTally, counted
from streams.event_batches import event_partition
from streams.held_counts import HeldCounts
from tests.unit.episode.telling import LANCASHIRE, ROCHDALE, Telling, at, living_in, missing

NOBODY = Directory.empty()


def duties(state: ChildState) -> tuple[Deadline, ...]:
    return deadlines(state, packaged_deadline_rules(), NOBODY, packaged_reference())


def night() -> Telling:
    told = Telling()
    told.tell("27 Mar 23:10", ROCHDALE, missing(at("27 Mar 22:40"), person=living_in(ROCHDALE)))
    return told


def back(told: Telling) -> Telling:
    home = ChildReturned(returned_at=at("28 Mar 03:25"), to=ReturnedTo.HOME, seen_by=SeenBy.POLICE)
    told.tell("28 Mar 03:30", LANCASHIRE, home)
    return told


def counts(told: Telling) -> Counter[tuple[str, ...]]:
    return Counter(counted(told.state, duties(told.state), NOBODY))


def test_a_duty_is_overdue_once_the_clock_raised_it_and_no_more_once_it_is_met() -> None:
    told = night()
    assert not [key for key in counts(told) if key[0] == "overdue"]
    for raised in to_raise(told.state, duties(told.state), at("27 Mar 23:40")):
        told.tell("27 Mar 23:40", HUB, raised)
    assert counts(told)["overdue", "police_answer", "unknown"] == 1
    told.tell("27 Mar 23:45", LANCASHIRE, missing(at("27 Mar 22:40")))
    assert counts(told)["overdue", "police_answer", "unknown"] == 0


def test_an_interview_in_time_counts_as_held_raw_and_paused_and_a_declined_one_is_apart() -> None:
    told = back(night())
    assert counts(told)["return", "owed"] == 1
    told.tell(
        "29 Mar 12:00", ROCHDALE, ReturnInterviewRecorded(outcome=InterviewOutcome.HELD, held_at=at("29 Mar 11:00"))
    )
    now = counts(told)
    assert (now["return", "held_within_72h_raw"], now["return", "held_within_72h_paused"]) == (1, 1)
    declined = back(night())
    declined.tell("29 Mar 12:00", ROCHDALE, ReturnInterviewRecorded(outcome=InterviewOutcome.DECLINED_BY_CHILD))
    assert (counts(declined)["return", "held"], counts(declined)["return", "not_held"]) == (0, 1)


def test_an_interview_that_came_too_late_is_held_but_not_in_time() -> None:
    told = back(night())
    late = ReturnInterviewRecorded(outcome=InterviewOutcome.HELD, held_at=at("2 Apr 11:00"))
    told.tell("2 Apr 12:00", ROCHDALE, late)
    now = counts(told)
    assert (now["return", "held"], now["return", "held_within_72h_raw"], now["return", "held_within_72h_paused"]) == (
        1,
        0,
        0,
    )


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_child_counts_once_however_often_it_is_noted_and_once_after_a_restart(tmp_path: Path) -> None:
    told = back(night())
    store = ChildStore(tmp_path / "store")
    counts = HeldCounts()
    counts.hold(event_partition(told.state.child))
    tally = CourseTally(store, counts)
    for _ in range(3):
        tally.note(told.state, duties(told.state), NOBODY)
    assert value("homeward_return_interviews", what="owed") == 1
    store.write()
    counts.let_go({event_partition(told.state.child)})
    assert value("homeward_return_interviews", what="owed") == 0
    again = HeldCounts()
    CourseTally(store, again)
    again.hold(event_partition(told.state.child))
    assert value("homeward_return_interviews", what="owed") == 1
    store.close()


def test_what_another_worker_holds_now_is_not_overdue_here_and_the_label_stays(tmp_path: Path) -> None:
    told = night()
    for raised in to_raise(told.state, duties(told.state), at("27 Mar 23:40")):
        told.tell("27 Mar 23:40", HUB, raised)
    store = ChildStore(tmp_path / "store")
    counts = HeldCounts()
    partition = event_partition(told.state.child)
    counts.hold(partition)
    CourseTally(store, counts).note(told.state, duties(told.state), NOBODY)
    labels = {"duty": "police_answer", "agency_kind": "unknown"}
    assert value("homeward_duties_overdue", **labels) == 1
    counts.let_go({partition})
    assert REGISTRY.get_sample_value("homeward_duties_overdue", labels) == 0
    store.close()


def test_how_long_people_took_is_observed_once(tmp_path: Path) -> None:
    told = night()
    sent = ToldRow(
        notice_id="5a7a1d1e-0000-5000-8000-000000000001",
        episode_id=told.episode.id,
        recipient=ROCHDALE,
        desk="duty",
        role="responsible_authority",
        kind=NoticeKind.NEWS,
        ask=Ask.ACTION,
        basis="test",
        content_digest=b"",
        means=Means.HUB,
    )
    told.tell("27 Mar 23:10", HUB, Told(cause=told.events[0].id, rows=(sent,), rules_version="1", directory_version=1))
    pair = NoticeRef(notice_id=sent.notice_id, episode_id=sent.episode_id)
    told.tell("27 Mar 23:25", ROCHDALE, Acknowledged(pairs=(pair,), layer=Acknowledgement.OPENED, role="duty"))
    risk = told.episode.risk.treated_as.value
    labels = {"step": "opened", "risk": risk}
    before = value("homeward_notice_seconds_sum", **labels)
    store = ChildStore(tmp_path / "store")
    tally = CourseTally(store, HeldCounts())
    for _ in range(2):
        tally.note(told.state, duties(told.state), NOBODY)
    store.close()
    assert value("homeward_notice_seconds_sum", **labels) - before == timedelta(minutes=15).total_seconds()
