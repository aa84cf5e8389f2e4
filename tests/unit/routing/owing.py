"""A story for every duty that the rules know: what has to be said for it to be owed, by whom, and to be left undone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.directory import Directory
from hub.ids import HUB, AgencyId
from schemas.records import (
    AllegedRole,
    Answer,
    AttemptOutcome,
    ChildFound,
    ChildReturned,
    Condition,
    Confidence,
    DisagreementFound,
    DisagreementSide,
    EnquiryRequested,
    EnquiryState,
    ExclusionSet,
    ExclusionState,
    FindingState,
    Flag,
    FlagKind,
    InterviewOutcome,
    NationalComputerState,
    OfferAttempt,
    Order,
    OrderKind,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    Placement,
    PlacementChanged,
    PlacementKind,
    PlacementMove,
    PoliceDecision,
    PoliceResponse,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Publicity,
    PublicityDecided,
    Record,
    ReportCancelled,
    ReportedStatus,
    ReturnedTo,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    SeenBy,
    SightingReported,
)
from tests.unit.routing.clocked import ClockedNight, copied
from tests.unit.routing.test_nights import _responsible
from tests.unit.routing.world import (
    BLACKPOOL,
    HOME,
    LANCASHIRE,
    LEEDS,
    MANCHESTER,
    OLDHAM,
    ROCHDALE,
    SCHOOL,
    TRANSPORT_POLICE,
    WARD,
    WEST_YORKSHIRE,
    local,
    looked_after,
    missing,
    person,
    placed,
)

START: Final = local("10 Feb 10:00")
LEFT: Final = local("10 Feb 09:00")
EDINBURGH: Final = AgencyId("S12000036")
SCOTLAND: Final = AgencyId("S23000009")

Saying = Record | Callable[[ClockedNight], Record]
"""What is said, or what says it once the night is as far."""
Said = tuple[float, AgencyId, Saying]
"""Hours after the first report, who says it, and what."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """What is said, and how many hours are left after the last word."""

    said: tuple[Said, ...]
    hours: int = 240


class Telling:
    """Stories told to the same agencies: what several of them begin with is played once."""

    def __init__(self, directory: Directory) -> None:
        self._begun: dict[tuple[Said, ...], ClockedNight] = {(): ClockedNight(directory=directory)}

    def night_of(self, story: Story) -> ClockedNight:
        """The night of one story, to its end."""
        night = copied(self._as_far_as(story.said))
        night.until(night.now + timedelta(hours=story.hours))
        return night

    def _as_far_as(self, said: tuple[Said, ...]) -> ClockedNight:
        if said not in self._begun:
            night = copied(self._as_far_as(said[:-1]))
            later, sender, what = said[-1]
            night.hears(at(later), sender, what if isinstance(what, Record) else what(night))
            self._begun[said] = night
        return self._begun[said]


def at(hours: float) -> datetime:
    """So many hours after the first report."""
    return START + timedelta(hours=hours)


def flagged(kind: FlagKind, **changed: object) -> tuple[Flag, ...]:
    """One flag that is answered yes."""
    return (Flag(kind=kind, value=Answer.YES, **changed),)  # type: ignore[arg-type]


HARM: Final = PreventionInterviewRecorded(
    outcome=PreventionOutcome.HELD, harm_disclosed=Answer.YES, alleged_role=AllegedRole.STRANGER
)
BACK: Final = ChildReturned(to=ReturnedTo.PLACEMENT, seen_by=SeenBy.POLICE)
IN_CARE: Final = looked_after(LEFT)
AT_HOME: Final = missing(LEFT, ROCHDALE)
IN_SCOTLAND: Final = missing(LEFT, EDINBURGH, person=person(home=None), authority_roles=_responsible(EDINBURGH))
CIRCULATED: Final = PoliceResponse(national_computer=NationalComputerState.CIRCULATED, circulated_at=at(0.1))
APPEAL: Final = PublicityDecided(decision=Publicity.APPEAL)


def _offered(outcome: AttemptOutcome) -> ReturnInterviewOffered:
    return ReturnInterviewOffered(attempts=(OfferAttempt(at=at(4), outcome=outcome),))


def _cancelled(night: ClockedNight) -> Record:
    return ReportCancelled(child_ref="C-1", cancels=night.events[0].id)


def _handed_over(step: OwnershipStep) -> Callable[[ClockedNight], Record]:
    def said(night: ClockedNight) -> Record:
        proposals = [
            event.id
            for event in night.events
            if isinstance(event.body, OwnershipTransferred) and event.body.step is OwnershipStep.PROPOSED
        ]
        return OwnershipTransferred(
            kind=OwnershipKind.INVESTIGATION, from_agency=LANCASHIRE, to_agency=WEST_YORKSHIRE, step=step,
            proposal=None if step is OwnershipStep.PROPOSED else proposals[-1],
        )  # fmt: skip

    return said


def _differs(night: ClockedNight) -> Record:
    sides = tuple(DisagreementSide(agency=agency, value="?") for agency in (HOME, LANCASHIRE))
    return DisagreementFound(
        episode_id=night.state.episodes[0].id, field="person.sex", sides=sides, since=at(1), state=FindingState.OPEN
    )


def _again(times: int) -> Iterable[Said]:
    for time in range(times):
        yield 48.0 * time, HOME, looked_after(at(48 * time - 1))
        yield 48.0 * time + 3, LANCASHIRE, BACK


def _moved(move: PlacementMove) -> tuple[Said, ...]:
    """After the return, when nobody is told by what is told of an absence."""
    to = Placement(kind=PlacementKind.FOSTER, host_authority=LEEDS)
    began = at(4.5 if move is PlacementMove.PLANNED else 3)
    changed = PlacementChanged(to_placement=to, started_at=began, move=move)
    return (0, HOME, IN_CARE), (2, LANCASHIRE, BACK), (4, ROCHDALE, changed)


_PROPOSED, _REFUSED = _handed_over(OwnershipStep.PROPOSED), _handed_over(OwnershipStep.REFUSED)
_ACCEPTS = _handed_over(OwnershipStep.ACCEPTED)
_SIGHTING = SightingReported(confidence=Confidence.PROBABLE)
_EXPLOITED = looked_after(LEFT, person=person(flags=flagged(FlagKind.EXPLOITATION)))
_ACCEPTED = OwnershipTransferred(
    kind=OwnershipKind.SECTION_47, step=OwnershipStep.ACCEPTED, from_agency=BLACKPOOL, to_agency=LEEDS,
    in_writing=Answer.YES,
)  # fmt: skip

STORIES: Final = {
    "nobody answers": Story(said=((0, HOME, IN_CARE),)),
    "at home, and police say nothing": Story(said=((0, ROCHDALE, AT_HOME),)),
    "missing for long": Story(
        said=((0, HOME, IN_CARE), (1, LANCASHIRE, RiskAssessed(grade=RiskGrade.MEDIUM)), (24 * 30, HOME, _SIGHTING)),
        hours=24 * 70,
    ),
    "circulated and back": Story(said=((0, HOME, IN_CARE), (0.2, LANCASHIRE, CIRCULATED), (2, HOME, BACK))),
    "published and found": Story(
        said=((0, HOME, IN_CARE), (1, LANCASHIRE, APPEAL), (2, HOME, ChildFound(seen_by=SeenBy.PROFESSIONAL)))
    ),
    "circulated, published and cancelled": Story(
        said=((0, HOME, IN_CARE), (0.2, LANCASHIRE, CIRCULATED), (1, LANCASHIRE, APPEAL), (2, HOME, _cancelled))
    ),
    "moved, and cancelled": Story(said=(*_moved(PlacementMove.EMERGENCY), (5, HOME, _cancelled))),
    "away and silent": Story(
        said=((0, HOME, looked_after(LEFT, status=ReportedStatus.AWAY, expected_by=at(10))),), hours=48
    ),
    "exploited": Story(said=((0, HOME, _EXPLOITED),)),
    "exploited, police say": Story(
        said=((0, HOME, IN_CARE), (1, LANCASHIRE, missing(LEFT, person=person(flags=flagged(FlagKind.TRAFFICKING)))))
    ),
    "exploited, transport police say": Story(
        said=(
            (0, HOME, IN_CARE),
            (1, TRANSPORT_POLICE, missing(LEFT, person=person(flags=flagged(FlagKind.TRAFFICKING)))),
        )
    ),
    "exploited, a force that only saw the child says": Story(
        said=((0, HOME, IN_CARE), (1, LANCASHIRE, PoliceResponse(decision=PoliceDecision.RECORDED_MISSING)),
              (2, WEST_YORKSHIRE, SightingReported(
                  area_code=LEEDS, person=person(flags=flagged(FlagKind.EXPLOITATION))))),
    ),
    "exploited, transport police have seen": Story(
        said=((0, HOME, IN_CARE), (1, LANCASHIRE, PoliceResponse(decision=PoliceDecision.RECORDED_MISSING)),
              (2, TRANSPORT_POLICE, missing(LEFT, person=person(flags=flagged(FlagKind.TRAFFICKING))))),
    ),
    "nobody known to be responsible": Story(
        said=(
            (0, HOME, missing(LEFT, LEEDS, person=person(home=None))),
            (2, WEST_YORKSHIRE, BACK),
            (3, WEST_YORKSHIRE, HARM),
        )
    ),
    "disputed, and back": Story(
        said=((0, HOME, looked_after(LEFT, authority_roles=_responsible(ROCHDALE))),
              (1, LANCASHIRE, missing(LEFT, authority_roles=_responsible(OLDHAM))),
              (2, LANCASHIRE, BACK), (3, LANCASHIRE, HARM)),
    ),
    "taken over by another force": Story(
        said=((0, LANCASHIRE, IN_CARE), (2, LANCASHIRE, _PROPOSED), (3, WEST_YORKSHIRE, _ACCEPTS),
              (4, WEST_YORKSHIRE, RiskAssessed(grade=RiskGrade.HIGH)), (30, WEST_YORKSHIRE, BACK)),
    ),
    "a ward is asked": Story(
        said=((0, HOME, IN_CARE),
              (1, LANCASHIRE, EnquiryRequested(state=EnquiryState.ASKED, of_agency=WARD, by_when=at(6), what="?"))),
    ),
    "a school's flag to review": Story(
        said=((0, HOME, IN_CARE), (1, SCHOOL, missing(
            LEFT, person=person(flags=flagged(FlagKind.MEDICATION, review_by=at(60)))))),
    ),
    "a third time, at home": Story(
        said=tuple(
            said
            for time in range(3)
            for said in (
                (48.0 * time, ROCHDALE, missing(at(48 * time - 1), ROCHDALE)),
                (48.0 * time + 3, MANCHESTER, BACK),
            )
        ),
    ),
    "disputed": Story(
        said=((0, HOME, looked_after(LEFT, authority_roles=_responsible(ROCHDALE))),
              (2, LANCASHIRE, missing(LEFT, authority_roles=_responsible(OLDHAM)))),
    ),
    "handed over": Story(said=((0, LANCASHIRE, IN_CARE), (2, LANCASHIRE, _PROPOSED))),
    "refused twice": Story(
        said=((0, LANCASHIRE, IN_CARE), (2, LANCASHIRE, _PROPOSED), (3, WEST_YORKSHIRE, _REFUSED),
              (4, LANCASHIRE, _PROPOSED), (5, WEST_YORKSHIRE, _REFUSED)),
    ),
    "asked": Story(
        said=((0, HOME, IN_CARE),
              (1, LANCASHIRE, EnquiryRequested(state=EnquiryState.ASKED, of_agency=LEEDS, by_when=at(6), what="?"))),
    ),
    "different": Story(said=((0, HOME, IN_CARE), (0.5, LANCASHIRE, missing(LEFT)), (1, HUB, _differs))),
    "located": Story(said=((0, HOME, IN_CARE), (2, HOME, ChildFound(seen_by=SeenBy.PROFESSIONAL, area_code=LEEDS)))),
    "located, lives at home": Story(said=((0, ROCHDALE, AT_HOME), (2, MANCHESTER, ChildFound(seen_by=SeenBy.POLICE)))),
    "back in care": Story(said=((0, HOME, IN_CARE), (2, LANCASHIRE, BACK))),
    "back at home": Story(said=((0, MANCHESTER, AT_HOME), (2, MANCHESTER, ChildReturned(to=ReturnedTo.HOME)))),
    "back in Scotland": Story(said=((0, SCOTLAND, IN_SCOTLAND), (2, SCOTLAND, ChildReturned(to=ReturnedTo.HOME)))),
    "seen by police": Story(said=((0, HOME, IN_CARE), (2, LANCASHIRE, BACK), (3, LANCASHIRE, HARM))),
    "harm, found elsewhere": Story(
        said=((0, MANCHESTER, AT_HOME), (2, MANCHESTER, ChildFound(seen_by=SeenBy.POLICE, area_code=LEEDS)),
              (3, MANCHESTER, HARM)),
    ),
    "harm, and another authority has accepted": Story(
        said=((0, HOME, IN_CARE), (2, LANCASHIRE, BACK), (3, LANCASHIRE, HARM), (4, LEEDS, _ACCEPTED))
    ),
    "badly hurt": Story(
        said=((0, HOME, IN_CARE), (2, LANCASHIRE, ChildFound(seen_by=SeenBy.POLICE, condition=Condition.INJURED)),
              (3, LANCASHIRE, HARM)),
    ),
    "no answer to an offer": Story(
        said=((0, HOME, IN_CARE), (2, LANCASHIRE, BACK), (4, ROCHDALE, _offered(AttemptOutcome.NO_ANSWER)))
    ),
    "declined": Story(
        said=((0, HOME, IN_CARE), (2, LANCASHIRE, BACK), (4, ROCHDALE, _offered(AttemptOutcome.DECLINED_BY_CHILD)))
    ),
    "held": Story(
        said=((0, HOME, IN_CARE), (2, LANCASHIRE, BACK),
              (8, ROCHDALE, ReturnInterviewRecorded(outcome=InterviewOutcome.HELD, held_at=at(8)))),
    ),
    "a day missing in care": Story(said=((0, HOME, IN_CARE), (0.5, LANCASHIRE, RiskAssessed(grade=RiskGrade.LOW)))),
    "a third time": Story(said=tuple(_again(3)), hours=24 * 20),
    "placed elsewhere": Story(said=_moved(PlacementMove.PLANNED)),
    "placed elsewhere in an emergency": Story(said=_moved(PlacementMove.EMERGENCY)),
    "a placement ended": Story(
        said=((0, HOME, IN_CARE), (2, LANCASHIRE, BACK),
              (4, ROCHDALE, PlacementChanged(from_placement=placed(), ended_at=at(4)))),
        hours=480,
    ),
    "an order": Story(
        said=((0, HOME, IN_CARE), (1, LANCASHIRE, missing(
            LEFT, orders=(Order(kind=OrderKind.POLICE_PROTECTION, until=at(60)),)))),
    ),
    "an order that another force holds": Story(
        said=((0, HOME, looked_after(LEFT, orders=(
            Order(kind=OrderKind.POLICE_PROTECTION, until=at(60), holder=WEST_YORKSHIRE),))),),
    ),
    "a flag to review": Story(
        said=((0, HOME, looked_after(LEFT, person=person(flags=flagged(FlagKind.MEDICATION, review_by=at(60))))),)
    ),
    "an exclusion to review": Story(
        said=((0, HOME, IN_CARE), (1, ROCHDALE, ExclusionSet(
            state=ExclusionState.SET, excluded_agency=LEEDS, from_when=at(1), review_by=at(60)))),
    ),
}  # fmt: skip
"""By a name."""
