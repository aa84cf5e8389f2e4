"""What one seat should know of an episode now: the fields its rows open, and the followed aspects among them.

An aspect is a projection of the very fields that the seat may see, so a change it may not see is no change to it: no
notice, no silence and no number of ours tells that there was something to hide. It is not compared with anything
here; `hub.routing.differences` does that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from hub.ids import AgencyId
from hub.routing.case import Case
from hub.routing.conditions import holds, repeats
from hub.routing.disclosure import Redaction, narrowest
from hub.routing.entitlement import Entitled
from hub.routing.knowledge import token
from hub.routing.rows import Rules
from schemas.records import AgencyKind, ClaimedStatus, DisclosedField, Disclosure, EpisodeStatus, Urgency

_REPEATS: Final = "episode.repeats"

_Reader = tuple[str, str, frozenset[Disclosure]]
"""A role, a purpose, and the classes that a row asks for."""

_STATUS: Final = "episode.status"
_POSITION: Final = "episode.police_position"
_SAID_AS: Final = {
    ClaimedStatus.MISSING: {EpisodeStatus.MISSING},
    ClaimedStatus.AWAY: {EpisodeStatus.AWAY},
    ClaimedStatus.LOCATED: {EpisodeStatus.LOCATED_NOT_RETURNED},
    ClaimedStatus.RETURNED: {
        EpisodeStatus.RETURNED,
        EpisodeStatus.RETURN_REPORTED,
        EpisodeStatus.SETTLED_ELSEWHERE,
    },
    ClaimedStatus.NOT_MISSING: {EpisodeStatus.NOT_MISSING, EpisodeStatus.CANCELLED},
}
"""The status of an episode that an agency knows by having claimed this itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """The value of a followed aspect as somebody may see it: its fields, and a stand-in for their values."""

    token: str
    fields: tuple[DisclosedField, ...]
    urgency: Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The fields that somebody may see, sorted by name, and the aspects it follows, by id."""

    fields: tuple[DisclosedField, ...]
    aspects: Mapping[str, Aspect]


class Levels:
    """The levels of the seats of one episode; what several seats share is worked out once."""

    def __init__(self, case: Case, rules: Rules) -> None:
        self._case = case
        self._rules = rules
        self._redaction = Redaction(case.view, rules, _counted(case, rules))
        self._levels: dict[tuple[_Reader, ...], Level] = {}
        self._said = frozenset((claim.sender, claim.field, claim.value) for claim in case.view.claims)

    def of(self, rows: Iterable[Entitled]) -> Level:
        """What these rows open to whoever holds them all."""
        readers = tuple(dict.fromkeys((one.row.role, one.row.purpose, one.row.classes) for one in rows))
        if readers not in self._levels:
            self._levels[readers] = self._level(readers)
        return self._levels[readers]

    def is_known_to(self, agency: AgencyId, aspect: Aspect) -> bool:
        """Whether an agency knows all of an aspect because it said so itself, or reported what it follows from."""
        return all(self._is_known_to(agency, field) for field in aspect.fields)

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

    def _is_known_to(self, agency: AgencyId, field: DisclosedField) -> bool:
        """Whether an agency knows a value because it said so itself, or because it is nothing new to a reporter."""
        if field.name == _STATUS:
            return self._claims_status(agency, field.value)
        if field.name == _POSITION:
            is_police = agency in self._case.episode.forces.involved
            return is_police or (field.value == "unconfirmed" and agency in self._case.reporters)
        return (agency, field.name, field.value) in self._said

    def _claims_status(self, agency: AgencyId, status: str) -> bool:
        death, cancelled = self._case.episode.death, self._case.episode.cancelled
        if status == EpisodeStatus.STOOD_DOWN:
            return death is not None and death.agency == agency
        if status == EpisodeStatus.CANCELLED and cancelled is not None and cancelled.agency == agency:
            return True
        has_claimed_the_end = self._case.episode.is_detained and status == EpisodeStatus.LOCATED_NOT_RETURNED
        return any(
            status in _SAID_AS.get(claim.status, ()) or (has_claimed_the_end and claim.status is ClaimedStatus.RETURNED)
            for claim in self._case.episode.status_claims
            if claim.agency == agency
        )


def _counted(case: Case, rules: Rules) -> tuple[DisclosedField, ...]:
    """How often the child was missing of late, where that is often enough to be said."""
    if not holds("missing_repeatedly", case, rules):
        return ()
    said = f"{repeats(case, rules)} in {rules.repeat.within.days} days"
    return (DisclosedField(name=_REPEATS, disclosure=Disclosure.SAFEGUARDING, value=said, source_kind=AgencyKind.HUB),)
