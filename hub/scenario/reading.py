"""Reads a scenario file: who is there, what is said when, what is expected when.

The text becomes a tree of words with lines, and every word of it is either known or refused with its line and the
nearest known one, before anything is played. What is read is a value; `hub.scenario.playing` plays it.
"""

# ruff: noqa: EM101, EM102, TRY003 - the reason of a refusal is said where the fault is found

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.reference import Reference
from hub.rule_bounds import REPEAT_DAYS, REPEATS
from hub.scenario.agencies import Agencies
from hub.scenario.children import child_of
from hub.scenario.declared import answer_minutes, declared_agencies
from hub.scenario.document import Part, Row, Table, Word, read_document, whole_number
from hub.scenario.expected import expectation_of
from hub.scenario.model import Expectation, Filing, Scenario, ScenarioChild, Settings, Step
from hub.scenario.moments import Clock
from hub.scenario.records import Writing
from hub.scenario.refusal import nearest_word
from hub.scenario.saying import Labels, labels_of, steps_of
from hub.scenario.wording import Reader

KEYS: Final = {
    "scenario": "the title, on one line",
    "about": "what it is about, in words; shown by `explain`",
    "year": "the year of dates that have none; 2026 unless it is given",
    "place": "the time zone of all local times; Europe/London unless it is given",
    "identity": "`as told` (the file says whose a message is) or `matched` (the comparison of records decides)",
    "others": "`connected` or `not connected`: official agencies that the file does not declare",
    "answers": "how soon agencies open and take what they are sent: `at once`, `after 20 min`, or `never`",
    "repeats": "the local rule of repeat episodes: `3 in 30 days`",
    "agencies": "names of the file's own for agencies, and agencies that are no authority and no force",
    "children": "the children, each with what every report of it carries",
    "messages": "what is said, by whom, when",
    "expect": "what must hold, when",
}
"""The keys of a scenario file."""
_REPEATS: Final = re.compile(r"(\S+) in (\S+) days?")
_DEFAULT_YEAR: Final = 2026
_DEFAULT_PLACE: Final = "Europe/London"


def read_scenario(file: str, text: str, reference: Reference) -> Scenario:
    """The scenario that a file holds.

    Raises:
        ScenarioRefused: with file, line, reason and nearest known word; nothing of the file is used then.
    """
    return scenario_of(read_document(file, text), reference)


def scenario_of(document: Table, reference: Reference) -> Scenario:
    """The scenario of a document that is read already."""
    for key, _ in document:
        if key.text not in KEYS:
            raise key.refused(f"{key.text!r} is no key of a scenario", nearest_word(key.text, KEYS))
    clock = _clock(document)
    agencies, answers = declared_agencies(document.get("agencies"), reference, clock)
    messages = _rows(document, "messages")
    starts = _starts(messages, clock)
    writing = Writing(clock=clock, near=starts, agencies=agencies, labels={}, mentioned={})
    children = _children(document, starts, writing)
    labels = labels_of(messages)
    steps = tuple(sorted(steps_of(messages, children, replace(writing, labels=labels.ids), labels), key=_at))
    reading = _Reading(document=document, clock=clock, agencies=agencies, children=children, labels=labels, steps=steps)
    others = _word(document, "others", "connected").lower().replace("_", " ")
    if others not in ("connected", "not connected"):
        raise _part(document, "others").refused(f"{others!r}: write connected or not connected")
    expectations = tuple(sorted(reading.expectations(), key=_at))
    for expectation in expectations:
        for check in expectation.checks:
            if check.retold is not None:
                scenario_of(check.retold(document), reference)  # another telling is refused by its words as well
    return Scenario(
        file=document.file,
        title=_word(document, "scenario", document.file),
        about=" ".join(_word(document, "about", "").split()),
        clock=clock,
        filing=_filing(document),
        agencies=agencies,
        directory=agencies.directory(others_are_connected=others == "connected"),
        children=children,
        steps=steps,
        expectations=expectations,
        document=document,
        settings=Settings(answers={"": _answers(document), **answers}, repeats=_repeats(document)),
    )


