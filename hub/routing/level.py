"""What one seat should know of an episode now: the fields its rows open, and the followed aspects among them.

An aspect is a projection of the very fields that the seat may see, so a change it may not see is no change to it: no
notice, no silence and no number of ours tells that there was something to hide. It is not compared with anything
here; `hub.routing.differences` does that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from hub.routing.case import Case
from hub.routing.conditions import holds, repeats
from hub.routing.disclosure import Redaction, narrowest
from hub.routing.entitlement import Entitled
from hub.routing.knowledge import digest, token
from hub.routing.rows import Rules
from schemas.records import AgencyKind, DisclosedField, Disclosure, Urgency

_REPEATS: Final = "episode.repeats"

_Reader = tuple[str, str, frozenset[Disclosure]]
"""A role, a purpose, and the classes that a row asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """The value of a followed aspect as somebody may see it: its fields, and a stand-in for their values."""

    token: str
    fields: tuple[DisclosedField, ...]
    urgency: Urgency

    @property
    def digests(self) -> str:
        """Stand-ins for the values of its fields one by one."""
        return ",".join(digest(field.name, field.value) for field in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The fields that somebody may see, sorted by name, and the aspects it follows, by id."""

    fields: tuple[DisclosedField, ...]
    aspects: Mapping[str, Aspect]


class Levels:
    """The levels of the seats of one episode; what several seats share is worked out once."""

    def __init__(self, case: Case, rules: Rules) -> None:
        self._rules = rules
        self._redaction = Redaction(case.view, rules, _counted(case, rules))
        self._levels: dict[tuple[_Reader, ...], Level] = {}

    def of(self, rows: Iterable[Entitled]) -> Level:
        """What these rows open to whoever holds them all."""
        readers = tuple(dict.fromkeys((one.row.role, one.row.purpose, one.row.classes) for one in rows))
        if readers not in self._levels:
            self._levels[readers] = self._level(readers)
        return self._levels[readers]

    def _level(self, readers: tuple[_Reader, ...]) -> Level:
        opened = [self._redaction.fields(*reader) for reader in readers]
        fields = opened[0] if len(opened) == 1 else narrowest(chain.from_iterable(opened))
        roles = frozenset(role for role, _, _ in readers)
        followed: dict[str, list[DisclosedField]] = {}
        urgencies: dict[str, Urgency] = {}
        for field in fields:
            for follow in self._rules.following(field.name):
                if follow.to is None or follow.to & roles:
                    followed.setdefault(follow.id, []).append(field)
                    urgencies[follow.id] = follow.urgency
        return Level(
            fields=fields,
            aspects={
                name: Aspect(
                    token=token((field.name, field.value) for field in some),
                    fields=tuple(some),
                    urgency=urgencies[name],
                )
                for name, some in followed.items()
            },
        )


def _counted(case: Case, rules: Rules) -> tuple[DisclosedField, ...]:
    """How often the child was missing of late, where that is often enough to be said."""
    if not holds("missing_repeatedly", case, rules):
        return ()
    said = f"{repeats(case, rules)} in {rules.repeat.within.days} days"
    return (DisclosedField(name=_REPEATS, disclosure=Disclosure.SAFEGUARDING, value=said, source_kind=AgencyKind.HUB),)
