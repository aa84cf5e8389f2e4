"""The plain reading of what police owe of an absence, what the hub owes, and what a placement begins."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.unit.deadlines.plain_clocks import HOUR, Away, Owed, Story, after_return, decision, owed
from tests.unit.deadlines.plain_days import days_later, end_of_working_day

MINUTE = timedelta(minutes=1)
_REVIEW_HOURS = {"high": 2, "medium": 6, "low": 12, "very_low": 12, "no_apparent": 24}
_WORRY = ("no_apparent", "very_low", "low", "medium", "high")


def owed_at(story: Story, now: datetime) -> set[Owed]:
    """Everything that is owed, and how near it is."""
    found: set[Owed] = set()
    for place, absence in enumerate(story.away):
        found.update(_computer(story, place, now))
        found.update(_host(story, place, now))
        if absence.cancelled:
            found.update(decision(story, place, now))
            continue
        found.update(after_return(story, place, now))
        if absence.back is None:
            found.update(_search(story, place, now))
        else:
            found.update(_seen(story, place, absence.back, now))
        if absence.by_police:
            due = absence.reported + 5 * MINUTE
            found.add(owed(place, "authority_told", "hub", absence.reported, due, MINUTE, 10 * MINUTE, now))
    return found


_NOT_OURS = {"does not record", "is concerned"}


def _has_the_case(story: Story, place: int) -> str:
    """The first force that treated him as missing or found; before any did, that of where he lives."""
    absence = story.away[place]
    took_back = absence.cancelled and absence.by_police
    for number, (force, what) in enumerate(absence.said_by_police):
        gave_up = any(by == force and word in _NOT_OURS for by, word in absence.said_by_police[number:])
        is_void = took_back and force == story.police and what in {"reports", "grades"}
        if what not in {*_NOT_OURS, "sees"} and not gave_up and not is_void:
            return force
    return story.police


def _nobody_records(story: Story, place: int) -> bool:
    """The force of where he lives says that it does not record him, and none does."""
    said = story.away[place].said_by_police
    denies = any(force == story.police and what in _NOT_OURS for force, what in said)
    return denies and all(what in {*_NOT_OURS, "sees"} for _, what in said)


def _is_answered(story: Story, place: int) -> bool:
    """The force of where he lives said how it holds him, or another has him as its case: a sighting is no answer."""
    said = story.away[place].said_by_police
    denying = {force for force, what in said if what in _NOT_OURS}
    return any(what != "sees" and (force == story.police or force not in denying) for force, what in said)


def _held_grades(absence: Away) -> list[tuple[datetime, str, datetime | None]]:
    """Each assessment with the grade that held from it on: none is lowered without a reason."""
    found: list[tuple[datetime, str, datetime | None]] = []
    for when, grade, has_reason, again in sorted(absence.graded, key=lambda each: each[0]):
        held = found[-1][1] if found else grade
        is_lower = _WORRY.index(grade) < _WORRY.index(held)
        found.append((when, held if is_lower and not has_reason else grade, again))
    return found


def _search(story: Story, place: int, now: datetime) -> Iterator[Owed]:
    """What police owe while he is away."""
    absence, police = story.away[place], _has_the_case(story, place)
    since, is_recorded = absence.reported, not _nobody_records(story, place)
    if not absence.by_police and not _is_answered(story, place):
        yield owed(place, "police_answer", police, since, since + 15 * MINUTE, 5 * MINUTE, 5 * MINUTE, now)
    if not absence.graded and is_recorded:
        due = since + HOUR
        yield owed(place, "first_risk_assessment", police, since, due, 15 * MINUTE, 15 * MINUTE, now)
    if not absence.circulated and is_recorded:
        yield owed(place, "circulated", police, since, since + HOUR, 15 * MINUTE, 30 * MINUTE, now)
    for when, grade, again in _held_grades(absence)[-1:]:
        due = when + _REVIEW_HOURS[grade] * HOUR
        due = due if again is None or again <= when else min(due, again)
        yield owed(place, "risk_review", police, when, due, 30 * MINUTE, 30 * MINUTE, now)
    still = absence.left + 72 * HOUR
    yield owed(place, "national_unit_told", police, still, still, 0 * HOUR, 4 * HOUR, now)
    long = days_later(since, 28)
    yield owed(place, "long_term_review", police, since, long, 72 * HOUR, 24 * HOUR, now)


def _seen(story: Story, place: int, back: datetime, now: datetime) -> Iterator[Owed]:
    """Police see him after he is back, or he declines."""
    absence = story.away[place]
    if not any(what in {"held", "declined"} for _, what, _ in absence.seen):
        grades = _held_grades(absence)
        due = back + (4 if grades and grades[-1][1] == "high" else 24) * HOUR
        by = _has_the_case(story, place)
        yield owed(place, "prevention_interview", by, back, due, 2 * HOUR, 2 * HOUR, now)


def _computer(story: Story, place: int, now: datetime) -> Iterator[Owed]:
    """Whom police circulated they take off again, however it ended."""
    absence = story.away[place]
    over = [when for when in (absence.back, absence.cancelled) if when is not None]
    if absence.circulated and not absence.taken_off and over:
        since = min(over)
        by = _has_the_case(story, place)
        yield owed(place, "circulation_cancelled", by, since, since + HOUR, 15 * MINUTE, HOUR, now)


def _host(story: Story, place: int, now: datetime) -> Iterator[Owed]:
    """The council of the area where he is placed, and its police, are told: also if the absence was none."""
    placed = story.away[place].placed
    if placed is None:
        return
    by = story.council
    if placed.emergency:
        since, word = min(placed.began, placed.heard), "_emergency"
        due, known, soon, late = end_of_working_day(since, 5, story.nation), since, 39 * HOUR, 9 * HOUR
    else:
        since, word = placed.began, ""
        due, known, soon, late = since, min(placed.began, placed.heard), 24 * HOUR, 24 * HOUR
    if story.nation != "scotland" and not placed.host_was_told:
        yield owed(place, f"host_told{word}", by, known, due, soon, late, now)
    due = since + 24 * HOUR
    yield owed(place, f"host_police_told{word}", by, known, due, 4 * HOUR, 24 * HOUR, now)
