"""Stories of a boy who goes missing again and again, told twice: as messages to the hub, and plainly."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    AgencyMessage,
    Answer,
    AttemptOutcome,
    CareStatus,
    ChildReturned,
    ExternalRef,
    InterviewOutcome,
    NationalComputerState,
    OfferAttempt,
    PlaceKind,
    Placement,
    PlacementChanged,
    PlacementKind,
    PlacementMove,
    PoliceDecision,
    PoliceResponse,
    PreventionInterviewRecorded,
    PreventionOutcome,
    PushFactor,
    ReferenceKind,
    ReportCancelled,
    ReturnedTo,
    ReturnInterviewOffered,
    ReturnInterviewRecorded,
    RiskAssessed,
    RiskGrade,
    SightingReported,
    StrategyDecision,
    StrategyDecisionRecorded,
    SupportArranged,
    SupportKind,
)
from tests.unit.deadlines.plain_clocks import Away, Placed, Story
from tests.unit.episode.telling import DERBYSHIRE, HULL, HUMBERSIDE, Telling, living_in, missing

STARTS = tuple(
    datetime(2026, month, day, 12, 0, tzinfo=UTC) for month, day in ((3, 20), (7, 20), (10, 16), (11, 20), (12, 16))
)
"""Before Easter with the clocks going forward, Scotland's summer holiday, clocks going back, St Andrew's, Christmas."""
PLACES = (
    ("england", HULL, HUMBERSIDE, "E06000011"),
    ("wales", AgencyId("W06000011"), AgencyId("W15000003"), "W06000015"),
    ("scotland", AgencyId("S12000036"), AgencyId("S23000009"), "S12000049"),
)
"""A council of each nation, its police, and another council there."""
TEN_MINUTES = timedelta(minutes=10)
_OFFERED = (
    AttemptOutcome.UNKNOWN, AttemptOutcome.NO_ANSWER, AttemptOutcome.DECLINED_BY_PARENT,
    AttemptOutcome.DECLINED_BY_CHILD,
)  # fmt: skip
_OUTCOMES = (
    InterviewOutcome.HELD, InterviewOutcome.HELD, InterviewOutcome.DECLINED_BY_CHILD,
    InterviewOutcome.DECLINED_BY_PARENT, InterviewOutcome.NO_CONTACT,
)  # fmt: skip
_GRADES = (RiskGrade.HIGH, RiskGrade.MEDIUM, RiskGrade.LOW, RiskGrade.VERY_LOW, RiskGrade.NO_APPARENT)
_ANSWERS: dict[str, AgencyMessage] = {
    "does not record": PoliceResponse(decision=PoliceDecision.NOT_RECORDED),
    "is concerned": PoliceResponse(decision=PoliceDecision.CONCERN_ONLY),
    "records": PoliceResponse(decision=PoliceDecision.RECORDED_MISSING),
    "sees": SightingReported(),
}
"""What a force may say of a boy whom another looks for, or who is not its to look for."""
_PREVENTION = (PreventionOutcome.HELD, PreventionOutcome.DECLINED, PreventionOutcome.NOT_POSSIBLE)


@dataclass
class Told:
    """A story as it was told to the hub, with what the plain reading needs to know of it."""

    events: list[Event]
    """In the order accepted."""
    story: Story
    end: datetime


@st.composite
def told_twice(draw: st.DrawFn) -> Told:
    """Up to four absences; messages come late and in any order."""
    teller = _Teller(draw)
    for _ in range(draw(st.integers(1, 4))):
        if not teller.absence():
            break
    return teller.told()


class _Teller:
    """Makes up one story, and tells each turn of it to the hub as it goes."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._telling = Telling()
        nation, self._council, self._police, self._host = draw(st.sampled_from(PLACES))
        self._story = Story(
            nation=nation, in_care=draw(st.booleans()), police=self._police, council=self._council, host=self._host
        )
        self._at = draw(st.sampled_from(STARTS)) + self._hours(0, 200)
        self._reporter, self._reference = self._police, ""

    def told(self) -> Told:
        """The story so far, looked at some time after the last message came in."""
        events = sorted(self._telling.events, key=lambda event: (event.accepted_at, event.order))
        end = max(self._at, events[-1].accepted_at) + self._hours(0, 120)
        return Told(events=events, story=self._story, end=end)

    def absence(self) -> bool:
        """He leaves, and mostly comes back; what follows then; perhaps it was no absence. True if he is back."""
        left, first = self._at, len(self._telling.events)
        self._reference = f"absence-{len(self._story.away)}"
        self._reporter = self._police if self._draw(st.booleans()) else self._council
        report = self._tell(left, self._reporter, missing(
            left, person=living_in(self._council), place_kind=PlaceKind.HOME, episode_ref=self._reference,
            care_status=(CareStatus.LOOKED_AFTER,) if self._story.in_care else (),
        ))  # fmt: skip
        absence = Away(left=left, reported=report.accepted_at, by_police=self._reporter == self._police)
        if absence.by_police:
            absence.said_by_police.append((self._police, "reports"))
        self._story.away.append(absence)
        if self._one_in(6):
            self._meanwhile(absence, left + timedelta(hours=20))
            return False
        absence.back = left + self._hours(1, 80)
        self._meanwhile(absence, absence.back)
        self._comes_back(absence, absence.back)
        self._council_afterwards(absence)
        self._police_afterwards(absence)
        if self._one_in(6):
            heard = max(event.accepted_at for event in self._telling.events[first:])
            absence.cancelled = self._tell(heard, self._reporter, ReportCancelled(cancels=report.id)).accepted_at
        self._at += self._hours(0.5, 100)
        return True

    def _meanwhile(self, absence: Away, until: datetime) -> None:
        """Police grade the risk, perhaps twice, and circulate him; another force says something before or after; or
        they do not record him at all. The council places him elsewhere.
        """
        first = self._draw(st.booleans())
        if first:
            self._another_force(absence)
        if not absence.by_police and self._one_in(4):
            self._answers(absence, self._police, self._draw(st.sampled_from(("does not record", "is concerned"))))
        else:
            self._police_search(absence, until)
        if not first:
            self._another_force(absence)
        if self._story.in_care and self._one_in(4) and not any(each.placed for each in self._story.away):
            self._is_placed(absence, until)

    def _another_force(self, absence: Away) -> None:
        """One that he does not live with: it may have him as its case, or say that it has not."""
        if self._one_in(3):
            self._answers(absence, DERBYSHIRE, self._draw(st.sampled_from(tuple(_ANSWERS))))

    def _answers(self, absence: Away, force: AgencyId, what: str) -> None:
        absence.said_by_police.append((force, what))
        when = absence.left + TEN_MINUTES
        self._say(when, force, replace(_ANSWERS[what], occurred_at=when))

    def _police_search(self, absence: Away, until: datetime) -> None:
        when = absence.left
        for _ in range(self._draw(st.integers(0, 2))):
            when += self._hours(0.2, 6)
            if when >= until:
                break
            grade, has_reason = self._draw(st.sampled_from(_GRADES)), self._draw(st.booleans())
            again = when + self._hours(1, 30) if self._one_in(3) else None
            absence.graded.append((when, grade.value, has_reason, again))
            absence.said_by_police.append((self._police, "grades"))
            self._say(when, self._police, RiskAssessed(
                grade=grade, occurred_at=when, reasoning="seen" if has_reason else None, review_due=again,
            ))  # fmt: skip
        if self._one_in(3):
            absence.circulated = True
            absence.said_by_police.append((self._police, "circulates"))
            when = absence.left + TEN_MINUTES
            self._say(when, self._police, PoliceResponse(
                occurred_at=when, circulated_at=when, national_computer=NationalComputerState.CIRCULATED,
            ))  # fmt: skip

    def _is_placed(self, absence: Away, until: datetime) -> None:
        began = min(absence.left + self._hours(0.2, 60), until - TEN_MINUTES)
        is_emergency, host_was_told = self._draw(st.booleans()), self._one_in(3)
        told = began if absence.back is None else absence.left  # ahead of it only where he is back by now
        said = self._say(told, self._council, PlacementChanged(
            started_at=began, move=PlacementMove.EMERGENCY if is_emergency else PlacementMove.PLANNED,
            to_placement=Placement(kind=PlacementKind.FOSTER, host_authority=self._host),
            host_notified_at=began if host_was_told else None,
        ))  # fmt: skip
        absence.plan_looked_at.append(said.accepted_at)
        absence.placed = Placed(began, said.accepted_at, is_emergency, host_was_told)

    def _comes_back(self, absence: Away, back: datetime) -> None:
        """Home, or to hospital first and home from there; police take him off the computer, mostly."""
        absence.said_by_police.append((self._police, "brings back"))
        is_ill = self._one_in(4)
        to = ReturnedTo.HOSPITAL if is_ill else ReturnedTo.HOME
        self._tell(back, self._police, ChildReturned(returned_at=back, to=to, episode_ref=self._reference))
        self._at = back
        if is_ill:
            self._at = absence.hospital_until = back + self._hours(1, 60)
            self._tell(self._at, self._police, ChildReturned(
                returned_at=self._at, to=ReturnedTo.HOME, episode_ref=self._reference,
            ))  # fmt: skip
        if absence.circulated and not self._one_in(3):
            absence.taken_off = True
            self._say(back, self._police, PoliceResponse(
                occurred_at=back, circulation_cancelled_at=back, national_computer=NationalComputerState.CANCELLED,
            ))  # fmt: skip

    def _council_afterwards(self, absence: Away) -> None:
        """Offers, an interview, a decision, a look at the plan; each perhaps."""
        when = self._at
        for _ in range(self._draw(st.integers(0, 2))):
            when += self._hours(0.2, 40)
            offered = self._draw(st.sampled_from(_OFFERED))
            absence.offers.append((when, offered.value))
            self._say(when, self._council, ReturnInterviewOffered(
                occurred_at=when, attempts=(OfferAttempt(at=when, outcome=offered),),
            ))  # fmt: skip
        if self._draw(st.booleans()):
            held = self._at + self._hours(0, 90) + timedelta(minutes=5)
            outcome, is_shared = self._draw(st.sampled_from(_OUTCOMES)), self._draw(st.booleans())
            absence.interview = (held, outcome.value, is_shared)
            self._say(held, self._council, ReturnInterviewRecorded(
                outcome=outcome, held_at=held, push_factors=(PushFactor.CONFLICT_AT_HOME,) if is_shared else (),
            ))  # fmt: skip
        if self._draw(st.booleans()):
            decided = self._at + self._hours(0, 60)
            absence.decided.append(decided)
            self._say(decided, self._council, StrategyDecisionRecorded(
                decision=StrategyDecision.HELD, decided_at=decided,
            ))  # fmt: skip
        if self._one_in(3):
            arranged = self._say(self._at, self._council, SupportArranged(kind=SupportKind.MENTORING))
            absence.plan_looked_at.append(arranged.accepted_at)

    def _police_afterwards(self, absence: Away) -> None:
        """They see him, or cannot, or he does not want to; he may tell them of harm."""
        when = self._at
        for _ in range(self._draw(st.integers(0, 2))):
            when += self._hours(0.2, 10)
            outcome = self._draw(st.sampled_from(_PREVENTION))
            is_harm = outcome is PreventionOutcome.HELD and self._draw(st.booleans())
            absence.seen.append((when, outcome.value, is_harm))
            self._say(when, self._police, PreventionInterviewRecorded(
                outcome=outcome, held_at=when, harm_disclosed=Answer.YES if is_harm else Answer.NO,
            ))  # fmt: skip

    def _say(self, when: datetime, sender: AgencyId, body: AgencyMessage) -> Event:
        """A message that quotes whoever reported the absence."""
        quoted = ExternalRef(agency=self._reporter, kind=ReferenceKind.EPISODE, value=self._reference)
        return self._tell(when, sender, replace(body, external_refs=(quoted,)))

    def _tell(self, when: datetime, sender: AgencyId, body: AgencyMessage) -> Event:
        """A message about a time, accepted up to a day and a half later."""
        return self._telling.tell(when + TEN_MINUTES + self._hours(0, 36), sender, body)

    def _hours(self, low: float, high: float) -> timedelta:
        """A time between, in steps of ten minutes."""
        return self._draw(st.integers(round(low * 6), round(high * 6))) * TEN_MINUTES

    def _one_in(self, number: int) -> bool:
        return self._draw(st.integers(1, number)) == number
