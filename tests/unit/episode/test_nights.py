"""Nights that must come out right, as far as the register is concerned."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hub.episode import repeat_count
from hub.episode.model import QuestionKind
from schemas.records import (
    AllegedRole,
    Answer,
    AuthorityRole,
    AuthorityRoleKind,
    CancelReason,
    ChildFound,
    ChildReturned,
    Condition,
    EpisodeStatus,
    ExclusionSet,
    ExclusionState,
    InterviewOutcome,
    MissingAmended,
    PhaseKind,
    PlaceKind,
    Placement,
    PlacementChanged,
    PlacementKind,
    PlacementMove,
    PoliceContact,
    PoliceContactState,
    PolicePosition,
    PreventionInterviewRecorded,
    PreventionOutcome,
    ReportCancelled,
    ReturnArranged,
    ReturnedTo,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    StrategyDecision,
    StrategyDecisionRecorded,
)
from tests.unit.episode.telling import (
    BLACKPOOL,
    BRADFORD,
    DERBY,
    DERBYSHIRE,
    HOME,
    HULL,
    HUMBERSIDE,
    LANCASHIRE,
    LEEDS,
    NORFOLK,
    NORFOLK_POLICE,
    OLDHAM,
    ROCHDALE,
    SECOND_HOME,
    WEST_YORKSHIRE,
    Telling,
    at,
    living_in,
    missing,
)


def _responsible(authority: str) -> tuple[AuthorityRole, ...]:
    return (AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=authority),)


def ordinary_night() -> Telling:
    told = Telling()
    placement = Placement(kind=PlacementKind.CHILDRENS_HOME, provider_agency=HOME, host_authority=BLACKPOOL)
    told.tell(
        "27 Mar 23:10",
        HOME,
        missing(
            at("27 Mar 22:40"),
            placement=placement,
            authority_roles=_responsible(ROCHDALE),
            police_contact=PoliceContact(state=PoliceContactState.NOT_YET),
        ),
    )
    told.tell(
        "27 Mar 23:18",
        HOME,
        MissingAmended(police_contact=PoliceContact(state=PoliceContactState.REPORTED, log_reference="LC-1")),
    )
    told.tell("27 Mar 23:31", LANCASHIRE, missing(at("27 Mar 22:40")))
    told.tell("27 Mar 23:50", LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM))
    told.tell("28 Mar 02:15", LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, place_kind=PlaceKind.STREET))
    told.tell("28 Mar 02:40", HOME, ReturnArranged(expected_at=at("28 Mar 03:30")))
    told.tell("28 Mar 03:25", HOME, ChildReturned(to=ReturnedTo.PLACEMENT))
    return told


def test_an_ordinary_night_is_one_episode_of_two_senders() -> None:
    told = ordinary_night()
    episode = told.episode
    assert {report.agency for report in episode.reports} == {HOME, LANCASHIRE}
    assert (episode.began_at, episode.ended_at) == (at("27 Mar 22:40"), at("28 Mar 03:25"))
    assert episode.status is EpisodeStatus.RETURNED
    assert [(phase.kind, phase.began_at, phase.ended_at) for phase in episode.phases] == [
        (PhaseKind.MISSING, at("27 Mar 22:40"), at("28 Mar 02:15")),
        (PhaseKind.LOCATED, at("28 Mar 02:15"), at("28 Mar 03:25")),
    ]
    assert episode.risk.grade is RiskGrade.MEDIUM
    assert episode.authorities.responsible == ROCHDALE
    assert episode.authorities.host == BLACKPOOL
    assert episode.forces.owning == LANCASHIRE
    assert episode.reports[0].police_contact is PoliceContactState.REPORTED
    assert episode.questions == ()
    assert not told.state.unplaced


def test_police_have_not_confirmed_until_they_send_something() -> None:
    told = ordinary_night()
    for when in ("27 Mar 23:10", "27 Mar 23:30"):
        assert told.as_of(when).episodes[0].police_position is PolicePosition.UNCONFIRMED
    later = told.as_of("27 Mar 23:31").episodes[0]
    assert later.police_position is PolicePosition.CONFIRMED
    assert later.police.confirmed_at == at("27 Mar 23:31")


def three_reports() -> Telling:
    told = Telling()
    person = living_in(BRADFORD)
    told.tell("14 Mar 20:35", WEST_YORKSHIRE, missing(at("14 Mar 17:00"), person=person, place_kind=PlaceKind.HOME))
    told.tell("14 Mar 21:10", BRADFORD, missing(at("14 Mar 17:30"), person=person, place_kind=PlaceKind.HOME))
    told.tell("14 Mar 23:05", WEST_YORKSHIRE, ChildReturned(returned_at=at("14 Mar 22:50"), to=ReturnedTo.HOME))
    told.tell("14 Mar 23:40", WEST_YORKSHIRE, missing(at("14 Mar 23:10"), place_kind=PlaceKind.HOME))
    told.tell("15 Mar 07:05", WEST_YORKSHIRE, ChildReturned(returned_at=at("15 Mar 07:00"), to=ReturnedTo.HOME))
    told.tell("16 Mar 09:30", BRADFORD, missing(at("14 Mar 17:15"), place_kind=PlaceKind.HOME), claim="day-team")
    return told


def test_three_reports_of_the_first_and_one_of_the_second_are_two_absences() -> None:
    told = three_reports()
    first, second = told.state.episodes
    assert (first.began_at, first.ended_at) == (at("14 Mar 17:30"), at("14 Mar 22:50"))
    assert (second.began_at, second.ended_at) == (at("14 Mar 23:10"), at("15 Mar 07:00"))
    assert len(first.reports) == 3
    assert len(second.reports) == 1
    (differs,) = first.questions
    assert differs.kind is QuestionKind.START_DIFFERS
    assert len(differs.events) == 3
    assert repeat_count(told.state, second, timedelta(days=90)) == 2
    late = first.reports[-1]
    assert late.last_seen_at is not None
    assert late.accepted_at - late.last_seen_at == timedelta(hours=40, minutes=15)


def test_an_absence_at_the_beginning_of_the_calendar_is_counted_like_any_other() -> None:
    told = three_reports()
    first = replace(told.state.episodes[0], began_at=datetime(1, 1, 2, tzinfo=UTC))
    assert repeat_count(replace(told.state, episodes=(first,)), first, timedelta(days=90)) == 1


def test_a_return_dated_before_its_absence_ends_nothing_and_does_not_count_as_another_absence() -> None:
    told = Telling()
    told.tell("14 Mar 20:00", WEST_YORKSHIRE, missing(at("14 Mar 18:00"), person=living_in(BRADFORD)))
    told.tell("14 Mar 21:00", WEST_YORKSHIRE, ChildReturned(returned_at=at("14 Mar 16:00"), to=ReturnedTo.HOME))
    supposed, absence = told.state.episodes
    assert absence.is_open
    assert (supposed.began_at, supposed.ended_at) == (at("14 Mar 16:00"), at("14 Mar 16:00"))
    assert repeat_count(told.state, absence, timedelta(days=90)) == 1
    told.tell("14 Mar 22:00", BRADFORD, missing(at("14 Mar 15:00"), person=living_in(BRADFORD)))
    assert repeat_count(told.state, told.state.episodes[-1], timedelta(days=90)) == 2, "somebody reported it after all"


def test_a_late_report_keeps_the_episode_that_everybody_was_told_of() -> None:
    told = three_reports()
    before = told.as_of("15 Mar 08:00").episodes
    assert [episode.id for episode in told.state.episodes] == [episode.id for episode in before]


def test_two_girls_of_one_incident_are_two_episodes_and_one_stays_open_until_she_is_placed() -> None:
    told = Telling()
    roles = _responsible(OLDHAM)
    told.tell(
        "4 Feb 19:30", HOME, missing(at("4 Feb 18:50"), incident_ref="I-7", companions=("C-2",), authority_roles=roles)
    )
    told.tell(
        "5 Feb 04:10",
        WEST_YORKSHIRE,
        ChildFound(seen_by=SeenBy.POLICE, place_kind=PlaceKind.HOSPITAL, area_code=LEEDS, condition=Condition.INJURED),
    )
    interview = told.tell(
        "5 Feb 05:00",
        WEST_YORKSHIRE,
        PreventionInterviewRecorded(
            outcome=PreventionOutcome.HELD, harm_disclosed=Answer.YES, alleged_role=AllegedRole.OTHER_ADULT
        ),
    )
    open_still = told.episode
    assert open_still.status is EpisodeStatus.LOCATED_NOT_RETURNED
    assert open_still.companions.incident_refs == ("I-7",)
    assert open_still.companions.child_refs == ("C-2",)
    assert open_still.authorities.section_47 == LEEDS
    assert open_still.authorities.responsible == OLDHAM
    assert interview.id in open_still.events
    assert not told.state.exclusions
    told.tell(
        "5 Feb 14:00",
        OLDHAM,
        StrategyDecisionRecorded(
            decision=StrategyDecision.HELD, other_authority=OLDHAM, other_accepted=Answer.YES, duty_authority=LEEDS
        ),
    )
    assert told.episode.authorities.section_47 == OLDHAM
    told.tell("6 Feb 15:05", OLDHAM, ChildReturned(returned_at=at("6 Feb 15:00"), to=ReturnedTo.NEW_PLACEMENT))
    closed = told.episode
    assert closed.status is EpisodeStatus.RETURNED
    assert closed.ended_at == at("6 Feb 15:00")


def running_from_the_carer() -> Telling:
    told = Telling()
    fostering = Placement(kind=PlacementKind.FOSTER, provider_agency=HOME, host_authority=DERBY)
    told.tell("3 May 16:00", HOME, missing(at("3 May 15:30"), placement=fostering, authority_roles=_responsible(DERBY)))
    told.tell("3 May 21:30", DERBYSHIRE, ChildFound(seen_by=SeenBy.POLICE))
    told.tell(
        "3 May 21:45",
        DERBYSHIRE,
        PreventionInterviewRecorded(
            outcome=PreventionOutcome.HELD, harm_disclosed=Answer.YES, alleged_role=AllegedRole.CARER
        ),
    )
    told.tell(
        "3 May 22:00",
        DERBY,
        PlacementChanged(
            move=PlacementMove.EMERGENCY,
            started_at=at("3 May 22:00"),
            to_placement=Placement(kind=PlacementKind.FOSTER, provider_agency=SECOND_HOME),
        ),
    )
    told.tell("3 May 22:10", DERBY, ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME))
    told.tell("3 May 23:10", DERBY, ChildReturned(to=ReturnedTo.NEW_PLACEMENT))
    return told


def test_harm_by_a_carer_excludes_the_carers_agency_at_once() -> None:
    told = running_from_the_carer()
    (provisional,) = told.as_of("3 May 21:45").exclusions
    assert provisional.agency == HOME
    assert provisional.is_provisional
    assert provisional.from_when == at("3 May 21:45")
    first, second = told.state.exclusions
    assert first.confirmed_by == second.event
    assert not second.is_provisional


def test_a_child_that_ran_from_its_carer_returns_to_a_new_placement() -> None:
    episode = running_from_the_carer().episode
    assert episode.status is EpisodeStatus.RETURNED
    assert episode.returned is not None
    assert episode.returned.to is ReturnedTo.NEW_PLACEMENT
    assert episode.placement is not None
    assert episode.placement.provider == SECOND_HOME
    assert [former.provider for former in episode.former_placements] == [HOME]


def third_time() -> Telling:
    told = Telling()
    person = living_in(HULL)
    for left, back in (
        ("1 May 20:00", "2 May 07:00"),
        ("10 May 18:00", "12 May 09:00"),
        ("14 May 20:00", "15 May 08:00"),
    ):
        told.tell(at(left) + timedelta(minutes=10), HUMBERSIDE, missing(at(left), person=person))
        told.tell(back, HUMBERSIDE, ChildReturned(to=ReturnedTo.HOME))
    return told


def test_the_third_time_counts_three_until_the_first_is_cancelled() -> None:
    told = third_time()
    month = timedelta(days=30)
    assert repeat_count(told.as_of("14 May 20:10"), told.as_of("14 May 20:10").episodes[-1], month) == 3
    told.tell(
        "18 May 10:00",
        HUMBERSIDE,
        ReportCancelled(cancels=told.events[0].id, reason=CancelReason.WAS_WHERE_EXPECTED),
    )
    first, _, third = told.state.episodes
    assert first.status is EpisodeStatus.CANCELLED
    assert first.cancelled is not None
    assert first.cancelled.reason is CancelReason.WAS_WHERE_EXPECTED
    assert repeat_count(told.state, third, month) == 2


def test_one_interview_may_cover_two_absences() -> None:
    told = third_time()
    _, second, third = told.state.episodes
    interview = told.tell(
        "15 May 17:00",
        HULL,
        ReturnInterviewRecorded(outcome=InterviewOutcome.HELD, covers_episodes=(second.id, third.id)),
    )
    bearing = [interview.id in episode.events for episode in told.state.episodes]
    assert bearing == [False, True, True]


def test_an_interview_before_the_next_return_belongs_to_the_last_return() -> None:
    told = third_time()
    interview = told.tell("14 May 21:00", HULL, ReturnInterviewRecorded(outcome=InterviewOutcome.HELD))
    bearing = [interview.id in episode.events for episode in told.state.episodes]
    assert bearing == [False, True, False]


def found_dead() -> Telling:
    told = Telling()
    told.tell("3 Nov 21:00", HOME, missing(at("3 Nov 19:00"), authority_roles=_responsible(NORFOLK)))
    told.tell("3 Nov 21:05", NORFOLK_POLICE, missing(at("3 Nov 19:00")))
    told.tell("3 Nov 21:20", NORFOLK_POLICE, RiskAssessed(grade=RiskGrade.HIGH))
    told.tell("4 Nov 06:20", NORFOLK_POLICE, ChildFound(seen_by=SeenBy.POLICE, condition=Condition.DECEASED))
    return told


def test_a_death_stands_the_search_down_and_is_sealed_until_the_family_knows() -> None:
    told = found_dead()
    episode = told.episode
    assert episode.status is EpisodeStatus.STOOD_DOWN
    assert episode.death is not None
    assert episode.death.family_informed_at is None
    told.tell("4 Nov 09:12", WEST_YORKSHIRE, MissingAmended(family_informed_at=at("4 Nov 08:00")))
    assert told.episode.death is not None
    assert told.episode.death.family_informed_at is None
    told.tell("4 Nov 09:15", NORFOLK_POLICE, MissingAmended(family_informed_at=at("4 Nov 09:10")))
    assert told.episode.death is not None
    assert told.episode.death.family_informed_at == at("4 Nov 09:10")
    assert not told.episode.is_open


def test_somebody_elses_word_of_a_death_ends_no_search() -> None:
    told = Telling()
    told.tell("3 Nov 21:00", HOME, missing(at("3 Nov 19:00")))
    told.tell("4 Nov 06:20", HOME, ChildFound(seen_by=SeenBy.THIRD_PARTY, condition=Condition.DECEASED))
    assert told.episode.death is None
    assert told.episode.status is EpisodeStatus.MISSING
