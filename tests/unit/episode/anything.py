"""Strategies for whatever agencies may tell of a child, in any order, on a coarse grid so that things collide."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from hub.episode.contributions import CONTRIBUTIONS
from hub.ids import AgencyId
from schemas.records import (
    AllegedRole,
    Answer,
    AuthorityRole,
    AuthorityRoleKind,
    CancelReason,
    CareStatus,
    CareStatusChanged,
    CareStatusPeriod,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    Condition,
    CorrectionMade,
    EnquiryRequested,
    EnquiryState,
    ExclusionSet,
    ExclusionState,
    FieldChange,
    Flag,
    FlagKind,
    InterviewOutcome,
    LinkDecided,
    LinkDecision,
    MissingAmended,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    Person,
    PlaceKind,
    Placement,
    PlacementChanged,
    PlacementKind,
    PoliceDecision,
    PoliceResponse,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Publicity,
    PublicityDecided,
    Record,
    ReportCancelled,
    ReportedStatus,
    ReturnArranged,
    ReturnedTo,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    SightingReported,
    StatusClaimed,
    StrategyDecision,
    StrategyDecisionRecorded,
    SupportArranged,
    SupportKind,
    ToldByOtherMeans,
)
from tests.unit.episode.telling import (
    BRADFORD,
    HOME,
    LANCASHIRE,
    ROCHDALE,
    SCHOOL,
    WEST_YORKSHIRE,
    Telling,
    living_in,
    missing,
)

DAY = datetime(2026, 3, 2, tzinfo=UTC)
SENDERS = (WEST_YORKSHIRE, LANCASHIRE, BRADFORD, ROCHDALE, HOME, SCHOOL)


def _body(chance: Random, kind: str, when: datetime, told: Telling) -> Record:  # noqa: C901, PLR0911, PLR0912
    """One message of a type; what it names is one of the messages before it, or nothing that exists."""

    def one_of(*values: Any) -> Any:  # noqa: ANN401
        return chance.choice(values)

    named = one_of(*(event.id for event in told.events), "0a4f2c1e-0000-5000-8000-00000000ffff")
    match kind:
        case "MissingReported":
            roles = (AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=one_of(BRADFORD, ROCHDALE)),)
            harms_itself = Person(flags=(Flag(kind=FlagKind.SELF_HARM, value=Answer.YES),))
            return missing(
                one_of(when, None),
                place_kind=one_of(PlaceKind.HOME, PlaceKind.STREET),
                status=one_of(ReportedStatus.MISSING, ReportedStatus.AWAY),
                authority_roles=one_of((), roles),
                episode_ref=one_of(None, "E1", "E2"),
                person=one_of(None, living_in(BRADFORD), harms_itself),
            )
        case "MissingAmended":
            return MissingAmended(amends=one_of(None, named), status=one_of(None, ReportedStatus.MISSING))
        case "ReportCancelled":
            return ReportCancelled(cancels=one_of(None, named, named), reason=CancelReason.NOT_MISSING)
        case "CorrectionMade":
            change = FieldChange(field="last_seen.at", new=when.isoformat())
            return CorrectionMade(corrects=named, changes=(change,))
        case "StatusClaimed":
            status = one_of(*ClaimedStatus)
            return StatusClaimed(status=status, since=one_of(None, when - timedelta(hours=3)), occurred_at=when)
        case "PoliceResponse":
            return PoliceResponse(decision=one_of(*PoliceDecision), answers=one_of(None, named))
        case "RiskAssessed":
            return RiskAssessed(grade=one_of(*RiskGrade), occurred_at=when, reasoning=one_of(None, "seen"))
        case "SightingReported":
            return SightingReported(seen_at=when)
        case "ChildFound":
            return ChildFound(
                found_at=when,
                seen_by=one_of(*SeenBy),
                condition=one_of(Condition.WELL, Condition.WELL, Condition.DECEASED),
                place_kind=one_of(PlaceKind.HOME, PlaceKind.STREET),
                area_code=one_of(None, ROCHDALE),
            )
        case "ReturnArranged":
            return ReturnArranged(expected_at=when)
        case "ChildReturned":
            return ChildReturned(
                returned_at=when,
                to=one_of(ReturnedTo.HOME, ReturnedTo.PLACEMENT, ReturnedTo.NEW_PLACEMENT),
                seen_by=one_of(*SeenBy),
                settled_elsewhere=one_of(*_EITHER),
                episode_ref=one_of(None, "E1", "E2"),
            )
        case "PreventionInterviewRecorded":
            return PreventionInterviewRecorded(
                outcome=PreventionOutcome.HELD, harm_disclosed=Answer.YES, alleged_role=one_of(*AllegedRole)
            )
        case "ReturnInterviewOffered":
            return ReturnInterviewOffered(covers_episodes=one_of((), ("E1",)))
        case "ReturnInterviewRecorded":
            return ReturnInterviewRecorded(
                outcome=InterviewOutcome.HELD, held_at=when, covers_episodes=one_of((), ("E1", "E2"))
            )
        case "StrategyDecisionRecorded":
            return StrategyDecisionRecorded(
                decision=StrategyDecision.HELD, other_authority=BRADFORD, other_accepted=one_of(*Answer)
            )
        case "PlacementChanged":
            home = Placement(kind=PlacementKind.FOSTER, provider_agency=one_of(None, HOME))
            return PlacementChanged(started_at=when, to_placement=one_of(None, home))
        case "CareStatusChanged":
            period = CareStatusPeriod(status=CareStatus.LOOKED_AFTER, authority=one_of(None, ROCHDALE))
            return CareStatusChanged(statuses=(period,), responsible_authority=one_of(None, ROCHDALE, BRADFORD))
        case "OwnershipTransferred":
            return OwnershipTransferred(
                kind=one_of(*OwnershipKind),
                from_agency=WEST_YORKSHIRE,
                to_agency=LANCASHIRE,
                step=one_of(*OwnershipStep),
                proposal=one_of(None, named),
            )
        case "EnquiryRequested":
            return EnquiryRequested(state=EnquiryState.ANSWERED, answers=named)
        case "ToldByOtherMeans":
            return ToldByOtherMeans(told_at=when)
        case "ExclusionSet":
            state = one_of(ExclusionState.SET, ExclusionState.LIFTED)
            return ExclusionSet(state=state, excluded_agency=one_of(HOME, None), excluded_role=one_of("carer", None))
        case "PublicityDecided":
            return PublicityDecided(decision=Publicity.APPEAL)
        case "SupportArranged":
            return SupportArranged(kind=SupportKind.MENTORING)
        case _:
            return LinkDecided(claim_a="a", claim_b="b", decision=one_of(*LinkDecision))


MESSAGES = tuple(name for name in CONTRIBUTIONS if name not in {"ClaimAssigned", "DeadlineRaised", "DisagreementFound"})
KINDS = tuple(name for name in MESSAGES if name not in {"Told", "Acknowledged"})
SHAPING = ("MissingReported", "ChildFound", "ChildReturned", "StatusClaimed", "ReportCancelled", "CorrectionMade")


_EITHER = (False, True)


def tellings(max_size: int = 12) -> st.SearchStrategy[Telling]:
    """Whatever may be told, half of it of kinds that make absences; one number a message, so that failures shrink."""
    return st.lists(st.integers(0, 2**32), min_size=1, max_size=max_size).map(_telling)


def _telling(numbers: list[int]) -> Telling:
    told = Telling()
    for number in numbers:
        chance = Random(number)
        kind = chance.choice(SHAPING if number % 2 else KINDS)
        when = DAY + timedelta(minutes=30 * chance.randrange(97))
        accepted = when + timedelta(minutes=30 * chance.choice((0, 1, 2, 20, 90)))
        told.tell(accepted, chance.choice(SENDERS), _body(chance, kind, when, told))
    return told


@st.composite
def plausible_weeks(draw: st.DrawFn) -> Telling:
    """Up to three absences as they happen, each told by several agencies, at once or days late, in any order."""
    messages: list[tuple[datetime, AgencyId, Record]] = []
    clock = DAY
    for _ in range(draw(st.integers(1, 3))):
        clock += timedelta(hours=draw(st.integers(1, 60)))
        began, clock = clock, clock + timedelta(hours=draw(st.integers(2, 30)))
        for sender in draw(st.lists(st.sampled_from((WEST_YORKSHIRE, BRADFORD, HOME)), min_size=1, unique=True)):
            seen = began - timedelta(minutes=10 * draw(st.integers(0, 3)))
            messages.append((began + timedelta(hours=1), sender, missing(seen)))
        if draw(st.booleans()):
            found = ChildFound(found_at=clock - timedelta(hours=1), seen_by=SeenBy.POLICE)
            messages.append((clock - timedelta(hours=1), WEST_YORKSHIRE, found))
        messages.append((began + timedelta(hours=2), WEST_YORKSHIRE, RiskAssessed(grade=RiskGrade.MEDIUM)))
        messages.append((clock, WEST_YORKSHIRE, ChildReturned(returned_at=clock, to=ReturnedTo.HOME)))
    delays = draw(st.lists(st.sampled_from((0, 0, 0, 1, 40)), min_size=len(messages), max_size=len(messages)))
    arrivals = [
        (when + timedelta(hours=delay), sender, body)
        for (when, sender, body), delay in zip(messages, delays, strict=True)
    ]
    told = Telling()
    for accepted, sender, body in sorted(arrivals, key=lambda arrival: arrival[0]):
        told.tell(accepted, sender, body)
    return told
