"""What one seat should know of an episode now: the fields its rows open, and the followed aspects among them.

An aspect is a projection of the very fields that the seat may see, so a change it may not see is no change to it: no
notice, no silence and no number of ours tells that there was something to hide. It is not compared with anything
here; `hub.routing.differences` does that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final

from hub.routing.case import Case
from hub.routing.conditions import holds, repeats
from hub.routing.disclosure import Redaction, narrowest
from hub.routing.entitlement import Entitled
from hub.routing.knowledge import STATUS, digest, digests, token
from hub.routing.rows import Rules
from schemas.records import AgencyKind, DisclosedField, Disclosure, Urgency

_REPEATS: Final = "episode.repeats"

_Reader = tuple[str, str, frozenset[Disclosure]]
"""A role, a purpose, and the classes that a row asks for."""


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """The value of a followed aspect as somebody may see it: its fields, and a stand-in for their values."""

    token: str
    fields: tuple[DisclosedField, ...]
    urgency: Urgency

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """Stand-ins for the values of its fields one by one."""
        return tuple(digest(field.name, field.value) for field in self.fields)


@dataclass(frozen=True, kw_only=True)
class Level:
    """The fields that somebody may see, sorted by name, and the aspects it follows, by id."""

    fields: tuple[DisclosedField, ...]
    aspects: Mapping[str, Aspect]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of its fields."""
        return frozenset(field.name for field in self.fields)

    @cached_property
    def points(self) -> tuple[str, ...]:
        """What somebody knows who was told all of it, as points of `Told`: of each aspect, then of its fields."""
        return (
            *(f"a={name}:{aspect.token}" for name, aspect in self.aspects.items()),
            *(
                point
                for name, aspect in self.aspects.items()
                if name != STATUS
                for point in digests(name, aspect.digests)
            ),
        )


class Levels:
    """The levels of the seats of one episode; what several seats share is worked out once."""

    def __init__(self, case: Case, rules: Rules) -> None:
        self._rules = rules
        self._redaction = Redaction(case.view, rules, _counted(case, rules))
        self._levels: dict[tuple[_Reader, ...], Level] = {}
        self._aspects: dict[tuple[str, tuple[int, ...]], Aspect] = {}
        """Of the very fields whose places in memory these are, and which an aspect keeps."""

    def of(self, rows: Iterable[Entitled]) -> Level:
        """What these rows open to whoever holds them all."""
        readers = tuple(dict.fromkeys((one.row.role, one.row.purpose, one.row.classes) for one in rows))
        if readers not in self._levels:
            self._levels[readers] = self._level(readers)
        return self._levels[readers]

    def _level(self, readers: tuple[_Reader, ...]) -> Level:
        opened = {id(fields): fields for fields in (self._redaction.fields(*reader) for reader in readers)}
        fields = next(iter(opened.values())) if len(opened) == 1 else narrowest(chain.from_iterable(opened.values()))
        roles = frozenset(role for role, _, _ in readers)
        followed: dict[str, list[DisclosedField]] = {}
        urgencies: dict[str, Urgency] = {}
        for field in fields:
            for follow in self._rules.following(field.name):
                if follow.to is None or not follow.to.isdisjoint(roles):
                    followed.setdefault(follow.id, []).append(field)
                    urgencies[follow.id] = follow.urgency
        return Level(
            fields=fields,
            aspects={name: self._aspect(name, tuple(some), urgencies[name]) for name, some in followed.items()},
        )

    def _aspect(self, name: str, fields: tuple[DisclosedField, ...], urgency: Urgency) -> Aspect:
        """An aspect of these fields; most of them are shown to several readers, who share it."""
        key = (name, tuple(map(id, fields)))
        if key not in self._aspects:
            said = token((field.name, field.value) for field in fields)
            self._aspects[key] = Aspect(token=said, fields=fields, urgency=urgency)
        return self._aspects[key]


def _counted(case: Case, rules: Rules) -> tuple[DisclosedField, ...]:
    """How often the child was missing of late, where that is often enough to be said."""
    if not holds("missing_repeatedly", case, rules):
        return ()
    said = f"{repeats(case, rules)} in {rules.repeat.within.days} days"
    return (DisclosedField(name=_REPEATS, disclosure=Disclosure.SAFEGUARDING, value=said, source_kind=AgencyKind.HUB),)
