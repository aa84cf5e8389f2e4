"""What an agency knows of an episode because it said so itself: nobody is told back what it has said.

Its own word counts from the last notice that told its desk of the same aspect. What it said before that notice it has
been told otherwise since, or that it stands no more, and hears when it becomes true again. Where somebody else changed
what it said after that notice, it hears that as well, although the value may be the very one that it was told by then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from hub.entry.statements import Statement
from hub.episode.facts import StatusClaim
from hub.episode.field_paths import is_among
from hub.ids import AgencyId, EventId
from hub.routing.case import Case
from hub.routing.knowledge import Knowledge
from hub.routing.level import Aspect
from schemas.records import ClaimedStatus, CorrectionMade, DisclosedField, EpisodeStatus, FieldChange

_STATUS: Final = "episode.status"
_POSITION: Final = "episode.police_position"
SAID_AS: Final = {
    ClaimedStatus.MISSING: frozenset({EpisodeStatus.MISSING}),
    ClaimedStatus.AWAY: frozenset({EpisodeStatus.AWAY}),
    ClaimedStatus.LOCATED: frozenset({EpisodeStatus.LOCATED_NOT_RETURNED}),
    ClaimedStatus.RETURNED: frozenset(
        {
            EpisodeStatus.RETURNED,
            EpisodeStatus.RETURN_REPORTED,
            EpisodeStatus.SETTLED_ELSEWHERE,
            EpisodeStatus.CLOSED,
        }
    ),
    ClaimedStatus.NOT_MISSING: frozenset({EpisodeStatus.NOT_MISSING, EpisodeStatus.CANCELLED}),
}
"""The statuses of an episode that an agency knows by having claimed this itself."""

_DECIDED: Final = frozenset({EpisodeStatus.STOOD_DOWN, EpisodeStatus.CANCELLED})
"""Statuses that rest on one decision and on nobody's claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """An agency's own words on one field, by their places in the total order: the present value, and other values."""

    same: frozenset[int]
    other: frozenset[int]


class Said:
    """What every agency said itself of one episode."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._known: dict[tuple[AgencyId, str, str], _Words] = {}

    def is_known(self, agency: AgencyId, name: str, aspect: Aspect, knows: Knowledge) -> bool:
        """Whether an agency knows an aspect as it stands: by what its desk was told, and by what it said itself since.

        `name` is the aspect's; `knows` is what the desk was told. Where an older row of `Told` does not say which
        values it told, whatever the agency ever said counts, so that an upgrade tells nobody back its own words.
        """
        since = knows.since.get(name, -1)
        if agency in self._speakers and any(self._is_overtaken(agency, field, since) for field in aspect.fields):
            return False
        values = knows.values.get(name, frozenset())
        was_taken_back = knows.aspects.get(name) == ""  # told that it stands no more, by words of its own as little
        return aspect.token == knows.aspects.get(name, "") or all(
            digest in values
            or self._has_said(
                agency,
                field,
                since if values or was_taken_back or field.name == _STATUS else -1,
                was_told=bool(knows.aspects.get(name)),
            )
            for field, digest in zip(aspect.fields, aspect.digests, strict=True)
        )

    def _is_overtaken(self, agency: AgencyId, field: DisclosedField, since: int) -> bool:
        """Whether a field has its value by what came after the agency had said another one, and it was not told."""
        if field.name == _STATUS and field.value in _DECIDED:
            return False
        words = self._words(agency, field)
        last = max((place for place in words.other if place > since), default=None) if words.other else None
        return last is not None and max(words.same, default=-1) < last < self._stands_on(field)

    def _has_said(self, agency: AgencyId, field: DisclosedField, since: int, *, was_told: bool) -> bool:
        if field.name == _POSITION:
            is_police = agency in self._case.episode.forces.involved
            return is_police or (field.value == "unconfirmed" and not was_told and agency in self._case.reporters)
        death, cancelled = self._case.episode.death, self._case.episode.cancelled
        if field.name == _STATUS and field.value == EpisodeStatus.STOOD_DOWN:
            return death is not None and death.agency == agency
        if field.name == _STATUS and field.value == EpisodeStatus.CANCELLED and cancelled is not None:
            return cancelled.agency == agency
        return any(place > since for place in self._words(agency, field).same)

    def _words(self, agency: AgencyId, field: DisclosedField) -> _Words:
        known = self._known.get((agency, field.name, field.value))
        if known is None:
            words = list(self._claimed(agency, field.value) if field.name == _STATUS else self._stated(agency, field))
            known = self._known[agency, field.name, field.value] = _Words(
                same=frozenset(place for place, is_same in words if is_same),
                other=frozenset(place for place, is_same in words if not is_same),
            )
        return known

    def _claimed(self, agency: AgencyId, status: str) -> Iterator[tuple[int, bool]]:
        for claim in self.claims(agency):
            yield self._case.order(claim.event), status in self.meant(claim)

    def claims(self, agency: AgencyId) -> Iterator[StatusClaim]:
        """The claims of a status that an agency has made, and not withdrawn."""
        return (one for one in self._case.episode.status_claims if one.agency == agency and one.status in SAID_AS)

    def meant(self, claim: StatusClaim) -> frozenset[EpisodeStatus]:
        """The statuses that an agency knows of by a claim of its own; that a child is in hospital says: located."""
        episode = self._case.episode
        back = next((one for one in episode.returns if one.event == claim.event), None)
        if back is None or episode.brings_back(back):
            return SAID_AS[claim.status]
        return SAID_AS[ClaimedStatus.LOCATED] | (frozenset() if back.counts else {EpisodeStatus.RETURN_REPORTED})

    def _stated(self, agency: AgencyId, field: DisclosedField) -> Iterator[tuple[int, bool]]:
        for statement in self._statements.get((agency, field.name), ()):
            yield self._place(statement.event, field.name, statement.order), statement.value == field.value

    def _stands_on(self, field: DisclosedField) -> int:
        """The place of the latest event by which a field has its value, or is claimed to; -1 where none is known."""
        places = [
            self._place(known.event, field.name, self._case.order(known.event))
            for known in self._case.view.golden
            if known.event is not None and known.name == field.name and known.value == field.value
        ]
        if field.name == _STATUS:
            places.append(self.stands_on_status(field.value))
        return max(places, default=-1)

    def stands_on_status(self, status: str) -> int:
        """The place of the event that the status stands on, or of the latest claim of the same that counts."""
        claims = (one for one in self._case.episode.status_claims if one.is_competent and one.status in SAID_AS)
        places = (self._case.order(one.event) for one in claims if status in self.meant(one))
        return max((self._case.order(self._case.episode.status_event), *places))

    def _place(self, event: EventId, name: str, order: int) -> int:
        """When something was said of a field: with its message, or with the last correction of that very field."""
        return max([order, *(at for at, changes in self._corrections.get(event, ()) if is_among(name, changes))])

    @cached_property
    def _speakers(self) -> frozenset[AgencyId]:
        """Whoever has said anything of the episode itself."""
        claimed = (claim.agency for claim in self._case.episode.status_claims)
        return frozenset((*claimed, *(statement.sender for statement in self._case.view.claims)))

    @cached_property
    def _statements(self) -> dict[tuple[AgencyId, str], list[Statement]]:
        found: dict[tuple[AgencyId, str], list[Statement]] = {}
        for statement in self._case.view.claims:
            found.setdefault((statement.sender, statement.field), []).append(statement)
        return found

    @cached_property
    def _corrections(self) -> dict[EventId, list[tuple[int, tuple[FieldChange, ...]]]]:
        found: dict[EventId, list[tuple[int, tuple[FieldChange, ...]]]] = {}
        for event, body in self._case.episode.of(CorrectionMade):
            found.setdefault(EventId(body.corrects), []).append((event.order, body.changes))
        return found