@dataclass(frozen=True, kw_only=True)
class _Reading:
    document: Table
    clock: Clock
    agencies: Agencies
    children: Mapping[str, ScenarioChild]
    labels: Labels
    steps: tuple[Step, ...]
    _found: list[Expectation] = field(default_factory=list)

    def expectations(self) -> Iterator[Expectation]:
        """What must hold; an expectation without a time holds at the end of what is said."""
        near = self.steps[0].at
        for part in _rows(self.document, "expect"):
            if not isinstance(part, Table):
                raise part.refused("an expectation is a table: at, register, told, due")
            at = part.get("at")
            if at is not None and not isinstance(at, Word):
                raise at.refused("`at` is one time")
            near = self.clock.moment(at, near) if at is not None else max(near, self.steps[-1].at)
            reader = Reader(clock=self.clock, agencies=self.agencies, near=near)
            yield expectation_of(part, near, reader, tuple(self.children), self.labels)


def _at(one: Step | Expectation) -> datetime:
    return one.at


def _clock(document: Table) -> Clock:
    year, place = _word(document, "year", str(_DEFAULT_YEAR)), _word(document, "place", _DEFAULT_PLACE)
    meant = whole_number(year, 1990, 2090)  # years that a scenario may play in
    if meant is None:
        raise _part(document, "year").refused(f"{year!r} is no year from 1990 to 2090")
    try:
        zone = ZoneInfo(place)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _part(document, "place").refused(f"{place!r} is no time zone; write Europe/London") from None
    return Clock(zone=zone, year=meant)


def _starts(messages: tuple[Part, ...], clock: Clock) -> datetime:
    """When the first message of the file is sent."""
    first = messages[0]
    at = first.get("at") if isinstance(first, Table) else None
    if not isinstance(at, Word):
        raise first.refused("the first message needs `at:` with its day, like Fri 27 Mar 23:10")
    return clock.moment(at, None)


def _children(document: Table, starts: datetime, writing: Writing) -> dict[str, ScenarioChild]:
    part = _part(document, "children")
    if not isinstance(part, Table):
        raise part.refused("`children` is a table: a name for each, and what is known of it")
    found = {name.text: child_of(name, known, number, starts, writing) for number, (name, known) in enumerate(part)}
    if not found:
        raise part.refused("a scenario needs a child")
    return found


def _filing(document: Table) -> Filing:
    text = _word(document, "identity", "as told").lower().replace("_", " ")
    known = {"as told": Filing.AS_TOLD, "matched": Filing.MATCHED}
    if text not in known:
        raise _part(document, "identity").refused(f"{text!r}: write as told or matched", nearest_word(text, known))
    return known[text]


def _answers(document: Table) -> int | None:
    part = document.get("answers")
    return 0 if part is None else answer_minutes(part)


def _repeats(document: Table) -> tuple[int, int] | None:
    part = document.get("repeats")
    if part is None:
        return None
    written = _REPEATS.fullmatch(part.text.strip()) if isinstance(part, Word) else None
    if written is None:
        raise part.refused("write the local rule of repeats as: 3 in 30 days")
    count, days = whole_number(written[1], *REPEATS), whole_number(written[2], *REPEAT_DAYS)
    if count is None or days is None:
        counts, lengths = (" to ".join(map(str, bounds)) for bounds in (REPEATS, REPEAT_DAYS))
        raise part.refused(f"repeats are {counts} absences in {lengths} days: 3 in 30 days")
    return count, days


def _rows(document: Table, key: str) -> tuple[Part, ...]:
    part = document.get(key)
    if part is None and key == "expect":
        return ()
    if not isinstance(part, Row) or not part.items:
        raise (part or document).refused(f"`{key}` is a list, and a scenario needs one: each begins with a dash")
    return part.items


def _part(document: Table, key: str) -> Part:
    part = document.get(key)
    if part is None:
        raise document.refused(f"the file has no `{key}`: {KEYS[key]}")
    return part


def _word(document: Table, key: str, default: str) -> str:
    part = document.get(key)
    if part is None:
        return default
    if not isinstance(part, Word):
        raise part.refused(f"`{key}` is one text: {KEYS[key]}")
    return part.text
