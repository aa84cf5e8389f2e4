"""Finds the absence that each event bears on.

What makes an absence belongs to the one it makes. Anything else goes by the earlier message it names, then by a
reference to the absence (the sender's own, the hub's id, another agency's that it quotes), then by its time, as its
row in `contributions` says. An interview bears on every absence it covers. What bears on no absence (yet) is kept
apart: a risk assessment may overtake its report, and finds its place when that arrives.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from hub.episode.absence import Absence, Timeline, opening
from hub.episode.contributions import CONTRIBUTIONS, Contribution, Placing
from hub.episode.corrections import Revised
from hub.episode.times import happened_at
from hub.event import Event
from hub.ids import EventId, episode_id
from schemas.records import AgencyMessage, ReferenceKind

AFTERMATH: Final = timedelta(days=7)
"""How long after an absence a message still bears on it for its time alone (c)."""
AFTERMATH_OF_CHILD: Final = timedelta(days=1)
"""The same for what speaks of the child rather than of the absence (c)."""
FOREWARNING: Final = timedelta(days=1)
"""How long before an absence a message may lie and still bear on it, where nothing else tells (c)."""
FOREWARNING_OF_MOVE: Final = timedelta(days=14)
"""The same for a move: the host may be told of an emergency within five working days, over Christmas twelve (c)."""

_OF_CHILD: Final = frozenset({Placing.CHILD, Placing.MOVE})
_NOWHERE: Final = Contribution(placing=Placing.NOWHERE, counts=False)


def forewarning(placing: Placing) -> timedelta:
    """How long before an absence a message of this placing may lie and still bear on it."""
    return FOREWARNING_OF_MOVE if placing is Placing.MOVE else FOREWARNING


class Bearing:
    """Answers, for each event of a child, on which of its absences it bears (by their place in time order)."""

    def __init__(self, found: Sequence[Absence], revised: Revised) -> None:
        self._found = found
        self._aims = revised.aims
        self._events: Mapping[EventId, Event] = {event.id: event for event in revised.events}
        self._timeline = Timeline(found)
        self._places: dict[EventId, tuple[int, ...]] = {}
        self._by_reference: dict[tuple[str, str], int | None] = {}
        self._by_id: dict[str, int] = {}
        for place, absence in enumerate(found):
            for mark in absence.marks:
                self._places[mark.event.id] = (place,)
                reference = getattr(mark.event.body, "episode_ref", None)
                if reference is not None:
                    key = (mark.event.sender, reference)
                    known = self._by_reference.setdefault(key, place)
                    if known != place:
                        self._by_reference[key] = None  # one number for two absences tells nothing

    def of(self, event: Event) -> tuple[int, ...]:
        """The places of the absences it bears on; empty where there is none."""
        return self._of(event, frozenset())

    def _of(self, event: Event, within: frozenset[EventId]) -> tuple[int, ...]:
        found = self._places.get(event.id)
        if found is None:
            found = self._places[event.id] = self._search(event, within | {event.id})
        return found

    def _search(self, event: Event, within: frozenset[EventId]) -> tuple[int, ...]:
        body = event.body
        row = CONTRIBUTIONS.get(body.SCHEMA_NAME, _NOWHERE)
        if row.placing is Placing.NOWHERE or not self._found:
            return ()
        if row.placing is Placing.NAMED:
            return self._named((getattr(body, "episode_id", ""),), event)
        linked = None
        if row.link is not None:
            linked = self._events.get(self._aims.get(event.id) or EventId(getattr(body, row.link) or ""))
        if linked is not None and linked.id not in within:
            return self._of(linked, within)
        covered = getattr(body, "covers_episodes", ())
        if covered and (places := self._named(covered, event)):
            return places
        if isinstance(body, AgencyMessage) and (places := self._referred(event, body)):
            return places
        return self._by_time(row.placing, happened_at(event))

    def _referred(self, event: Event, body: AgencyMessage) -> tuple[int, ...]:
        if body.episode_ref is not None and (places := self._named((body.episode_ref,), event)):
            return places
        for reference in body.external_refs:
            if reference.kind is ReferenceKind.EPISODE:
                place = self._by_reference.get((reference.agency or "", reference.value))
                if place is not None:
                    return (place,)
                if places := self._named((reference.value,), event):
                    return places
        return ()

    def _named(self, names: Sequence[str], event: Event) -> tuple[int, ...]:
        """Absences by the sender's own references or by the hub's ids."""
        places = set()
        for name in names:
            place = self._by_reference.get((event.sender, name))
            if place is None:
                place = self._ids().get(name)
            if place is not None:
                places.add(place)
        return tuple(sorted(places))

    def _ids(self) -> Mapping[str, int]:
        """Every id that an absence has or may have had."""
        if not self._by_id:
            for place, absence in enumerate(self._found):
                for event in opening(absence):
                    self._by_id.setdefault(episode_id(event.id, event.sender), place)
        return self._by_id

    def _by_time(self, placing: Placing, when: datetime) -> tuple[int, ...]:
        place = self._timeline.last_begun(when)
        if place is None:
            return ()
        if placing is Placing.SEEN:
            while place > 0 and not self._could_be_seen(self._found[place], when):
                place -= 1
            return (place,)
        absence = self._found[place]
        began, over = absence.began_at, absence.closed_at
        if began is not None and when < began:
            return (place,) if began - when <= forewarning(placing) else ()
        if over is None or when - over <= (AFTERMATH_OF_CHILD if placing in _OF_CHILD else AFTERMATH):
            return (place,)
        following = place + 1
        if following < len(self._found):
            begun = self._found[following].began_at
            if begun is not None and begun - when <= forewarning(placing) and placing is not Placing.CHILD:
                return (following,)
        return ()

    @staticmethod
    def _could_be_seen(absence: Absence, when: datetime) -> bool:
        """True if the child had been found, or was back, by then."""
        over = absence.closed_at
        return (over is not None and over <= when) or absence.is_located_by(when)
