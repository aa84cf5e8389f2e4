"""What each agency claims and takes back: corrections, competence, risk, authorities, exclusions, who was told."""

from datetime import date

from hub.episode.model import AuthorityBasis, ChildState, Episode
from hub.ids import HUB, derived_id
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    AuthorityRole,
    AuthorityRoleKind,
    CareStatus,
    CareStatusChanged,
    CareStatusPeriod,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    CorrectionMade,
    EpisodeStatus,
    ExclusionSet,
    ExclusionState,
    FieldChange,
    MayBeTold,
    MissingAmended,
    Nation,
    NoticeRef,
    Person,
    PlaceKind,
    ReportCancelled,
    ReportedStatus,
    Reporter,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    StatusClaimed,
    Told,
    ToldRow,
)
from tests.unit.episode.telling import (
    BRADFORD,
    HOME,
    LANCASHIRE,
    OTHER_CHILD,
    ROCHDALE,
    SCHOOL,
    WARD,
    WEST_YORKSHIRE,
    Telling,
    at,
    living_in,
    missing,
)


def _now(told: Telling) -> Episode:
    return told.episode


def _known(told: Telling) -> ChildState:
    return told.state


def _open_night() -> Telling:
    told = Telling()
    told.tell("1 Mar 20:00", WEST_YORKSHIRE, missing(at("1 Mar 19:00"), person=living_in(BRADFORD)))
    return told


def test_a_correction_replaces_its_senders_claim_and_nobody_elses() -> None:
    told = _open_night()
    theirs = told.tell("1 Mar 20:30", BRADFORD, missing(at("1 Mar 18:00")))
    change = (FieldChange(field="last_seen.at", old=None, new="2026-03-01T19:30:00Z"),)
    told.tell("1 Mar 21:00", WEST_YORKSHIRE, CorrectionMade(corrects=theirs.id, changes=change))
    assert _now(told).began_at == at("1 Mar 19:00")
    correction = told.tell("1 Mar 21:10", WEST_YORKSHIRE, CorrectionMade(corrects=told.events[0].id, changes=change))
    assert _now(told).began_at == at("1 Mar 19:30")
    assert _known(told).revised_by[told.events[0].id] == correction.id
    told.tell("1 Mar 21:20", WEST_YORKSHIRE, ReportCancelled(cancels=correction.id))
    assert _now(told).began_at == at("1 Mar 19:00")


def test_a_change_that_fits_no_field_changes_nothing() -> None:
    told = _open_night()
    before = _now(told)
    for field, new in (("last_seen.nothing", "x"), ("last_seen.at", "soon"), ("status", "elsewhere"), ("", None)):
        correction = CorrectionMade(corrects=told.events[0].id, changes=(FieldChange(field=field, new=new),))
        told.tell("1 Mar 21:00", WEST_YORKSHIRE, correction)
    assert _now(told).began_at == before.began_at
    assert _now(told).status is before.status


def test_a_withdrawn_report_leaves_the_episode_to_the_reports_that_stand() -> None:
    told = _open_night()
    told.tell("1 Mar 20:30", BRADFORD, missing(at("1 Mar 18:00")))
    told.tell("1 Mar 21:00", WEST_YORKSHIRE, ReportCancelled(cancels=told.events[0].id))
    assert _now(told).status is EpisodeStatus.MISSING
    assert _now(told).began_at == at("1 Mar 18:00")
    told.tell("1 Mar 22:00", BRADFORD, ReportCancelled())
    assert _now(told).status is EpisodeStatus.CANCELLED


def test_a_report_after_a_cancellation_is_a_new_episode() -> None:
    told = _open_night()
    told.tell("1 Mar 21:00", WEST_YORKSHIRE, ReportCancelled(cancels=told.events[0].id))
    told.tell("5 Mar 20:00", WEST_YORKSHIRE, missing(at("5 Mar 19:00")))
    assert [each.status for each in _known(told).episodes] == [EpisodeStatus.CANCELLED, EpisodeStatus.MISSING]


