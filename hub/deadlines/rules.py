"""The rules of deadlines, read from their table and checked word by word.

`DeadlineRules.from_text` takes the text of the table; `packaged_deadline_rules` reads the one that comes with the
package. Every word is one of `hub.deadlines.vocabulary`, every row has a source, and a row that contradicts itself is
refused. A table with any fault is refused whole, with file, line and nearest known word; `reloaded` keeps the rules in
force then. What the rules decide is for `hub.deadlines.deadlines`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from itertools import pairwise
from typing import Final, Self

from hub.deadlines import vocabulary
from hub.deadlines.calendars import Period, Unit
from hub.deadlines.rows import DeadlineRule, Repeat
from hub.rule_bounds import OWED, REPEAT_DAYS, REPEATS, STEP, Span, hour, number
from hub.rule_text import BrokenRules, Table, nearest_word, read_tables
from schemas.never_said import never_said_in
from schemas.records import Ask, Disclosure, Nation, RiskGrade

__all__ = ["DEADLINES_FILE", "DeadlineRules", "packaged_deadline_rules", "packaged_deadline_text", "reloaded"]

DEADLINES_FILE: Final = "deadlines.toml"

_ASKS: Final = tuple(str(word) for word in Ask if word is not Ask.UNKNOWN)
_CLASSES: Final = tuple(str(word) for word in Disclosure if word is not Disclosure.UNKNOWN)
_GRADES: Final = tuple(str(word) for word in RiskGrade if word is not RiskGrade.UNKNOWN)
_NATIONS: Final = tuple(str(word) for word in Nation if word is not Nation.UNKNOWN)
_ANY: Final = "any"
_UNITS: Final = tuple(str(unit) for unit in Unit)
_PERIOD: Final = re.compile(r"^([0-9]{1,4}) ([a-z]+(?: [a-z]+)?)$")
_LENGTHS: Final = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
    Unit.WORKING_DAY: timedelta(days=1.4),
    Unit.MONTH: timedelta(days=30.4375),
    Unit.YEAR: timedelta(days=365.25),
}
"""About how long each is, to hold periods to bounds and to one another."""
_ROW_KEYS: Final = (
    "duty", "says", "owed_by", "base", "after", "within", "within_by_risk", "series", "then_every", "takes_stated",
    "applies_when", "stops_when", "withdrawn_when", "pauses_when", "even_if", "calendar_of", "nation", "ask",
    "telephoned", "not_telephoned", "disclosure", "soon", "overdue", "source",
)  # fmt: skip
_SETTINGS: Final = ("version", "end_of_working_day")
_CONDITIONAL: Final = "still_missing"
_SERIAL: Final = "missing_for_long"
_NOTHING: Final = Period(number=0, unit=Unit.MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRules:
    """Every row, in one immutable value. `version` names the very text; `end_of_day` is when a working day ends.

    `joined` are duties that several rows begin: in one absence they are owed once at a time.
    """

    version: str
    rows: tuple[DeadlineRule, ...]
    end_of_day: time
    repeat: Repeat
    joined: frozenset[str]

    @classmethod
    def from_text(cls, text: str, name: str = DEADLINES_FILE) -> Self:
        """The rules from the text of their table; `name` is what a refusal calls the file.

        Raises:
            BrokenRules: with file, line, reason and nearest known word; nothing of the text is used then.
        """
        top, tables = read_tables(name, text, ("deadline",))
        top.only_these(_SETTINGS, ("repeat",))
        repeat = _repeat(top)
        rows = tuple(_row(table, repeat) for table in tables["deadline"])
        if not rows:
            raise BrokenRules(file=name, line=1, reason="no duty is given; write each under a header [[deadline]]")
        _check_several(tables["deadline"], rows)
        duties = [row.duty for row in rows]
        return cls(
            version=f"{top.text('version')}/{sha256(text.encode()).hexdigest()[:8]}",
            rows=rows,
            end_of_day=hour(top, "end_of_working_day"),
            repeat=repeat,
            joined=frozenset(duty for duty in duties if duties.count(duty) > 1),
        )


@cache
def packaged_deadline_rules() -> DeadlineRules:
    """The rules that come with the package (read once)."""
    return DeadlineRules.from_text(packaged_deadline_text())


def packaged_deadline_text() -> str:
    """The text of the packaged table."""
    return resources.files("hub.deadlines").joinpath(DEADLINES_FILE).read_text(encoding="utf-8")


def reloaded(current: DeadlineRules, text: str, name: str = DEADLINES_FILE) -> tuple[DeadlineRules, BrokenRules | None]:
    """The rules of a changed table; where it is refused, those in force and the refusal."""
    try:
        return DeadlineRules.from_text(text, name), None
    except BrokenRules as refusal:
        return current, refusal


def _row(table: Table, repeat: Repeat) -> DeadlineRule:
    table.only(_ROW_KEYS)
    rule = DeadlineRule(
        duty=table.text("duty"),
        says=table.text("says"),
        owed_by=table.word("owed_by", vocabulary.ROLES),
        base=table.word("base", vocabulary.BASES),
        after=_elapsed(table, "after"),
        within=_period(table, "within") if "within" in table.values else _NOTHING,
        within_by_risk=_by_risk(table),
        series=_series(table),
        then_every=_period(table, "then_every", STEP) if "then_every" in table.values else None,
        takes_stated=table.flag("takes_stated"),
        applies_when=table.words("applies_when", vocabulary.CONDITIONS),
        stops_when=table.words("stops_when", vocabulary.STOPS),
        withdrawn_when=table.words("withdrawn_when", vocabulary.STOPS),
        pauses_when=table.words("pauses_when", vocabulary.PAUSES),
        even_if=frozenset(table.words("even_if", vocabulary.ENDINGS)),
        calendar_of=table.word("calendar_of", vocabulary.CALENDARS),
        nations=_nations(table),
        ask=Ask(table.word("ask", _ASKS)),
        disclosure=Disclosure(table.word("disclosure", _CLASSES)),
        soon=_elapsed(table, "soon"),
        overdue=_elapsed(table, "overdue"),
        telephoned=table.flag("telephoned"),
        not_telephoned=table.text("not_telephoned") if "not_telephoned" in table.values else "",
        repeat=repeat,
        source=table.text("source"),
    )
    _check(table, rule)
    return rule


def _check(table: Table, rule: DeadlineRule) -> None:
    """Refuse a row that contradicts itself, or says of a child what is never said here."""
    if words := never_said_in(rule.says):
        table.refuse("says", f"'says' holds {words!r}, which is not said of children here")
    if not rule.stops_when:
        table.refuse("stops_when", "a duty that nothing meets would be owed for ever; say what meets it")
    if bool(rule.series) == ("within" in table.values):
        table.refuse("within", "a row has either 'within' or, for a duty that comes again, 'series'")
    if bool(rule.series) != (rule.base == _SERIAL):
        table.refuse("base", f"a series counts from {_SERIAL!r}, and nothing else does")
    if rule.then_every is not None and not rule.series:
        table.refuse("then_every", "only a series goes on")
    if (rule.base == _CONDITIONAL) != bool(rule.after):
        table.refuse("after", f"'after' belongs to {_CONDITIONAL!r}: how long the child has been missing then")
    units = {rule.within.unit, *(period.unit for period in rule.within_by_risk.values())}
    if (Unit.WORKING_DAY in units) != (rule.calendar_of == "ower"):
        table.refuse("calendar_of", "working days need the calendar of 'ower'; any other time has 'none'")
    if rule.pauses_when and not units <= {Unit.HOUR, Unit.MINUTE}:
        table.refuse("pauses_when", "only hours and minutes can be paused")
    both = sorted({*rule.stops_when} & {*rule.withdrawn_when})
    if both:
        table.refuse("withdrawn_when", f"{both[0]!r} cannot both meet and withdraw a duty")


def _check_several(tables: Sequence[Table], rows: Sequence[DeadlineRule]) -> None:
    """Rows of one duty count from different bases, and are owed by one role and say one thing."""
    seen: dict[tuple[str, str], int] = {}
    first: dict[str, DeadlineRule] = {}
    for table, row in zip(tables, rows, strict=True):
        if (row.duty, row.base) in seen:
            table.refuse(
                "duty", f"{row.duty!r} counted from {row.base!r} stands in line {seen[row.duty, row.base]} too"
            )
        seen[row.duty, row.base] = table.line
        known = first.setdefault(row.duty, row)
        if (known.owed_by, known.disclosure, known.says) != (row.owed_by, row.disclosure, row.says):
            table.refuse("duty", f"rows of {row.duty!r} must agree on 'owed_by', 'disclosure' and 'says'")


def _nations(table: Table) -> frozenset[Nation] | None:
    words = table.words("nation", (*_NATIONS, _ANY))
    if not words or (_ANY in words and len(words) > 1):
        table.refuse("nation", f"say which nations, or [{_ANY!r}] alone")
    return None if words == (_ANY,) else frozenset(Nation(word) for word in words)


def _by_risk(table: Table) -> Mapping[RiskGrade, Period]:
    values = table.values.get("within_by_risk", {})
    if not isinstance(values, dict):
        table.refuse("within_by_risk", 'write it as { high = "2 hours", … }')
    found = {}
    for grade, text in values.items():
        if grade not in _GRADES:
            table.refuse("within_by_risk", f"{grade!r} is no grade of risk", nearest_word(grade, _GRADES))
        found[RiskGrade(grade)] = _period_of(table, "within_by_risk", text)
    return found


def _series(table: Table) -> tuple[Period, ...]:
    """The steps of a duty that comes again, each later than the one before."""
    steps = tuple(_period_of(table, "series", text, STEP) for text in table.words("series"))
    for before, step in pairwise(steps):
        if _length(step) <= _length(before):
            table.refuse(
                "series", f"the steps of a series come one after another, and '{step}' after '{before}' does not"
            )
    return steps


def _elapsed(table: Table, key: str) -> timedelta:
    """A time in minutes or hours; none where the key is not there."""
    if key not in table.values:
        return timedelta(0)
    elapsed = _period(table, key).elapsed
    if elapsed is None:
        table.refuse(key, f"{key!r} is counted in minutes or hours")
    return elapsed


def _period(table: Table, key: str, span: Span = OWED) -> Period:
    return _period_of(table, key, table.text(key), span)


def _period_of(table: Table, key: str, text: object, span: Span = OWED) -> Period:
    matched = _PERIOD.match(text) if isinstance(text, str) else None
    if matched is None:
        table.refuse(key, f'{key!r} is a number and a unit, such as "72 hours" or "1 working day"')
    amount, words = int(matched[1]), matched[2]
    unit = words.removesuffix("s") if amount != 1 else words
    if unit not in _UNITS:
        table.refuse(key, f"{words!r} is no unit", nearest_word(unit, _UNITS))
    period = Period(number=amount, unit=Unit(unit))
    span.check(table, key, _length(period))
    return period


def _length(period: Period) -> timedelta:
    return period.number * _LENGTHS[period.unit]


def _repeat(top: Table) -> Repeat:
    """When a child counts as missing repeatedly."""
    part = top.part("repeat", ("count", "within_days"), "'count' and 'within_days'")
    days = number(part, "within_days", REPEAT_DAYS)
    return Repeat(count=number(part, "count", REPEATS), within=timedelta(days=days))
