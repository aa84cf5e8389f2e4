"""Which force has the case: the first that treats the child as missing, until another accepts it."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.episode import Episode, fold
from hub.ids import AgencyId
from schemas.records import (
    AgencyMessage,
    CancelReason,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    MissingAmended,
    NationalComputerState,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    PoliceDecision,
    PoliceResponse,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Publicity,
    PublicityDecided,
    ReportCancelled,
    ReportedStatus,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    SightingReported,
    StatusClaimed,
)
from tests.searching import examples
from tests.unit.episode.anything import DAY, plausible_weeks
from tests.unit.episode.plain_holding import Said, plain_owner
from tests.unit.episode.telling import (
    CHILD,
    DERBYSHIRE,
    HOME,
    LANCASHIRE,
    SCHOOL,
    WEST_YORKSHIRE,
    Telling,
    at,
    missing,
)

LEFT = DAY - timedelta(hours=1)
FORCES = (LANCASHIRE, WEST_YORKSHIRE, DERBYSHIRE)
NOT_RECORDED = PoliceResponse(decision=PoliceDecision.NOT_RECORDED)
CONCERN_ONLY = PoliceResponse(decision=PoliceDecision.CONCERN_ONLY)
RECORDED = PoliceResponse(decision=PoliceDecision.RECORDED_MISSING)
HIGH = RiskAssessed(grade=RiskGrade.HIGH)


def handed_over(giver: AgencyId, taker: AgencyId, step: OwnershipStep) -> OwnershipTransferred:
    """A handover of the case."""
    return OwnershipTransferred(kind=OwnershipKind.CASE, from_agency=giver, to_agency=taker, step=step)


def reported() -> Telling:
    """A child that its home reports missing."""
    told = Telling()
    told.tell("2 Mar 20:10", HOME, missing(at("2 Mar 19:00")))
    return told


HOLDS: dict[str, AgencyMessage] = {
    "reports": missing(at("2 Mar 19:00")),
    "claims": StatusClaimed(status=ClaimedStatus.MISSING),
    "claims it located": StatusClaimed(status=ClaimedStatus.LOCATED),
    "amends": MissingAmended(status=ReportedStatus.MISSING),
    "records": RECORDED,
    "records no apparent risk": PoliceResponse(decision=PoliceDecision.RECORDED_NO_APPARENT_RISK),
    "answers with a reference": PoliceResponse(reference="LC-1"),
    "circulates": PoliceResponse(national_computer=NationalComputerState.CIRCULATED),
    "grades": HIGH,
    "appeals": PublicityDecided(decision=Publicity.APPEAL),
    "finds": ChildFound(seen_by=SeenBy.POLICE),
    "brings back": ChildReturned(to=ReturnedTo.HOME),
    "proposes": handed_over(LANCASHIRE, DERBYSHIRE, OwnershipStep.PROPOSED),
    "accepts": handed_over(DERBYSHIRE, LANCASHIRE, OwnershipStep.ACCEPTED),
}
HOLDS_NOTHING: dict[str, AgencyMessage] = {
    "does not record": NOT_RECORDED,
    "is concerned": CONCERN_ONLY,
    "tells of a sighting": SightingReported(),
    "passes on a call": ChildFound(seen_by=SeenBy.PHONE_OR_VIDEO),
    "passes on that it is back": ChildReturned(to=ReturnedTo.HOME, seen_by=SeenBy.THIRD_PARTY),
    "speaks to the child": PreventionInterviewRecorded(outcome=PreventionOutcome.HELD),
    "proposes for another": handed_over(DERBYSHIRE, LANCASHIRE, OwnershipStep.PROPOSED),
    "refuses": handed_over(DERBYSHIRE, LANCASHIRE, OwnershipStep.REFUSED),
    "takes the appeal down": PublicityDecided(decision=Publicity.NONE),
}


@pytest.mark.parametrize("body", HOLDS.values(), ids=HOLDS.keys())
def test_the_first_force_to_treat_the_child_as_missing_or_found_has_the_case(body: AgencyMessage) -> None:
    told = reported()
    first = told.tell("2 Mar 20:20", LANCASHIRE, body)
    told.tell("2 Mar 20:40", WEST_YORKSHIRE, RECORDED)
    told.tell("2 Mar 20:50", WEST_YORKSHIRE, HIGH)
    forces = told.episode.forces
    assert (forces.owning, forces.owning_event) == (LANCASHIRE, first.id)
    assert forces.involved == (LANCASHIRE, WEST_YORKSHIRE)


@pytest.mark.parametrize("body", HOLDS_NOTHING.values(), ids=HOLDS_NOTHING.keys())
def test_who_helps_or_denies_has_no_case(body: AgencyMessage) -> None:
    told = reported()
    told.tell("2 Mar 20:20", LANCASHIRE, body)
    assert told.episode.forces.owning is None
    told.tell("2 Mar 20:40", WEST_YORKSHIRE, RECORDED)
    assert told.episode.forces.owning == WEST_YORKSHIRE


def test_nobody_but_police_has_a_case() -> None:
    told = reported()
    told.tell("2 Mar 20:20", SCHOOL, missing(at("2 Mar 19:00")))
    told.tell("2 Mar 20:21", HOME, HIGH)
    assert told.episode.forces.owning is None


@pytest.mark.parametrize("answer", [NOT_RECORDED, CONCERN_ONLY])
def test_that_one_force_does_not_record_takes_nothing_from_one_that_grades(answer: PoliceResponse) -> None:
    told = reported()
    told.tell("2 Mar 20:20", LANCASHIRE, HIGH)
    told.tell("2 Mar 20:40", WEST_YORKSHIRE, answer)
    episode = told.episode
    assert (episode.forces.owning, episode.police.decision) == (LANCASHIRE, PoliceDecision.UNKNOWN)


def test_a_force_that_recorded_and_then_denies_is_not_counted_as_recording() -> None:
    told = reported()
    told.tell("2 Mar 20:20", LANCASHIRE, HIGH)
    told.tell("2 Mar 20:30", WEST_YORKSHIRE, RECORDED)
    told.tell("2 Mar 20:40", WEST_YORKSHIRE, NOT_RECORDED)
    assert told.episode.police.decision is PoliceDecision.UNKNOWN


def test_a_force_takes_its_own_denial_back_by_a_record_or_a_grade_and_not_by_a_reference() -> None:
    told = reported()
    told.tell("2 Mar 20:20", LANCASHIRE, NOT_RECORDED)
    told.tell("2 Mar 20:25", LANCASHIRE, PoliceResponse(reference="LC-1"))
    told.tell("2 Mar 20:26", LANCASHIRE, RiskAssessed(grade=RiskGrade.NO_APPARENT))
    episode = told.episode
    assert (episode.forces.owning, episode.police.decision) == (None, PoliceDecision.NOT_RECORDED)
    told.tell("2 Mar 22:00", LANCASHIRE, HIGH)
    episode = told.episode
    assert (episode.forces.owning, episode.police.decision) == (LANCASHIRE, PoliceDecision.UNKNOWN)


def test_the_case_of_a_force_that_denies_is_the_next_holders() -> None:
    told = reported()
    told.tell("2 Mar 20:20", LANCASHIRE, RECORDED)
    told.tell("2 Mar 20:30", WEST_YORKSHIRE, RECORDED)
    told.tell("2 Mar 20:40", LANCASHIRE, NOT_RECORDED)
    assert told.episode.forces.owning == WEST_YORKSHIRE
    told.tell("2 Mar 20:50", LANCASHIRE, RECORDED)
    assert told.episode.forces.owning == WEST_YORKSHIRE, "whoever comes back takes part"


def test_a_wrong_report_of_the_first_force_holds_nothing_and_neither_does_what_it_graded() -> None:
    told = reported()
    wrong = told.tell("2 Mar 20:20", DERBYSHIRE, missing(at("2 Mar 19:00")))
    told.tell("2 Mar 20:25", DERBYSHIRE, HIGH)
    told.tell("2 Mar 20:30", LANCASHIRE, RECORDED)
    assert told.episode.forces.owning == DERBYSHIRE
    told.tell("2 Mar 20:40", DERBYSHIRE, ReportCancelled(cancels=wrong.id, reason=CancelReason.ENTERED_IN_ERROR))
    assert told.episode.forces.owning == LANCASHIRE


def test_a_report_made_twice_may_be_cancelled_once() -> None:
    told = reported()
    told.tell("2 Mar 20:20", DERBYSHIRE, HIGH)
    told.tell("2 Mar 20:25", LANCASHIRE, RECORDED)
    told.tell("2 Mar 20:30", DERBYSHIRE, missing(at("2 Mar 19:00")))
    twice = told.tell("2 Mar 20:31", DERBYSHIRE, missing(at("2 Mar 19:00")))
    told.tell("2 Mar 20:40", DERBYSHIRE, ReportCancelled(cancels=twice.id, reason=CancelReason.DUPLICATE))
    assert told.episode.forces.owning == DERBYSHIRE


def test_a_force_that_reports_anew_after_a_wrong_report_takes_the_case_from_nobody() -> None:
    told = reported()
    wrong = told.tell("2 Mar 20:20", DERBYSHIRE, missing(at("2 Mar 19:00")))
    told.tell("2 Mar 20:25", DERBYSHIRE, HIGH)
    told.tell("2 Mar 20:30", LANCASHIRE, RECORDED)
    told.tell("2 Mar 20:40", DERBYSHIRE, ReportCancelled(cancels=wrong.id, reason=CancelReason.ENTERED_IN_ERROR))
    told.tell("2 Mar 20:50", DERBYSHIRE, missing(at("2 Mar 19:10")))
    assert told.episode.forces.owning == LANCASHIRE


def test_a_finding_taken_back_leaves_the_case_with_whoever_graded() -> None:
    told = reported()
    told.tell("2 Mar 20:20", DERBYSHIRE, HIGH)
    told.tell("2 Mar 20:30", LANCASHIRE, RECORDED)
    wrong = told.tell("2 Mar 20:35", DERBYSHIRE, ChildFound(seen_by=SeenBy.POLICE))
    told.tell("2 Mar 20:40", DERBYSHIRE, ReportCancelled(cancels=wrong.id, reason=CancelReason.ENTERED_IN_ERROR))
    assert told.episode.forces.owning == DERBYSHIRE


def test_the_giver_keeps_the_case_until_another_accepts_and_is_known_afterwards() -> None:
    told = reported()
    told.tell("2 Mar 20:20", LANCASHIRE, RECORDED)
    proposal = told.tell("2 Mar 20:30", LANCASHIRE, handed_over(LANCASHIRE, DERBYSHIRE, OwnershipStep.PROPOSED))
    assert (told.episode.forces.owning, told.episode.forces.gave) == (LANCASHIRE, ())
    told.tell("2 Mar 20:35", DERBYSHIRE, handed_over(LANCASHIRE, DERBYSHIRE, OwnershipStep.REFUSED))
    assert (told.episode.forces.owning, told.episode.forces.gave) == (LANCASHIRE, ())
    accepted = told.tell("2 Mar 20:40", DERBYSHIRE, handed_over(LANCASHIRE, DERBYSHIRE, OwnershipStep.ACCEPTED))
    forces = told.episode.forces
    assert (forces.owning, forces.owning_event, forces.gave) == (DERBYSHIRE, accepted.id, (LANCASHIRE,))
    assert proposal.id in {transfer.proposal for transfer in told.episode.transfers}
    told.tell("2 Mar 20:50", DERBYSHIRE, NOT_RECORDED)
    assert (told.episode.forces.owning, told.episode.forces.gave) == (LANCASHIRE, ())


def test_each_absence_has_a_case_of_its_own() -> None:
    told = reported()
    told.tell("2 Mar 20:20", LANCASHIRE, RECORDED)
    told.tell("2 Mar 22:00", LANCASHIRE, ChildReturned(to=ReturnedTo.HOME))
    told.tell("4 Mar 20:00", WEST_YORKSHIRE, StatusClaimed(status=ClaimedStatus.MISSING, since=at("4 Mar 19:00")))
    told.tell("4 Mar 20:10", LANCASHIRE, RECORDED)
    assert [episode.forces.owning for episode in told.state.episodes] == [LANCASHIRE, WEST_YORKSHIRE]


def test_the_reference_and_unit_are_those_of_the_force_that_has_the_case() -> None:
    told = reported()
    told.tell("2 Mar 20:20", LANCASHIRE, PoliceResponse(decision=PoliceDecision.RECORDED_MISSING, reference="LC-1"))
    told.tell("2 Mar 20:30", DERBYSHIRE, PoliceResponse(reference="DC-2", owning_unit="Control"))
    told.tell("2 Mar 20:40", WEST_YORKSHIRE, PoliceResponse(decision=PoliceDecision.NOT_RECORDED, owning_unit="Desk"))
    police = told.episode.police
    assert (police.reference, police.owning_unit) == ("LC-1", "Control")


# ---- against the plain reading ----

BODIES: dict[str, AgencyMessage] = {
    "reports": missing(LEFT),
    "claims": StatusClaimed(status=ClaimedStatus.MISSING),
    "amends": MissingAmended(status=ReportedStatus.MISSING),
    "records": RECORDED,
    "circulates": PoliceResponse(national_computer=NationalComputerState.CIRCULATED),
    "grades": HIGH,
    "grades no apparent": RiskAssessed(grade=RiskGrade.NO_APPARENT),
    "appeals": PublicityDecided(decision=Publicity.ALERT),
    "finds": ChildFound(seen_by=SeenBy.POLICE),
    "answers": PoliceResponse(reference="1"),
    "does not record": NOT_RECORDED,
    "is concerned": CONCERN_ONLY,
    "sees": SightingReported(),
    "hears": ChildFound(seen_by=SeenBy.MESSAGE),
}
WORDS = (*BODIES, "proposes", "accepts", "refuses", *("takes back", "reports", "grades") * 3)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Telling, list[Said]]:
    """What up to three forces say of one absence, as messages and plainly."""
    told = Telling()
    told.tell(DAY, HOME, missing(LEFT))
    story: list[Said] = []
    of: dict[int, int] = {}
    for place in range(draw(st.integers(1, 12))):
        force, what = draw(st.sampled_from(FORCES)), draw(st.sampled_from(WORDS))
        when = DAY + timedelta(minutes=10 * (place + 1))
        other = next(each for each in FORCES if each != force)
        body = BODIES.get(what)
        if what == "takes back":
            own = [n for n, one in enumerate(story) if one.force == force and one.what != what and not one.taken_back]
            if not own:
                continue
            taken = draw(st.sampled_from(own))
            story[taken].taken_back = len(story)
            body = ReportCancelled(cancels=told.events[of[taken]].id, reason=CancelReason.ENTERED_IN_ERROR)
        elif what == "proposes":
            body = handed_over(force, other, OwnershipStep.PROPOSED)
        elif body is None:
            step = OwnershipStep.ACCEPTED if what == "accepts" else OwnershipStep.REFUSED
            body = handed_over(other, force, step)
        of[len(story)] = len(told.events)
        told.tell(when, force, body)
        story.append(Said(force, what))
    return told, story


@settings(max_examples=examples(400))
@given(stories(), st.randoms(use_true_random=False))
def test_whoever_says_what_in_whatever_order_it_arrives_the_case_is_where_the_plain_reading_has_it(
    both: tuple[Telling, list[Said]], chance: Random
) -> None:
    told, story = both
    arrived = told.events + chance.choices(told.events, k=len(told.events))
    chance.shuffle(arrived)
    (episode,) = fold(CHILD, arrived).episodes
    owner, gave = plain_owner(story)
    assert (episode.forces.owning, set(episode.forces.gave)) == (owner, gave)


@settings(max_examples=examples(400))
@given(stories())
def test_a_case_leaves_a_force_only_by_its_own_word_or_when_another_accepts_it(
    both: tuple[Telling, list[Said]],
) -> None:
    told, _ = both
    before: Episode | None = None
    for number, event in enumerate(told.events, start=1):
        (episode,) = fold(CHILD, told.events[:number]).episodes
        had = None if before is None else before.forces.owning
        if had is not None and episode.forces.owning != had:
            has_accepted = isinstance(event.body, OwnershipTransferred) and episode.forces.owning == event.sender
            assert event.sender == had or has_accepted or _takes_back_a_denial(told, event.body)
        before = episode


def _takes_back_a_denial(told: Telling, body: object) -> bool:
    """Whether what is withdrawn is its sender's word that it does not record the child: then it never said so."""
    cancelled = [event for event in told.events if isinstance(body, ReportCancelled) and event.id == body.cancels]
    return any(event.body in (NOT_RECORDED, CONCERN_ONLY) for event in cancelled)


@settings(max_examples=examples(40))
@given(plausible_weeks())
def test_in_weeks_as_they_happen_an_absence_that_police_tell_of_has_an_owner(told: Telling) -> None:
    for episode in told.state.episodes:
        if any(event.sender == WEST_YORKSHIRE for event in episode.standing):
            assert episode.forces.owning == WEST_YORKSHIRE