def test_a_return_that_a_school_tells_of_leaves_the_search_on() -> None:
    told = _open_night()
    returned = told.tell("1 Mar 22:00", SCHOOL, ChildReturned(to=ReturnedTo.HOME))
    assert _now(told).status is EpisodeStatus.RETURN_REPORTED
    assert _now(told).status_event == returned.id
    assert _now(told).is_open
    told.tell("1 Mar 22:30", BRADFORD, ChildReturned(returned_at=at("1 Mar 22:00"), to=ReturnedTo.HOME))
    assert _now(told).status is EpisodeStatus.RETURNED


def test_the_home_ends_an_absence_at_its_own_address_and_police_have_to_confirm() -> None:
    told = _open_night()
    told.tell("1 Mar 22:00", HOME, ChildReturned(to=ReturnedTo.PLACEMENT))
    returned = _now(told).returned
    assert returned is not None
    assert returned.needs_police
    told.tell("1 Mar 22:30", WEST_YORKSHIRE, ChildReturned(returned_at=at("1 Mar 22:00"), to=ReturnedTo.PLACEMENT))
    confirmed = _now(told).returned
    assert confirmed is not None
    assert not confirmed.needs_police


def test_a_text_message_never_ends_a_search() -> None:
    told = _open_night()
    told.tell("1 Mar 22:00", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME, seen_by=SeenBy.MESSAGE))
    told.tell("1 Mar 22:05", WARD, ChildFound(seen_by=SeenBy.MESSAGE))
    assert _now(told).is_open
    assert _now(told).found is None


def test_a_parents_word_locates_the_child_once_police_confirm() -> None:
    told = _open_night()
    told.tell("1 Mar 22:00", BRADFORD, ChildFound(seen_by=SeenBy.PARENT_OR_CARER, place_kind=PlaceKind.FAMILY_ADDRESS))
    assert _now(told).status is EpisodeStatus.MISSING
    claim = StatusClaimed(status=ClaimedStatus.LOCATED, since=at("1 Mar 22:10"))
    confirmed = told.tell("1 Mar 22:20", WEST_YORKSHIRE, claim)
    assert _now(told).status is EpisodeStatus.LOCATED_NOT_RETURNED
    found = _now(told).found
    assert found is not None
    assert found.confirmed_by == confirmed.id


def test_a_claim_of_missing_is_answered_by_a_later_competent_one_only() -> None:
    told = _open_night()
    told.tell("1 Mar 21:00", SCHOOL, ChildReturned(to=ReturnedTo.HOME))
    assert _now(told).status_claims[0].answered_by is None
    back = told.tell("1 Mar 22:00", WEST_YORKSHIRE, ChildReturned(to=ReturnedTo.HOME))
    assert _now(told).status_claims[0].answered_by == back.id


def test_a_return_only_reported_is_over_with_a_later_claim_of_police_that_the_child_is_missing() -> None:
    told = _open_night()
    told.tell("1 Mar 21:00", SCHOOL, ChildReturned(to=ReturnedTo.HOME))
    still = told.tell(
        "1 Mar 21:30", WEST_YORKSHIRE, StatusClaimed(status=ClaimedStatus.MISSING, since=at("1 Mar 19:00"))
    )
    assert _now(told).status is EpisodeStatus.MISSING
    said = {claim.event: claim.answered_by for claim in _now(told).status_claims}
    assert said[told.events[1].id] == still.id
    again = told.tell("1 Mar 22:00", SCHOOL, ChildReturned(to=ReturnedTo.HOME))
    assert _now(told).status is EpisodeStatus.RETURN_REPORTED
    assert _now(told).status_event == again.id
    told.tell("1 Mar 22:10", WEST_YORKSHIRE, MissingAmended(status=ReportedStatus.MISSING))
    assert _now(told).status is EpisodeStatus.MISSING


def test_a_return_reported_before_the_child_was_located_says_nothing_of_it_afterwards() -> None:
    told = _open_night()
    told.tell("1 Mar 21:00", SCHOOL, ChildReturned(to=ReturnedTo.HOME))
    found = told.tell("1 Mar 22:00", WEST_YORKSHIRE, ChildFound(seen_by=SeenBy.POLICE, place_kind=PlaceKind.STREET))
    assert _now(told).status is EpisodeStatus.LOCATED_NOT_RETURNED
    assert _now(told).status_event == found.id
    told.tell("1 Mar 23:00", SCHOOL, ChildReturned(to=ReturnedTo.HOME))
    assert _now(told).status is EpisodeStatus.RETURN_REPORTED
    told.tell("1 Mar 23:30", WEST_YORKSHIRE, ChildFound(seen_by=SeenBy.POLICE, place_kind=PlaceKind.POLICE_STATION))
    assert _now(told).status is EpisodeStatus.LOCATED_NOT_RETURNED


