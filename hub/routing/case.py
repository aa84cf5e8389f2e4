"""One episode as the rules look at it: the fold's facts, the view of its fields, and the order of its events.

A value that conditions, recipients and wording all take, so that each question is answered once. It decides nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from hub.entry.protection import CONFIDENTIALITY
from hub.entry.view import EpisodeView
from hub.episode.model import ChildState, Episode, Report
from hub.event import Event
from hub.ids import AgencyId, EventId
from hub.turns import is_turn, place
from schemas.records import Acknowledged, ClaimAssigned, DeadlineRaised, Disclosure, MayBeTold, Told

_OF_ALL: Final = "of_all"
_NO_CAUSE: Final = (Told, Acknowledged, DeadlineRaised)


@dataclass(frozen=True, kw_only=True)
class Case:
    """An episode with everything a rule may ask about it; what several of them ask is answered once.

    `by_id` are all events of the child, as sent; `as_of` is the latest accepted time among them (aware UTC), the
    nearest thing to a present that a pure function has.
    """

    state: ChildState
    episode: Episode
    view: EpisodeView
    by_id: Mapping[EventId, Event]
    as_of: datetime

    def order(self, event: EventId | None) -> int:
        """The place of an event in the total order; before all others for one that is not here."""
        found = self.by_id.get(event) if event else None
        return found.order if found else -1

    @cached_property
    def cause(self) -> Event:
        """What is owed now is owed since this: the latest message or decision about the child.

        Not the record that made somebody look: the shell asks as of each event in turn, so the same facts have the
        same cause whenever, and however often, they are looked at. What merely says who was told or who has read it is
        no cause; nor is what the clock raised of a duty, of which the notices say so themselves (`hub.routing.raised`).
        That a time has come at which others have to be told is one. The assignment of a claim, which has the order of
        its message, is one only without it.
        """
        return cause_in(self.by_id.values())

    @cached_property
    def reports(self) -> tuple[Report, ...]:
        """The reports of the absence that their senders have not withdrawn."""
        return tuple(report for report in self.episode.reports if not report.is_cancelled)

    @cached_property
    def reporters(self) -> frozenset[AgencyId]:
        """Every agency that reported the absence, those that withdrew their report included."""
        return frozenset(report.agency for report in self.episode.reports)

    def may_be_told(self, *agencies: AgencyId) -> MayBeTold:
        """The narrowest of what reports of these say their reporter may be told; in full where they do not say.

        A report that was withdrawn since binds as well: who told its sender has not changed by that.
        """
        said = {report.may_be_told for report in self.episode.reports if report.agency in agencies}
        return next((word for word in (MayBeTold.NOTHING, MayBeTold.SAFE_ONLY) if word in said), MayBeTold.FULL)

    def is_kept(self, field: str) -> bool:
        """Whether a field is known only as protected: then nobody may be reached by way of it."""
        known = self.view.known(field)
        return known is not None and CONFIDENTIALITY[known.disclosure] >= CONFIDENTIALITY[Disclosure.PROTECTED]


def cause_in(events: Iterable[Event]) -> Event:
    """The latest of these that may be the cause of a notice."""
    told = [event for event in events if is_turn(event) or not isinstance(event.body, _NO_CAUSE)]
    return max(told, key=lambda event: (place(event), not isinstance(event.body, ClaimAssigned), event.id))


def case_of(state: ChildState, episode: Episode, view: EpisodeView) -> Case:
    """The case of one episode of a child."""
    of_all = state.worked_out.get(_OF_ALL)
    if not isinstance(of_all, _OfAll):
        by_id = {event.id: event for event in state.events}
        as_of = max((event.accepted_at for event in state.events), default=None)
        of_all = state.worked_out[_OF_ALL] = _OfAll(by_id, as_of)
    as_of = episode.changed_at if of_all.as_of is None else of_all.as_of
    return Case(state=state, episode=episode, view=view, by_id=of_all.by_id, as_of=as_of)


@dataclass(frozen=True, slots=True)
class _OfAll:
    """What the cases of all episodes of a state share."""

    by_id: Mapping[EventId, Event]
    as_of: datetime | None
