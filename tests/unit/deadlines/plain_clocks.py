"""A second, plain reading of the clocks of an absence and after it, to hold the first one against.

Nothing here is shared with the code under test: time is walked through five minutes at a time, days one by one with the
bank holidays written out, and the list of what happened is read again for every question. It knows nothing of events,
folds or rules; it is told what happened, and when. What police owe, and what a placement begins, is in `plain_duties`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.unit.deadlines.plain_days import end_of_working_day

STEP = timedelta(minutes=5)
HOUR = timedelta(hours=1)


@dataclass
class Placed:
    """A placement in another authority's area: from when, heard when, in an emergency, whether it was told by then."""

    began: datetime
    heard: datetime
    emergency: bool
    host_was_told: bool


@dataclass
class Away:
    """One absence: when the boy left, when he was back (None while away), and what was done about it, and when."""

    left: datetime
    reported: datetime
    by_police: bool
    back: datetime | None = None
    hospital_until: datetime | None = None
    """He came back into hospital, and was home only then."""
    cancelled: datetime | None = None
    """Any message of theirs about this absence, reports apart."""
    said_by_police: list[tuple[str, str]] = field(default_factory=list)
    """What forces said of it, in the order in which the hub heard: which force, what."""
    graded: list[tuple[datetime, str, bool, datetime | None]] = field(default_factory=list)
    """By police: when, which grade, whether with a reason, by when they mean to look again."""
    circulated: bool = False
    taken_off: bool = False
    seen: list[tuple[datetime, str, bool]] = field(default_factory=list)
    """By police after it: when, what became of it, whether he told of harm."""
    offers: list[tuple[datetime, str]] = field(default_factory=list)
    interview: tuple[datetime, str, bool] | None = None
    """When, what became of it, whether the record says what may be shared."""
    decided: list[datetime] = field(default_factory=list)
    plan_looked_at: list[datetime] = field(default_factory=list)
    placed: Placed | None = None


@dataclass
class Story:
    """Everything that happened by some time to a boy of one nation."""

    nation: str
    in_care: bool
    police: str
    council: str
    host: str
    """Another council, in whose area he may be placed."""
    away: list[Away] = field(default_factory=list)


@dataclass(frozen=True)
class Owed:
    """One duty that is open: of which absence, which, by whom, when due with and without pauses, and how near."""

    place: int
    duty: str
    by: str | None
    due: datetime
    raw: datetime
    stage: str | None


def after_return(story: Story, place: int, now: datetime) -> Iterator[Owed]:
    """What the council owes of an absence that is not cancelled."""
    yield from decision(story, place, now)
    yield from _review_of_the_plan(story, place, now)
    absence = story.away[place]
    if absence.back is None or story.nation == "wales":
        return
    outcome = absence.interview[1] if absence.interview else "none"
    is_done = outcome in {"held", "declined_by_child"}
    if not is_done and not _gave_up(absence):
        duty = "return_interview" if story.nation == "england" else "return_discussion"
        yield _while_there(story, place, duty, absence.back, (24, 4), now)
    if story.nation == "england":
        yield from _offers(story, place, is_done=is_done, now=now)
    if outcome == "held" and absence.interview and not absence.interview[2]:
        held = absence.interview[0]
        due = end_of_working_day(held, 3, story.nation)
        yield owed(place, "findings_shared", story.council, held, due, 15 * HOUR, 9 * HOUR, now)


def _gave_up(absence: Away) -> bool:
    """No contact is recorded, and by then nobody had answered at two different times; a refusal is an answer."""
    if absence.interview is None or absence.interview[1] != "no_contact":
        return False
    in_vain = {when for when, what in absence.offers if what not in {"declined_by_parent", "declined_by_child"}}
    return len([when for when in in_vain if when <= absence.interview[0]]) >= 2


def _offers(story: Story, place: int, *, is_done: bool, now: datetime) -> Iterator[Owed]:
    """A first offer, a second one where nobody answered, one more where he declined."""
    absence = story.away[place]
    offers = sorted(absence.offers)
    if absence.back is not None and not offers and not is_done:
        due = absence.back + 24 * HOUR
        yield owed(place, "return_interview_offered", story.council, absence.back, due, 4 * HOUR, 4 * HOUR, now)
    if len(offers) == 1 and offers[0][1] in {"no_answer", "declined_by_parent"} and not is_done:
        since = offers[0][0]
        due = since + 24 * HOUR
        yield owed(place, "return_interview_second_attempt", story.council, since, due, 4 * HOUR, 4 * HOUR, now)
    refusals = [when for when, what in offers if what == "declined_by_child"]
    if absence.interview and absence.interview[1] == "declined_by_child":
        refusals.append(absence.interview[0])
    if refusals:
        first = min(refusals)
        is_held_later = absence.interview and absence.interview[1] == "held" and absence.interview[0] >= first
        if not is_held_later and not any(when > first for when, _ in offers):
            yield _while_there(story, place, "return_interview_offered_again", first, (24, 24), now)


