"""Reads the single values of expectations, and says values back in the words of the file.

A reader knows the place (for local times), who is who, and the moment that the expectation is about, from which a
time without its day is taken.
"""

# ruff: noqa: EM102, TRY003 - the reason of a refusal is said where the fault is found

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from hub.delivery import acted_for, acting_desk
from hub.entry.statements import text
from hub.ids import AgencyId
from hub.routing.vocabulary import DUTY_DESK
from hub.scenario.agencies import Agencies
from hub.scenario.document import Part, Row, Table, Word
from hub.scenario.moments import Clock, Side
from hub.scenario.refusal import nearest_word
from schemas.catalogue import LeafField, leaves
from schemas.records import Disclosure
from schemas.sources import sources

_DURATION: Final = re.compile(
    r"^\s*(?:(\d+)\s*d(?:ays?)?)?\s*(?:(\d+)\s*h(?:ours?)?)?\s*(?:(\d+)\s*m(?:in|inutes?)?)?\s*$"
)
LETTERS: Final = {
    "R": Disclosure.ROUTING, "I": Disclosure.IDENTITY, "D": Disclosure.DESCRIPTION, "C": Disclosure.CIRCUMSTANCES,
    "S": Disclosure.SAFEGUARDING, "H": Disclosure.HEALTH, "V": Disclosure.INTERVIEW, "P": Disclosure.PROTECTED,
    "X": Disclosure.RESTRICTED,
}  # fmt: skip
"""One letter for each class of disclosure, as the tables of rules write them."""

