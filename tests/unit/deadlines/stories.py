"""Stories of a boy who goes missing again and again, told twice: as messages to the hub, and plainly."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    AllegedRole,
    Answer,
    ChildReturned,
    InterviewOutcome,
    PlaceKind,
    Placement,
    PlacementChanged,
    PlacementKind,
    PreventionInterviewRecorded,
    PreventionOutcome,
    Record,
    ReportCancelled,
    ReturnedTo,
    ReturnInterviewRecorded,
    StrategyDecision,
    StrategyDecisionRecorded,
)
from tests.unit.deadlines.plain_clocks import Away, Story
from tests.unit.episode.telling import HULL, HUMBERSIDE, Telling, living_in, missing

START = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
"""Before the clocks go forward and before Easter."""
FIVE_MINUTES = timedelta(minutes=5)


@dataclass
class Told:
    """A story as it was told to the hub, with what the plain reading needs to know of it."""

    events: list[Event]
    """In the order accepted."""
    story: Story
    end: datetime


def _hours(low: float, high: float) -> st.SearchStrategy[timedelta]:
    """A time between, in steps of ten minutes."""
    return st.integers(round(low * 6), round(high * 6)).map(lambda steps: timedelta(minutes=10 * steps))


@st.composite
def told_twice(draw: st.DrawFn) -> Told:
    """Up to four absences; messages come late and in any order."""
    teller = _Teller(draw)
    for place in range(draw(st.integers(1, 4))):
        if not teller.absence(place):
            break
    return teller.told()


class _Teller:
    """Makes up one story, and tells each turn of it to the hub as it goes."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._telling = Telling()
        self._story = Story(away=[])
        self._at = START + draw(_hours(0, 200))

    def told(self) -> Told:
        """The story so far, looked at some time after the last message came in."""
        events = sorted(self._telling.events, key=lambda event: (event.accepted_at, event.order))
        end = max(self._at, events[-1].accepted_at) + self._draw(_hours(0, 120))
        return Told(events=events, story=self._story, end=end)

    def absence(self, place: int) -> bool:
        """He leaves, and mostly comes back; what follows then; perhaps it was no absence. True if he is back."""
        left, first = self._at, len(self._telling.events)
        reference = f"absence-{place}"
        report = self._say(left, HUMBERSIDE, missing(left, person=living_in(HULL), place_kind=PlaceKind.HOME,
                                                     episode_ref=reference))  # fmt: skip
        absence = Away(left=left, back=None, reported=report.accepted_at)
        self._story.away.append(absence)
        if self._draw(st.integers(0, 5)):
            absence.back = left + self._draw(_hours(1, 40))
            self._comes_back(absence, absence.back, reference)
            self._afterwards(place, reference)
        if absence.back is not None and not self._draw(st.integers(0, 5)):
            absence.cancelled = True
            heard = max(event.accepted_at for event in self._telling.events[first:])
            self._say(heard, HUMBERSIDE, ReportCancelled(cancels=report.id))
        self._at += self._draw(_hours(0.5, 100))
        return absence.back is not None

    def _comes_back(self, absence: Away, back: datetime, reference: str) -> None:
        """Home, or to hospital first, and from there to his parents."""
        is_ill = not self._draw(st.integers(0, 3))
        to = ReturnedTo.HOSPITAL if is_ill else ReturnedTo.HOME
        self._say(back, HUMBERSIDE, ChildReturned(returned_at=back, to=to, episode_ref=reference))
        self._at = back
        if is_ill:
            self._at = absence.hospital_until = back + self._draw(_hours(1, 60))
            parents = Placement(kind=PlacementKind.WITH_PARENTS)
            self._say(self._at, HULL, PlacementChanged(started_at=self._at, to_placement=parents))

    def _afterwards(self, place: int, reference: str) -> None:
        """An interview, harm told to police, a decision; each perhaps."""
        if self._draw(st.booleans()):
            held = self._at + self._draw(_hours(0, 90)) + FIVE_MINUTES
            outcome = self._draw(st.sampled_from([InterviewOutcome.HELD, InterviewOutcome.DECLINED_BY_CHILD]))
            self._story.held[place] = held
            self._say(held, HUMBERSIDE, ReturnInterviewRecorded(outcome=outcome, held_at=held, episode_ref=reference))
        if self._draw(st.booleans()):
            harmed = self._at + self._draw(_hours(0, 10))
            self._story.harm.append((place, harmed))
            told_of = PreventionInterviewRecorded(
                outcome=PreventionOutcome.HELD, held_at=harmed, harm_disclosed=Answer.YES,
                alleged_role=AllegedRole.STRANGER, episode_ref=reference,
            )  # fmt: skip
            self._say(harmed, HUMBERSIDE, told_of)
        if self._draw(st.booleans()):
            decided = self._at + self._draw(_hours(0, 60))
            self._story.decided.append((place, decided))
            decision = StrategyDecisionRecorded(
                decision=StrategyDecision.HELD, decided_at=decided, episode_ref=reference
            )
            self._say(decided, HUMBERSIDE, decision)

    def _say(self, when: datetime, sender: AgencyId, body: Record) -> Event:
        """A message about a time, accepted up to a day and a half later."""
        accepted = when + timedelta(minutes=10) + self._draw(_hours(0, 36))
        return self._telling.tell(accepted, sender, body)