def test_a_return_reported_counts_from_when_it_was_and_not_from_when_it_was_told() -> None:
    told = _open_night()
    told.tell("1 Mar 21:30", WEST_YORKSHIRE, StatusClaimed(status=ClaimedStatus.MISSING, since=at("1 Mar 19:00")))
    told.tell("1 Mar 21:40", SCHOOL, ChildReturned(returned_at=at("1 Mar 21:00"), to=ReturnedTo.HOME))
    assert _now(told).status is EpisodeStatus.MISSING


def test_the_home_says_that_no_return_to_it_was_and_of_other_places_it_cannot() -> None:
    told = _open_night()
    told.tell("1 Mar 21:00", SCHOOL, ChildReturned(to=ReturnedTo.PLACEMENT))
    told.tell("1 Mar 21:30", HOME, StatusClaimed(status=ClaimedStatus.MISSING, since=at("1 Mar 19:00")))
    assert _now(told).status is EpisodeStatus.MISSING
    told.tell("1 Mar 22:00", SCHOOL, ChildReturned(to=ReturnedTo.HOME))
    told.tell("1 Mar 22:30", HOME, StatusClaimed(status=ClaimedStatus.MISSING, since=at("1 Mar 19:00")))
    assert _now(told).status is EpisodeStatus.RETURN_REPORTED


def test_whoever_saw_the_child_leave_again_ends_a_return_only_reported() -> None:
    told = _open_night()
    told.tell("1 Mar 21:00", SCHOOL, ChildReturned(to=ReturnedTo.HOME))
    told.tell("1 Mar 21:40", SCHOOL, missing(at("1 Mar 19:00"), place_kind=PlaceKind.STREET))
    assert _now(told).status is EpisodeStatus.RETURN_REPORTED
    told.tell("1 Mar 21:50", SCHOOL, missing(at("1 Mar 21:40"), place_kind=PlaceKind.STREET))
    assert _now(told).status is EpisodeStatus.MISSING


def test_police_grade_sets_the_grade_and_a_higher_view_challenges_it() -> None:
    told = _open_night()
    assert _now(told).risk.treated_as is RiskGrade.MEDIUM
    told.tell("1 Mar 21:00", WEST_YORKSHIRE, RiskAssessed(grade=RiskGrade.LOW))
    view = told.tell("1 Mar 21:10", BRADFORD, RiskAssessed(grade=RiskGrade.HIGH))
    assert _now(told).risk.grade is RiskGrade.LOW
    assert _now(told).risk.challenged_by == (view.id,)


def test_risk_is_never_lowered_without_a_reason() -> None:
    told = _open_night()
    told.tell("1 Mar 21:00", WEST_YORKSHIRE, RiskAssessed(grade=RiskGrade.HIGH))
    lowered = told.tell("1 Mar 22:00", WEST_YORKSHIRE, RiskAssessed(grade=RiskGrade.LOW))
    assert _now(told).risk.grade is RiskGrade.HIGH
    assert _now(told).risk.lowered_without_reason == (lowered.id,)
    told.tell("1 Mar 23:00", WEST_YORKSHIRE, RiskAssessed(grade=RiskGrade.LOW, reasoning="seen by a friend"))
    assert _now(told).risk.grade is RiskGrade.LOW


def test_an_ungraded_child_under_thirteen_is_treated_as_high() -> None:
    told = Telling()
    told.tell("1 Mar 20:00", HOME, missing(at("1 Mar 19:00"), person=Person(date_of_birth=date(2014, 3, 1))))
    assert _now(told).risk.grade is RiskGrade.UNGRADED
    assert _now(told).risk.treated_as is RiskGrade.HIGH


