"""The reference page of deadlines, written from the table, so that it cannot differ from it.

`python -m hub.deadlines.pages > docs/reference/deadlines.md` writes it; a test fails when it is stale.
"""

import sys
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from hub.deadlines import vocabulary
from hub.deadlines.rows import DeadlineRule
from hub.deadlines.rules import DeadlineRules, packaged_deadline_rules
from schemas.records import Ask

_MINUTES_IN_HOUR: Final = 60
_HOURS_SHOWN: Final = 120
"""A longer time before the due time means from the base on."""
_WRITTEN: Final = "<!-- Written by hub/deadlines/pages.py from the table beside it; edit that. -->"
_INTRODUCTION: Final = (
    """What an absence owes, by whom and by when. The table is `hub/deadlines/deadlines.toml`, whose head says what may
    be written there; [how deadlines count](../explanation/clocks.md) says what the words come to. *(c)* in a source
    marks a cautious default, to be settled locally; it is not law.""",
    """A duty applies when all its conditions hold. It is met by the first of the words under *met by*, withdrawn by the
    first under *withdrawn by*, and stands still while one under *pauses* holds. A death, a cancellation, a child that
    was not missing and the 18th birthday withdraw it too, and none begins for an adult, unless the row names them under
    *outlives*. Several rows of one duty: any of them begins it, and one absence owes it once at a time.""",
)


def deadlines_page(rules: DeadlineRules) -> str:
    """The page: every row, every setting, every word."""
    return "\n".join(
        f"{part}\n"
        for part in (
            "# What is owed, and by when",
            _WRITTEN,
            *(" ".join(paragraph.split()) for paragraph in _INTRODUCTION),
            "## Duties",
            _table(
                (
                    "duty",
                    "owed by",
                    "counted from",
                    "within",
                    "applies when",
                    "calendar of",
                    "nation",
                    "asks",
                    "class",
                    "source",
                ),
                (_duty(row) for row in rules.rows),
            ),
            "## What ends, pauses and announces them",
            _table(
                ("duty", "met by", "withdrawn by", "pauses", "outlives", "soon", "overdue"),
                (_ending(row) for row in rules.rows),
            ),
            "## Settings",
            _settings(rules),
            *(
                part
                for title, words in (
                    ("Who owes", vocabulary.ROLES),
                    ("Counted from", vocabulary.BASES),
                    ("Applies when", vocabulary.CONDITIONS),
                    ("Met or withdrawn by", vocabulary.STOPS),
                    ("Pauses", vocabulary.PAUSES),
                    ("Endings", vocabulary.ENDINGS),
                    ("Calendars", vocabulary.CALENDARS),
                )
                for part in (f"## {title}", _glossary(words))
            ),
        )
    )


def _settings(rules: DeadlineRules) -> str:
    often, days = rules.repeat.count, rules.repeat.within.days
    return (
        f"- A working day ends at {rules.end_of_day:%H:%M} local time.\n"
        f"- Missing repeatedly: {often} absences that began within {days} days, cancelled ones not counted."
    )


def _duty(row: DeadlineRule) -> tuple[str, ...]:
    return (
        f"`{row.duty}`: {row.says}",
        row.owed_by.replace("_", " "),
        _base(row),
        _within(row),
        _words(row.applies_when) or "always",
        "whoever owes it" if row.calendar_of == "ower" else "none",
        "any" if row.nations is None else ", ".join(sorted(row.nations)),
        _ask(row),
        str(row.disclosure),
        row.source,
    )


def _ask(row: DeadlineRule) -> str:
    """Whether it asks, and of information whether whoever cannot be reached is rung."""
    if row.ask is Ask.ACTION or row.telephoned:
        return f"{row.ask}, telephoned"
    return f"{row.ask}, not telephoned: {row.not_telephoned or 'it can wait'}"


def _ending(row: DeadlineRule) -> tuple[str, ...]:
    return (
        f"`{row.duty}` from `{row.base}`",
        _words(row.stops_when),
        _words(row.withdrawn_when) or "nothing else",
        _words(row.pauses_when) or "never",
        _words(sorted(row.even_if)) or "none",
        "at once" if row.soon > timedelta(hours=_HOURS_SHOWN) else f"{_time(row.soon)} before",
        f"{_time(row.overdue)} after",
    )


def _base(row: DeadlineRule) -> str:
    return f"`{row.base}` after {_time(row.after)}" if row.after else f"`{row.base}`"


def _within(row: DeadlineRule) -> str:
    if row.series:
        steps = ", ".join(str(period) for period in row.series)
        return f"{steps}, then every {row.then_every}" if row.then_every else steps
    by_risk = ", ".join(f"{grade.replace('_', ' ')} {period}" for grade, period in row.within_by_risk.items())
    stated = ", or earlier as stated" if row.takes_stated else ""
    return f"{_plainly(str(row.within))}{f'; {by_risk}' if by_risk else ''}{stated}"


def _plainly(within: str) -> str:
    return "at that time" if within == "0 minutes" else within


def _time(elapsed: timedelta) -> str:
    minutes = int(elapsed.total_seconds() // _MINUTES_IN_HOUR)
    whole_hours = minutes % _MINUTES_IN_HOUR == 0 and minutes > 0
    return f"{minutes // _MINUTES_IN_HOUR} h" if whole_hours else f"{minutes} min"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)


def _glossary(words: Mapping[str, str]) -> str:
    return "\n".join(f"- `{word}`: {meaning}." for word, meaning in words.items())


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


if __name__ == "__main__":
    sys.stdout.write(deadlines_page(packaged_deadline_rules()))
