"""Reads the single values of expectations, and says values back in the words of the file.

A reader knows the place (for local times), who is who, and the moment that the expectation is about, from which a
time without its day is taken.
"""

# ruff: noqa: EM102, TRY003 - the reason of a refusal is said where the fault is found

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from hub.delivery import acted_for, acting_desk
from hub.entry.statements import text
from hub.ids import AgencyId
from hub.routing.vocabulary import DUTY_DESK
from hub.scenario.agencies import Agencies
from hub.scenario.document import Part, Row, Table, Word, whole_number
from hub.scenario.field_names import Fields, notice_parts, plain_name
from hub.scenario.known_words import desks
from hub.scenario.moments import Clock, Side
from hub.scenario.refusal import nearest_word
from schemas.records import Disclosure

_DURATION: Final = re.compile(
    r"^\s*(?:([0-9]{1,6})\s*d(?:ays?)?)?\s*(?:([0-9]{1,6})\s*h(?:ours?)?)?\s*(?:([0-9]{1,6})\s*m(?:in|inutes?)?)?\s*$"
)
_MOST: Final = 999_999_999
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
        name = self.desk(word, desk) if desk.strip() else None
        if found:
            other = self.agencies.of(Word(word.file, word.line, whose.strip()))
            name = acting_desk(name or DUTY_DESK, other)
        return self.agencies.of(Word(word.file, word.line, acting.strip())), name

    def desk(self, word: Word, text: str) -> str:
        """A desk that the hub writes to; `word` is where it stands."""
        name = text.strip().replace(" ", "_")
        if name in desks():
            return name
        raise word.refused(f"the hub writes to no desk {text.strip()!r}", nearest_word(name, desks()))

    def field(self, word: Word, fields: Fields) -> str:
        """The name of one field."""
        if plain_name(word.text) in fields:
            return word.text
        raise word.refused(f"no field is called {word.text!r}", nearest_word(word.text, fields))

    def fields(self, part: Part, fields: Fields) -> tuple[str, ...]:
        """The names of fields."""
        return tuple(self.field(word, fields) for word in self.several(part))

    def parts(self, part: Part) -> tuple[str, ...]:
        """The names of fields of notices, or of what several of them are part of (`person.home`)."""
        words = self.several(part)
        for word in words:
            if plain_name(word.text) not in notice_parts():
                raise word.refused(f"no field is called {word.text!r}", nearest_word(word.text, notice_parts()))
        return tuple(word.text for word in words)

    def number(self, part: Part) -> int:
        """A whole number."""
        word = self.word(part, "a number")
        if (number := whole_number(word.text, 0, _MOST)) is not None:
            return number
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
            return set() if kind == "agencies" or isinstance(kind, tuple) else None
        match kind:
            case "time":
                return self.moment(self.word(part, "a time"))
            case "agency":
                return self.agency(self.word(part, "an agency"))
            case "agencies":
                return {self.agency(word) for word in self.several(part)}
            case (type() as words,) if issubclass(words, StrEnum):
                return {str(self.of_words(word, words)) for word in self.several(part)}
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

    def field_text(self, name: Word, word: Word, fields: Fields) -> str | None:
        """What a field holds as text, from what is written of it: times in UTC, agencies by id; None for nothing."""
        kinds = fields[plain_name(self.field(name, fields))]
        types, words = {kind.type for kind in kinds}, [kind.words for kind in kinds]
        vocabulary = {each for some in words for each in some or ()} if all(words) else None
        if word.is_nothing and not (vocabulary and word.text in vocabulary):
            return None
        if vocabulary is not None:
            for each in word.text.split("; "):
                self.known(Word(word.file, word.line, each), vocabulary, f"word of {name.text}")
            return word.text
        if any(kind.doc.startswith(("Agency id", "GSS code")) for kind in kinds):
            return self.agencies.known(word.text) or word.text
        plain: dict[str, Callable[[Word], object]] = {
            "timestamp-millis": self.moment, "date": self.clock.day, "boolean": self.answer,
        }  # fmt: skip
        return text(plain[types.pop()](word)) if types <= plain.keys() and len(types) == 1 else word.text

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
            case (datetime() as began, ended):
                return f"{self.words(began)} to {'now' if ended is None else self.words(ended)}"
            case set() | frozenset():
                in_order = sorted(value, key=lambda one: one[:1] if isinstance(one, tuple) else self.words(one))
                return ", ".join(map(self.words, in_order)) or "none"
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


def numbered(number: int, thing: str) -> str:
    """So many of a thing: `1 check`, `3 checks`."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence."""
    return ", ".join(words) or "nobody"