def _while_there(story: Story, place: int, duty: str, since: datetime, hours: tuple[int, int], now: datetime) -> Owed:
    """Seventy-two hours of being there: walk through them."""
    run, at, stood = timedelta(0), since, None
    while run < 72 * HOUR:
        gone, until = _unseen(story, place, at)
        if gone and until is None:
            stood = at
            at += 72 * HOUR - run
            break
        if not gone:
            run += STEP
        at += STEP
    stage = near(now if stood is None else min(now, stood), since, at, hours[0] * HOUR, hours[1] * HOUR)
    return Owed(place, duty, story.council, at, since + 72 * HOUR, stage)


def _unseen(story: Story, place: int, at: datetime) -> tuple[bool, datetime | None]:
    """Whether the boy is away again or in hospital in the five minutes after a time; until when, if that is known."""
    for absence in story.away[place + 1 :]:
        if not absence.cancelled and absence.left <= at and (absence.back is None or at < absence.back):
            return True, absence.back
    spoken_to = [
        each.interview[0] for each in story.away
        if each.interview and each.interview[1] in {"held", "declined_by_child"}
    ]  # fmt: skip
    for absence in story.away:
        if absence.back is not None and absence.hospital_until is not None:
            until = min([absence.hospital_until, *(when for when in spoken_to if when > absence.back)])
            if absence.back <= at < until:
                return True, until
    return False, None


def is_repeated(story: Story, place: int) -> bool:
    """Three times within ninety days, this one included."""
    left = story.away[place].left
    return sum(not each.cancelled and left - timedelta(days=90) <= each.left <= left for each in story.away) >= 3


def decision(story: Story, place: int, now: datetime) -> Iterator[Owed]:
    """The strategy decisions still owed for an absence; one at a time. A decision is about the child: one that was made
    while it was away another time answers as well. Of an absence that was cancelled only what he told of counts.
    """
    absence = story.away[place]
    triggers = [when for when, _, is_harm in absence.seen if is_harm]
    if is_repeated(story, place) and not absence.cancelled:
        triggers.append(absence.reported)
    if not absence.cancelled and story.in_care and (absence.back is None or absence.back > absence.left + 24 * HOUR):
        triggers.append(absence.left + 24 * HOUR)
    answered_until: datetime | None = None
    for trigger in sorted(triggers):
        if answered_until is not None and trigger <= answered_until:
            continue
        answers = [when for each in story.away for when in each.decided if when >= trigger]
        if not answers:
            due = end_of_working_day(trigger, 1, story.nation)
            yield owed(
                place, "strategy_decision", _where_he_lives(story, place), trigger, due, 240 * HOUR, 9 * HOUR, now
            )
            return
        answered_until = min(answers)


def _where_he_lives(story: Story, place: int) -> str:
    """The council of the area of his placement, once he is there, by the end of the absence."""
    until = story.away[place].back
    placed = [each.placed for each in story.away[: place + 1] if each.placed is not None]
    return story.host if any(until is None or each.began <= until for each in placed) else story.council


def _review_of_the_plan(story: Story, place: int, now: datetime) -> Iterator[Owed]:
    absence = story.away[place]
    since = absence.reported
    if story.in_care and is_repeated(story, place) and not any(when >= since for when in absence.plan_looked_at):
        due = end_of_working_day(since, 10, story.nation)
        yield owed(place, "placement_review", story.council, since, due, 39 * HOUR, 9 * HOUR, now)


def owed(
    place: int,
    duty: str,
    by: str | None,
    since: datetime,
    due: datetime,
    soon: timedelta,
    late: timedelta,
    now: datetime,
) -> Owed:
    """A duty that runs on whatever happens."""
    return Owed(place, duty, by, due, due, near(now, since, due, soon, late))


def near(now: datetime, since: datetime, due: datetime, soon: timedelta, late: timedelta) -> str | None:
    """How near it is."""
    if now >= due + late:
        return "overdue"
    if now >= due:
        return "due"
    return "soon" if now >= max(since, due - soon) else None
