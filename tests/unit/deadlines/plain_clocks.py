"""A second, plain reading of the clocks after an absence, to hold the first one against.

Nothing here is shared with the code under test: time is walked through five minutes at a time, days one by one with the
bank holidays written out, and the list of what happened is read again for every question. It knows nothing of events,
folds or rules; it is told what happened, and when.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

STEP = timedelta(minutes=5)
CLOSED_IN_2026 = {
    date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31), date(2026, 12, 25),
    date(2026, 12, 28), date(2026, 1, 1),
}  # fmt: skip
LONDON = ZoneInfo("Europe/London")


@dataclass
class Away:
    """One absence: when the boy left, when he was back (None while away), when the report of it came in."""

    left: datetime
    back: datetime | None
    reported: datetime
    cancelled: bool = False
    hospital_until: datetime | None = None
    """He came back into hospital, and was home only then."""


@dataclass
class Story:
    """Everything that happened by some time."""

    away: list[Away]
    held: dict[int, datetime] = field(default_factory=dict)
    """By the place of the absence: when an interview that covers it was held, or declined by the boy himself."""
    harm: list[tuple[int, datetime]] = field(default_factory=list)
    decided: list[tuple[int, datetime]] = field(default_factory=list)


@dataclass(frozen=True)
class Owed:
    """One duty that is open: of which absence, which, when due with and without pauses, and how near."""

    place: int
    duty: str
    due: datetime
    raw: datetime
    stage: str | None


def owed_at(story: Story, now: datetime) -> set[Owed]:
    """What is owed of interviews and strategy decisions, and how near it is."""
    found = set()
    for place, absence in enumerate(story.away):
        if absence.cancelled:
            continue
        if absence.back is not None and place not in story.held:
            found.add(interview(story, place, absence.back, now))
        for due, since in decisions(story, place):
            found.add(Owed(place, "strategy_decision", due, due, near(now, since, due, None, 240, 9)))
    return found


def interview(story: Story, place: int, back: datetime, now: datetime) -> Owed:
    """Seventy-two hours of being there: walk through them."""
    run, at, stood = timedelta(0), back, None
    while run < timedelta(hours=72):
        gone, until = unseen(story, place, at)
        if gone and until is None:
            stood = at
            at += timedelta(hours=72) - run
            break
        if not gone:
            run += STEP
        at += STEP
    return Owed(place, "return_interview", at, back + timedelta(hours=72), near(now, back, at, stood, 24, 4))


def unseen(story: Story, place: int, at: datetime) -> tuple[bool, datetime | None]:
    """Whether the boy is away again or in hospital in the five minutes after a time; until when, if that is known."""
    for absence in story.away[place + 1 :]:
        if not absence.cancelled and absence.left <= at and (absence.back is None or at < absence.back):
            return True, absence.back
    for absence in story.away:
        if absence.back is not None and absence.hospital_until is not None:
            spoken_to = [held for held in story.held.values() if absence.back < held]
            until = min(absence.hospital_until, *spoken_to) if spoken_to else absence.hospital_until
            if absence.back <= at < until:
                return True, until
    return False, None


def decisions(story: Story, place: int) -> list[tuple[datetime, datetime]]:
    """The strategy decisions still owed for an absence: when due, since when."""
    absence = story.away[place]
    triggers = [when for whose, when in story.harm if whose == place]
    before = [
        other for other in story.away
        if not other.cancelled and absence.left - timedelta(days=90) <= other.left <= absence.left
    ]  # fmt: skip
    if len(before) >= 3:
        triggers.append(absence.reported)
    still_owed: list[tuple[datetime, datetime]] = []
    answered_until: datetime | None = None
    for trigger in sorted(triggers):
        if still_owed or (answered_until is not None and trigger <= answered_until):
            continue
        answers = [when for whose, when in story.decided if whose == place and when >= trigger]
        if answers:
            answered_until = min(answers)
        else:
            still_owed.append((end_of_next_working_day(trigger), trigger))
    return still_owed


def end_of_next_working_day(when: datetime) -> datetime:
    """One minute to midnight of the next day on which offices are open."""
    day = when.astimezone(LONDON).date() + timedelta(days=1)
    while day.isoweekday() > 5 or day in CLOSED_IN_2026:
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=LONDON)


def near(
    now: datetime, since: datetime, due: datetime, stood: datetime | None, soon_hours: int, late_hours: int
) -> str | None:
    """How near it is; a clock that stands still is as near as it was then."""
    seen = now if stood is None else min(now, stood)
    if seen >= due + timedelta(hours=late_hours):
        return "overdue"
    if seen >= due:
        return "due"
    return "soon" if seen >= max(since, due - timedelta(hours=soon_hours)) else None
