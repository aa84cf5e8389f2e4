"""What an entry shows of duties and of who was told: by class, never by the clock, and nothing of a sealed outcome."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from importlib import resources
from random import Random

from hub.deadlines import deadlines, packaged_deadline_rules
from hub.delivery import calls, proofs
from hub.directory import Directory
from hub.entry.course import Course, course, told_rules
from hub.entry.register_entry import blocks
from hub.entry.view import EpisodeView, view
from hub.episode import ChildState, fold
from hub.episode.told import with_told
from hub.event import Event
from hub.ids import HUB, AgencyId, derived_id
from hub.reference import packaged_reference
from hub.routing.raised import PURPOSE
from hub.routing.steps import HANDOVER, LADDER, SILENCE
from hub.routing.vocabulary import ROLES
from hub.routing.wording import TELEPHONE, WITHDRAW, WITHDRAW_ALL
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    Answer,
    Ask,
    ChildFound,
    ChildReturned,
    Condition,
    Disclosure,
    Flag,
    FlagKind,
    Means,
    NoticeKind,
    NoticeRef,
    Person,
    Placement,
    PlacementKind,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    Told,
    ToldByOtherMeans,
    ToldRow,
)
from tests.unit.episode.telling import BLACKPOOL, HOME, LANCASHIRE, ROCHDALE, Telling, at, living_in, missing

NOBODY = Directory.empty()
CLASSES = tuple(Disclosure)


def seen(state: ChildState) -> EpisodeView:
    (episode,) = state.episodes
    plain = view(state, episode)
    duties = deadlines(state, packaged_deadline_rules(), NOBODY, packaged_reference())
    found = course(
        state, plain.facts, plain.claims, deadlines=duties, proofs=proofs(state, NOBODY).values(), calls=calls(state)
    )
    return replace(plain, course=found)


def its(night: Telling) -> Course:
    return seen(night.state).course


def row(night: Telling, recipient: AgencyId, role: str, **given: object) -> ToldRow:
    known: dict[str, object] = {
        "notice_id": derived_id(f"{recipient}/{role}/{len(night.events)}", "notice"),
        "episode_id": night.episode.id,
        "recipient": recipient,
        "desk": "duty",
        "role": role,
        "kind": NoticeKind.NEWS,
        "ask": Ask.ACTION,
        "basis": "test",
        "content_digest": b"",
        "means": Means.HUB,
    }
    return ToldRow(**(known | given))  # type: ignore[arg-type]


def tell(night: Telling, when: str, *rows: ToldRow) -> Event:
    cause = night.events[-1].id
    return night.tell(when, HUB, Told(cause=cause, rows=rows, rules_version="1", directory_version=1))


def acknowledge(night: Telling, when: str, who: AgencyId, told: ToldRow, layer: Acknowledgement) -> None:
    pair = NoticeRef(notice_id=told.notice_id, episode_id=told.episode_id)
    night.tell(when, who, Acknowledged(pairs=(pair,), layer=layer, role="duty"))


def night() -> Telling:
    told = Telling()
    told.tell("27 Mar 23:10", HOME, missing(at("27 Mar 22:40"), person=living_in(ROCHDALE)))
    return told


def duties(found: Course) -> dict[str, tuple[Disclosure, datetime | None]]:
    return {duty.duty: (of, duty.met_at) for of, duty in found.duties}


def recipients(found: Course) -> dict[str, Disclosure]:
    return {told.recipient: of for of, told in found.told}


def test_what_is_owed_stands_in_the_class_of_its_row_with_who_owes_it_and_by_when() -> None:
    ((of, answer),) = [one for one in its(night()).duties if one[1].duty == "police_answer"]
    assert of is Disclosure.ROUTING
    assert answer.due_at == at("27 Mar 23:25")
    assert answer.met_at is None


def withdrawn(found: Course) -> dict[str, datetime | None]:
    return {duty.duty: duty.met_at for _, duty in found.duties if duty.is_withdrawn}


def test_a_duty_that_was_met_says_when_and_one_that_was_withdrawn_that_it_is_owed_no_longer() -> None:
    told = night()
    told.tell("27 Mar 23:31", LANCASHIRE, missing(at("27 Mar 22:40")))
    told.tell("27 Mar 23:40", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    assert duties(its(told))["police_answer"][1] == at("27 Mar 23:31")
    assert "risk_review" in duties(its(told))
    back = ChildReturned(returned_at=at("28 Mar 01:00"), to=ReturnedTo.HOME, seen_by=SeenBy.POLICE)
    told.tell("28 Mar 01:10", LANCASHIRE, back)
    assert withdrawn(its(told)) == {"circulated": at("28 Mar 01:00"), "risk_review": at("28 Mar 01:00")}
    assert [duty.is_withdrawn for _, duty in its(told).duties][-2:] == [True, True], "they come last"


def test_what_lies_ahead_only_if_nothing_happens_is_not_shown_before() -> None:
    """The national unit is told of a child still missing after 72 hours, not of every child at once."""
    told = night()
    told.tell("27 Mar 23:31", LANCASHIRE, missing(at("27 Mar 22:40")))
    early = {duty.duty for duty in deadlines(told.state, packaged_deadline_rules(), NOBODY, packaged_reference())}
    ahead = early - duties(its(told)).keys()
    assert "national_unit_told" in ahead
    told.tell("30 Mar 23:55", LANCASHIRE, RiskAssessed(grade=RiskGrade.HIGH))
    assert "national_unit_told" in duties(its(told))


def to_ring(night: Telling) -> list[tuple[str, bool]]:
    """Who is to be telephoned, or was: with whether somebody has."""
    return [(one.recipient, one.told_at is not None) for _, one in its(night).told if one.means is Means.TELEPHONE]


def rings(night: Telling, caller: AgencyId, *unseen: ToldRow) -> list[ToldRow]:
    """Telephone tasks: that somebody rings the desks that have not seen these."""
    points = [(f"f={each.notice_id}", f"@{each.recipient}/{each.desk} f={each.notice_id}") for each in unseen]
    return [
        row(
            night, caller, TELEPHONE, means=Means.TELEPHONE, points=both, notice_id=derived_id(f"{caller}/{at}", "task")
        )
        for at, both in enumerate(points)
    ]


def test_whoever_is_to_be_telephoned_is_shown_once_and_no_more_when_the_desk_has_taken_it() -> None:
    told = night()
    told.tell("27 Mar 23:11", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    both = [row(told, ROCHDALE, "responsible_authority", notice_id=derived_id(str(n), "notice")) for n in range(2)]
    tell(told, "27 Mar 23:12", *both)
    tell(told, "28 Mar 00:10", *rings(told, LANCASHIRE, *both))
    assert to_ring(told) == [(ROCHDALE, False)], "once, though two calls were asked for"
    acknowledge(told, "28 Mar 00:11", ROCHDALE, both[0], Acknowledgement.OPENED)
    acknowledge(told, "28 Mar 00:12", ROCHDALE, both[1], Acknowledgement.TAKEN)
    assert to_ring(told) == [(ROCHDALE, False)], "opened is not enough at this risk"
    acknowledge(told, "28 Mar 00:13", ROCHDALE, both[0], Acknowledgement.TAKEN)
    assert to_ring(told) == []


def test_whoever_opened_what_it_was_sent_since_is_to_be_telephoned_no_more() -> None:
    told = night()
    first, later = (row(told, ROCHDALE, "responsible_authority", notice_id=derived_id(n, "notice")) for n in "ab")
    tell(told, "27 Mar 23:12", first)
    tell(told, "28 Mar 00:10", *rings(told, LANCASHIRE, first))
    tell(told, "28 Mar 00:20", later)
    assert to_ring(told) == [(ROCHDALE, False)]
    acknowledge(told, "28 Mar 00:25", ROCHDALE, later, Acknowledgement.OPENED)
    assert to_ring(told) == []


def test_a_call_that_was_made_stays_shown_when_the_desk_takes_the_notice() -> None:
    told = night()
    notice = row(told, ROCHDALE, "responsible_authority")
    tell(told, "27 Mar 23:12", notice)
    tell(told, "28 Mar 00:10", *rings(told, LANCASHIRE, notice))
    told.tell("28 Mar 00:15", LANCASHIRE, ToldByOtherMeans(recipient_agency=ROCHDALE, told_at=at("28 Mar 00:14")))
    acknowledge(told, "28 Mar 00:20", ROCHDALE, notice, Acknowledgement.TAKEN)
    assert (ROCHDALE, True) in to_ring(told)


def test_who_was_told_and_opened_and_took_it_is_shown_and_what_a_program_fetched_is_not() -> None:
    told = night()
    rochdale = row(told, ROCHDALE, "responsible_authority")
    tell(told, "27 Mar 23:10", rochdale)
    before = its(told)
    acknowledge(told, "27 Mar 23:11", ROCHDALE, rochdale, Acknowledgement.FETCHED)
    assert its(told).told == before.told
    acknowledge(told, "28 Mar 00:05", ROCHDALE, rochdale, Acknowledgement.OPENED)
    ((of, opened),) = its(told).told
    assert (of, opened.layer) == (Disclosure.CIRCUMSTANCES, Acknowledgement.OPENED)
    acknowledge(told, "28 Mar 00:06", ROCHDALE, rochdale, Acknowledgement.TAKEN)
    assert its(told).told[0][1].layer is Acknowledgement.TAKEN
    assert its(told).digest != before.digest


def test_of_one_desk_the_first_and_the_latest_notice_are_shown() -> None:
    told = night()
    for minute in (10, 20, 30):
        tell(told, f"27 Mar 23:{minute}", row(told, ROCHDALE, "responsible_authority"))
    assert [one.told_at for _, one in its(told).told] == [at("27 Mar 23:10"), at("27 Mar 23:30")]


def test_a_notice_of_a_clock_or_a_ladder_leaves_its_desk_in_the_class_it_has() -> None:
    told = night()
    tell(told, "27 Mar 23:10", row(told, ROCHDALE, "responsible_authority"))
    for role in (PURPOSE, LADDER, SILENCE, HANDOVER, TELEPHONE, WITHDRAW, WITHDRAW_ALL):
        tell(told, "27 Mar 23:40", row(told, ROCHDALE, role))
    assert recipients(its(told)) == {ROCHDALE: Disclosure.CIRCUMSTANCES}


def test_a_recipient_whose_role_tells_of_a_risk_is_shown_to_those_who_may_know_the_risk() -> None:
    told = night()
    health = AgencyId("ward-nine")
    tell(told, "27 Mar 23:10", row(told, LANCASHIRE, "owning_force"), row(told, health, "health_desk"))
    assert recipients(its(told)) == {LANCASHIRE: Disclosure.CIRCUMSTANCES, health: Disclosure.SAFEGUARDING}


def test_a_role_without_a_row_is_shown_to_nobody() -> None:
    told = night()
    for role in ("owning_force_named", "named_officers", "director", "home_office", "stand_down", "a role to come"):
        tell(told, "27 Mar 23:10", row(told, LANCASHIRE, role, desk=role))
    assert its(told).told == ()


def test_after_a_death_no_clock_runs_and_nothing_that_was_told_from_then_on_is_shown() -> None:
    told = night()
    tell(told, "27 Mar 23:10", row(told, ROCHDALE, "responsible_authority"))
    told.tell("27 Mar 23:31", LANCASHIRE, missing(at("27 Mar 22:40")))
    before = its(told)
    told.tell("28 Mar 06:20", LANCASHIRE, ChildFound(condition=Condition.DECEASED, seen_by=SeenBy.POLICE))
    tell(told, "28 Mar 06:20", row(told, LANCASHIRE, "owning_force"), row(told, ROCHDALE, "responsible_authority"))
    after = its(told)
    assert after.told == before.told
    assert withdrawn(after) == {}, "not a word is said of the clocks that a death ended"
    in_register = {duty.duty for of, duty in after.duties if of in blocks(seen(told.state))}
    assert {duty for duty, (_, met) in duties(after).items() if met is None and duty in in_register} <= {
        "authority_told"
    }


def test_who_is_known_from_a_protected_address_alone_is_not_named() -> None:
    told = Telling()
    hidden = Flag(kind=FlagKind.PROTECTED_ADDRESS, value=Answer.YES)
    refuge = Placement(kind=PlacementKind.FOSTER, host_authority=BLACKPOOL)
    told.tell(
        "27 Mar 23:10",
        ROCHDALE,
        missing(at("27 Mar 22:40"), person=Person(flags=(hidden,)), placement=refuge),
    )
    tell(told, "27 Mar 23:10", row(told, BLACKPOOL, "host_authority"), row(told, ROCHDALE, "responsible_authority"))
    assert BLACKPOOL not in recipients(its(told))
    assert not [duty for _, duty in its(told).duties if duty.owed_by in {BLACKPOOL, LANCASHIRE}]
    assert ROCHDALE in recipients(its(told))


def test_the_course_does_not_depend_on_the_order_of_events() -> None:
    told = night()
    first = row(told, ROCHDALE, "responsible_authority")
    tell(told, "27 Mar 23:10", first)
    acknowledge(told, "28 Mar 00:05", ROCHDALE, first, Acknowledgement.OPENED)
    told.tell("27 Mar 23:31", LANCASHIRE, missing(at("27 Mar 22:40")))
    shuffled = told.events + told.events[:2]
    Random(1).shuffle(shuffled)
    assert seen(fold(told.child, shuffled)).course == its(told)


def test_who_was_told_just_now_is_in_the_state_without_folding_all_of_it_again() -> None:
    told = night()
    before = told.state
    said = tell(told, "27 Mar 23:10", row(told, ROCHDALE, "responsible_authority"))
    assert with_told(before, [said]).told == told.state.told
    assert with_told(before, [said]).events == told.state.events


def test_blocks_hold_the_lines_of_their_class_and_no_other() -> None:
    told = night()
    tell(told, "27 Mar 23:10", row(told, ROCHDALE, "responsible_authority"), row(told, HOME, "placement"))
    shown = blocks(seen(told.state))
    assert [one.recipient for one in shown[Disclosure.CIRCUMSTANCES].told] == [ROCHDALE]
    assert [one.recipient for one in shown[Disclosure.SAFEGUARDING].told] == [HOME]
    assert "police_answer" in {duty.duty for duty in shown[Disclosure.ROUTING].duties}


def test_no_line_carries_a_stage_because_a_reader_has_a_clock_of_its_own() -> None:
    assert all(duty.stage is None for _, duty in its(night()).duties)


def every_role(rows: Iterable[dict[str, list[str]]]) -> list[str]:
    return [role for one in rows for role in one["roles"]]


def test_every_role_of_the_table_is_one_of_routing_and_stands_once_with_a_source() -> None:
    table = tomllib.loads(resources.files("hub.entry").joinpath("told.toml").read_text("utf-8"))
    roles = every_role(table["told"])
    assert len(roles) == len(set(roles))
    assert set(roles) <= set(ROLES)
    assert all(one["source"] for one in (*table["told"], table["telephoned"]))
    assert set(told_rules().classes.values()) <= {Disclosure.CIRCUMSTANCES, Disclosure.SAFEGUARDING}
