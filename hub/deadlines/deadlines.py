"""Every duty an absence owes, with its due time and how it stands; nothing here knows what the time is now.

The same state gives the same deadlines, in whatever order its events came. So a correction recomputes: a return that
turns out wrong takes with it the clocks that it began and opens again those that it closed, and a cancelled report
withdraws what it set off. For each row of the rules, and each fact that begins it:

1. whoever owes it is asked for first, because nation and calendar are theirs;
2. the due time is counted from the base; where a rule has pauses, both times are kept, paused and raw;
3. what met it and what withdrew it are looked for; the earlier of the two counts;
4. a death, a cancellation, a child that was not missing and adulthood keep a duty from beginning, or withdraw it,
   unless its row outlives them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.deadlines.bases import BASES
from hub.deadlines.calendars import Period, after, after_pauses
from hub.deadlines.case import Case, ChildCase
from hub.deadlines.conditions import CONDITIONS
from hub.deadlines.model import Base, Deadline, Moment, Oddity, Outcome, Pause
from hub.deadlines.owers import SECTION_47, owers
from hub.deadlines.pauses import pauses
from hub.deadlines.rows import DeadlineRule
from hub.deadlines.rules import DeadlineRules
from hub.deadlines.stops import STOPS, ending
from hub.deadlines.stops_of_interviews import TOO_EARLY, TRIED
from hub.directory import Directory
from hub.episode.model import ChildState
from hub.ids import AgencyId
from hub.reference import Reference
from schemas.records import Ask, Nation

_DUTIES: Final = "duties"
_WITHDRAWING: Final = ("deceased", "not_missing", "cancelled", "turned_18")


def deadlines(
    state: ChildState, rules: DeadlineRules, directory: Directory, reference: Reference
) -> tuple[Deadline, ...]:
    """Every duty of every absence of a child, open and closed, sorted by absence, due time and duty.

    Asked for again of the same state, by the same rules and directory, it is not worked out again.
    """
    known = state.worked_out.get(_DUTIES)
    by = (rules, directory, reference)
    if not isinstance(known, _Worked) or any(one is not other for one, other in zip(known.by, by, strict=True)):
        child = ChildCase(state, directory, reference)
        found: list[Deadline] = []
        for place, episode in enumerate(state.episodes):
            found.extend(_of_episode(Case(child, episode, place), rules))
        known = state.worked_out[_DUTIES] = _Worked(by, tuple(found))
    return known.found


@dataclass(frozen=True, slots=True)
class _Worked:
    """The duties of a state, and by what they were worked out."""

    by: tuple[DeadlineRules, Directory, Reference]
    found: tuple[Deadline, ...]


def _of_episode(case: Case, rules: DeadlineRules) -> list[Deadline]:
    endings = {word: moment for word in _WITHDRAWING if (moment := ending(case, word)) is not None}
    found: list[Deadline] = []
    several: list[Deadline] = []
    for rule in rules.rows:
        if not _applies(case, rule.applies_when):
            continue
        into = several if rule.duty in rules.joined else found
        for base in BASES[rule.base](case, rule):
            deadline = _deadline(case, rule, rules, base, endings)
            if deadline is not None:
                into.append(deadline)
    found.extend(_once_at_a_time(several))
    found.sort(key=lambda each: (each.due_at, each.duty, each.base_event, each.about))
    return found


def _applies(case: Case, words: Iterable[str]) -> bool:
    """Whether all these conditions hold; each is asked once of an absence."""
    for word in words:
        holds = case.holds.get(word)
        if holds is None:
            holds = case.holds[word] = CONDITIONS[word](case)
        if not holds:
            return False
    return True


def _deadline(
    case: Case, rule: DeadlineRule, rules: DeadlineRules, base: Base, endings: dict[str, Moment]
) -> Deadline | None:
    """The deadline that one base begins; None where the rule does not reach it."""
    if not _begins(case, rule, base, endings):
        return None
    owed_by = owers(case, rule.owed_by, base)
    nation = _nation(case, owed_by)
    if rule.nations is not None and nation not in rule.nations:
        return None
    raw_due, due, stood_still = _due(case, rule, rules, base, _calendar(case, rule, base, nation))
    closed = _closed(case, rule, base, endings)
    outcome, moment, because = closed if closed is not None else (Outcome.OPEN, None, None)
    if outcome is Outcome.MET and moment is not None and moment.at > due:
        outcome = Outcome.MET_LATE
    oddities = base.oddities
    if outcome in (Outcome.MET, Outcome.MET_LATE) and moment is not None and moment.at < base.at:
        oddities = oddities | {Oddity.CLOSED_BEFORE_BASE}
    if outcome is Outcome.OPEN and any(TRIED[word](case) for word in rule.stops_when if word in TRIED):
        oddities = oddities | {Oddity.TRIED}
    if outcome is Outcome.OPEN and any(TOO_EARLY[word](case) for word in rule.stops_when if word in TOO_EARLY):
        oddities = oddities | {Oddity.BEFORE_ABSENCE}
    known = base.at if base.said_at is None else min(base.at, base.said_at)
    return Deadline(
        episode=case.episode.id,
        child=case.episode.child,
        duty=rule.duty,
        says=rule.says,
        about=base.about,
        owed_by_role=rule.owed_by,
        owed_by=owed_by,
        base=rule.base,
        base_event=base.event,
        base_at=base.at,
        known_at=known,
        due_at=due,
        raw_due_at=raw_due,
        soon_at=max(due - rule.soon, known),
        overdue_at=due + rule.overdue,
        pauses=stood_still,
        outcome=outcome,
        closed_at=None if moment is None else moment.at,
        closed_by=None if moment is None else moment.event,
        closed_because=because,
        oddities=tuple(sorted(oddities)),
        source=rule.source,
        disclosure=rule.disclosure,
        ask=rule.ask,
        is_telephoned=rule.ask is Ask.ACTION or rule.telephoned,
    )


def _begins(case: Case, rule: DeadlineRule, base: Base, endings: dict[str, Moment]) -> bool:
    """Whether nothing keeps the duty from beginning: no death before, and no adult where it is owed to a child."""
    dead = endings.get("deceased")
    if dead is not None and base.at >= dead.at and "deceased" not in rule.even_if:
        return False
    adult_from = case.child.adult_from
    return "adult" in rule.even_if or adult_from is None or base.at < adult_from


def _nation(case: Case, owed_by: tuple[AgencyId, ...]) -> Nation:
    """The nation of whoever owes it, otherwise of the absence; where neither is known, England (c)."""
    nation = case.child.nation_of(owed_by[0]) if owed_by else Nation.UNKNOWN
    nation = case.episode.nation if nation is Nation.UNKNOWN else nation
    return Nation.ENGLAND if nation is Nation.UNKNOWN else nation


def _calendar(case: Case, rule: DeadlineRule, base: Base, nation: Nation) -> Nation:
    """Whose bank holidays count: those of whoever owed it when it began, so that it stays due then whoever takes it."""
    if rule.owed_by != SECTION_47:
        return nation
    first = case.episode.authorities.section_47_at(base.at)
    return nation if first is None else _nation(case, (first,))


def _due(
    case: Case, rule: DeadlineRule, rules: DeadlineRules, base: Base, nation: Nation
) -> tuple[datetime, datetime, tuple[Pause, ...]]:
    """The raw due time, the one that counts, and the pauses between."""
    if rule.series:
        due = base.stated or base.at
        return due, due, ()
    period = _within(case, rule, base)
    running = period.elapsed
    due = after(base.at, period, nation, rules.end_of_day) if running is None else base.at + running
    if rule.takes_stated and base.stated is not None and base.at < base.stated < due:
        due = base.stated
    if not rule.pauses_when or running is None:
        return due, due, ()
    paused, stood_still = after_pauses(base.at, running, pauses(case, rule.pauses_when, base.at, running))
    return due, paused, stood_still


def _within(case: Case, rule: DeadlineRule, base: Base) -> Period:
    if not rule.within_by_risk:
        return rule.within
    return rule.within_by_risk.get(base.grade or case.episode.risk.treated_as, rule.within)


def _closed(
    case: Case, rule: DeadlineRule, base: Base, endings: dict[str, Moment]
) -> tuple[Outcome, Moment, str] | None:
    """How the duty ended, when and by what; None while it is owed. Met and withdrawn at one moment counts as met."""
    met = _first(case, rule.stops_when, base)
    gone = _first(case, rule.withdrawn_when, base)
    for word, moment in endings.items():
        if word not in rule.even_if and (gone is None or moment.at < gone[0].at):
            gone = moment, word
    if met is not None and (gone is None or met[0].at <= gone[0].at):
        return Outcome.MET, met[0], met[1]
    return None if gone is None else (Outcome.WITHDRAWN, gone[0], gone[1])


def _first(case: Case, words: Iterable[str], base: Base) -> tuple[Moment, str] | None:
    found: tuple[Moment, str] | None = None
    for word in words:
        moment = STOPS[word](case, base)
        if moment is not None and (found is None or moment.at < found[0].at):
            found = moment, word
    return found


def _once_at_a_time(found: Iterable[Deadline]) -> Iterator[Deadline]:
    """Of duties that several facts begin, those that no earlier one of the same absence stands for already."""
    kept: list[Deadline] = []
    for deadline in sorted(found, key=lambda each: (each.base_at, each.due_at, each.base_event)):
        if not any(_stands_for(earlier, deadline) for earlier in kept):
            kept.append(deadline)
            yield deadline


def _stands_for(earlier: Deadline, later: Deadline) -> bool:
    if earlier.duty != later.duty or earlier.outcome is Outcome.WITHDRAWN:
        return False
    return earlier.closed_at is None or later.base_at <= earlier.closed_at