Seat = tuple[AgencyId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads values near one moment."""

    clock: Clock
    agencies: Agencies
    near: datetime | None

    def table(self, part: Part, what: str) -> Table:
        """A table, or the refusal of something else."""
        if isinstance(part, Table):
            return part
        raise part.refused(f"{what!r} is a table of keys, each with what is expected of it")

    def word(self, part: Part, what: str) -> Word:
        """One word."""
        if isinstance(part, Word):
            return part
        raise part.refused(f"expected {what}, and a table or list stands here")

    def items(self, part: Part) -> tuple[Part, ...]:
        """A list; one thing alone is a list of one, nothing an empty one."""
        if isinstance(part, Row):
            return part.items
        return () if isinstance(part, Word) and part.is_nothing else (part,)

    def several(self, part: Part) -> tuple[Word, ...]:
        """A list of words."""
        return tuple(self.word(item, "one word") for item in self.items(part))

    def moment(self, word: Word) -> datetime:
        """A local time; without its day, the one nearest to the moment of the expectation."""
        return self.clock.moment(word, self.near, Side.NEAREST)

    def agency(self, word: Word) -> AgencyId:
        """An agency."""
        return self.agencies.of(word)

    def seat(self, word: Word) -> tuple[AgencyId, str | None]:
        """An agency, and one desk of it if that is named: `Rochdale/reviewing_team`, `shared EDT for Rochdale`."""
        agency, _, desk = word.text.partition("/")
        acting, found, whose = agency.partition(" for ")
        name = desk.strip().replace(" ", "_") or None
        if found:
            other = self.agencies.of(Word(word.file, word.line, whose.strip()))
            name = acting_desk(name or DUTY_DESK, other)
        return self.agencies.of(Word(word.file, word.line, acting.strip())), name

    def number(self, part: Part) -> int:
        """A whole number."""
        word = self.word(part, "a number")
        if word.text.strip().isdigit():
            return int(word.text)
        raise word.refused(f"{word.text!r} is no whole number")

    def answer(self, part: Part) -> bool:
        """Yes or no."""
        word = self.word(part, "yes or no")
        known = {"yes": True, "true": True, "no": False, "false": False}
        if word.text.lower() in known:
            return known[word.text.lower()]
        raise word.refused(f"{word.text!r}: write yes or no")

    def duration(self, part: Part) -> timedelta:
        """A stretch of time: `40 h 15 min`, `3 days`."""
        word = self.word(part, "a stretch of time")
        found = _DURATION.match(word.text)
        if found is None or not any(found.groups()):
            raise word.refused(f"{word.text!r} is no stretch of time; write 40 h 15 min")
        days, hours, minutes = (int(group or 0) for group in found.groups())
        return timedelta(days=days, hours=hours, minutes=minutes)

    def classes(self, part: Part) -> frozenset[Disclosure]:
        """Classes of disclosure, by their letters (`RIDC`) or their names."""
        if isinstance(part, Word) and part.text and set(part.text) <= LETTERS.keys():
            return frozenset(LETTERS[letter] for letter in part.text)
        return frozenset(Disclosure(self.of_words(word, Disclosure)) for word in self.several(part))

    def of_words(self, word: Word, words: type[StrEnum]) -> StrEnum:
        """One word of a vocabulary."""
        known = {str(member.value): member for member in words}
        plain = word.text.strip().lower().replace(" ", "_")
        if plain in known:
            return known[plain]
        raise word.refused(f"{word.text!r} is none of: {', '.join(known)}", nearest_word(word.text, known))

    def known(self, word: Word, words: Collection[str], what: str) -> str:
        """One word of a list."""
        if word.text in words:
            return word.text
        raise word.refused(f"{word.text!r} is no {what}", nearest_word(word.text, words))

    def value(self, kind: object, part: Part) -> object:  # noqa: PLR0911 - one case a kind
        """What is expected of one word of the register, by its kind."""
        is_word = (
            isinstance(kind, type) and issubclass(kind, StrEnum) and isinstance(part, Word) and part.text in set(kind)
        )
        if isinstance(part, Word) and part.is_nothing and not is_word:
            return set() if kind in ("agencies", "words") else None
        match kind:
            case "time":
                return self.moment(self.word(part, "a time"))
            case "agency":
                return self.agency(self.word(part, "an agency"))
            case "agencies":
                return {self.agency(word) for word in self.several(part)}
            case "words":
                return {word.text for word in self.several(part)}
            case "number":
                return self.number(part)
            case "answer":
                return self.answer(part)
            case "duration":
                return self.duration(part)
            case type() as words if issubclass(words, StrEnum):
                return self.of_words(self.word(part, "one word"), words)
            case _:
                return self.word(part, "one value").text

    def field_text(self, name: Word, word: Word) -> str | None:
        """What a field holds as text, from what is written of it: times in UTC, agencies by id; None for nothing."""
        if word.is_nothing:
            return None
        known = _leaves_by_last_part().get(name.text.rpartition(".")[2], ())
        kinds, docs = {leaf.type for leaf in known}, [leaf.doc for leaf in known]
        if kinds == {"timestamp-millis"} or name.text in ("episode.began_at", "episode.ended_at"):
            return text(self.moment(word))
        if kinds == {"date"}:
            return text(self.clock.day(word))
        if any(doc.startswith(("Agency id", "GSS code")) for doc in docs):
            return self.agencies.known(word.text) or word.text
        return "true" if word.text == "yes" and kinds == {"boolean"} else word.text

    def words(self, value: object) -> str:  # noqa: PLR0911 - one case a type
        """A value as the file would write it."""
        match value:
            case None:
                return "none"
            case True | False:
                return "yes" if value else "no"
            case datetime():
                return self.clock.words(value)
            case date():
                return value.isoformat()
            case timedelta():
                return duration_words(value)
            case set() | frozenset():
                return ", ".join(sorted(self._name(str(one)) for one in value)) or "none"
            case StrEnum():
                return str(value.value)
            case _:
                return self._name(str(value))

    def seat_words(self, agency: str, desk: str | None) -> str:
        """An agency, and its desk where that is not the duty desk."""
        name = self.agencies.name(agency)
        if desk is not None and (acted := acted_for(desk)) is not None:
            own, whose = acted
            return f"{name} for {self.agencies.name(whose)}" + ("" if own == DUTY_DESK else f"/{own}")
        return name if desk in (None, DUTY_DESK) else f"{name}/{desk}"

    def _name(self, value: str) -> str:
        return self.agencies.name(value)


def duration_words(length: timedelta) -> str:
    """A stretch of time as people say it."""
    minutes, days = length.seconds // 60, length.days
    parts = [f"{days} d" if days else "", f"{minutes // 60} h" if minutes >= 60 else "", f"{minutes % 60} min"]  # noqa: PLR2004
    return " ".join(part for part in parts if part and part != "0 min") or "0 min"


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence."""
    return ", ".join(words) or "nobody"


@cache
def _leaves_by_last_part() -> dict[str, tuple[LeafField, ...]]:
    """Every field of a message by the last part of its path."""
    found: dict[str, list[LeafField]] = {}
    for leaf in _all_leaves():
        found.setdefault(leaf.path.rpartition(".")[2], []).append(leaf)
    return {name: tuple(known) for name, known in found.items()}


def _all_leaves() -> Iterator[LeafField]:
    for name, schema in sources().items():
        if schema.get("kind") == "message":
            yield from leaves(name).values()