def test_an_authoritys_own_statement_beats_what_others_state_and_two_of_them_dispute() -> None:
    told = Telling()
    stated = (AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=BRADFORD),)
    told.tell("1 Mar 20:00", HOME, missing(at("1 Mar 19:00"), authority_roles=stated, person=living_in(BRADFORD)))
    assert _now(told).authorities.responsible == BRADFORD
    assert _now(told).nation is Nation.ENGLAND
    own = CareStatusChanged(statuses=(CareStatusPeriod(status=CareStatus.LOOKED_AFTER),))
    told.tell("1 Mar 21:00", ROCHDALE, own)
    assert _now(told).authorities.responsible == ROCHDALE
    assert not _now(told).authorities.is_disputed
    assert _now(told).authorities.claims[-1].basis is AuthorityBasis.HOME_AREA
    told.tell("1 Mar 22:00", BRADFORD, own)
    assert _now(told).authorities.is_disputed
    assert _now(told).authorities.holder == BRADFORD


def test_the_strictest_word_on_what_a_reporter_may_be_told_counts() -> None:
    told = Telling()
    for sender, may_be_told in ((HOME, MayBeTold.SAFE_ONLY), (BRADFORD, MayBeTold.FULL)):
        told.tell("1 Mar 20:00", sender, missing(at("1 Mar 19:00"), reporter=Reporter(may_be_told=may_be_told)))
    assert _now(told).may_be_told is MayBeTold.SAFE_ONLY


def test_an_exclusion_ends_only_when_it_is_lifted_and_only_some_may_set_one() -> None:
    told = _open_night()
    told.tell("1 Mar 21:00", SCHOOL, ExclusionSet(state=ExclusionState.SET, excluded_agency=BRADFORD))
    assert _known(told).exclusions == ()
    told.tell("1 Mar 21:10", BRADFORD, ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME))
    assert _known(told).exclusions[0].lifted_by is None
    lifted = told.tell("1 Mar 22:00", BRADFORD, ExclusionSet(state=ExclusionState.LIFTED, excluded_agency=HOME))
    assert _known(told).exclusions[0].lifted_by == lifted.id


def _say_told(told: Telling, cause: str) -> str:
    notice = derived_id(cause, "notice")
    row = ToldRow(
        notice_id=notice,
        episode_id=_known(told).episodes[0].id,
        recipient=ROCHDALE,
        desk="duty",
        role="responsible",
        basis="rule",
        content_digest=b"",
    )
    told.tell(told.events[-1].accepted_at, HUB, Told(cause=cause, rows=(row,), rules_version="1", directory_version=1))
    return notice


def test_who_was_told_is_known_by_notice_with_how_far_it_got_and_moves_no_number() -> None:
    told = _open_night()
    before = _now(told).sequence
    notice = _say_told(told, told.events[0].id)
    pair = NoticeRef(notice_id=notice, episode_id=_now(told).id)
    told.tell("1 Mar 20:04", LANCASHIRE, Acknowledged(pairs=(pair,), layer=Acknowledgement.TAKEN))
    told.tell("1 Mar 20:05", ROCHDALE, Acknowledged(pairs=(pair,), layer=Acknowledgement.OPENED))
    (fact,) = _known(told).told.values()
    assert fact.cause == told.events[0].id
    assert fact.opened_at == at("1 Mar 20:05")
    assert fact.fetched_at is None
    assert fact.taken_at is None, "somebody else's word does not count"
    assert _now(told).sequence == before


def test_what_was_told_leaves_with_the_claim_of_its_cause() -> None:
    told = _open_night()
    _say_told(told, told.events[0].id)
    told.tell("1 Mar 21:00", LANCASHIRE, missing(at("1 Mar 19:00")))
    told.assign(WEST_YORKSHIRE, OTHER_CHILD, 2)
    state = _known(told)
    assert [departure.event.body.SCHEMA_NAME for departure in state.departures] == ["MissingReported", "Told"]
    assert all(fact.has_departed for fact in state.told.values())
    assert [report.agency for report in state.episodes[0].reports] == [LANCASHIRE]


def test_the_highest_numbered_decision_holds_whatever_comes_first() -> None:
    told = _open_night()
    told.assign(WEST_YORKSHIRE, told.child, 3)
    told.assign(WEST_YORKSHIRE, OTHER_CHILD, 2)
    assert not _known(told).departures
    assert len(_known(told).episodes) == 1
