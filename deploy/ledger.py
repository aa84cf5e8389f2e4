"""The books of the hub, balanced from headers alone: what was accepted, what became of it, what is missing or double.

Pure: from the ids that stand in the headers of `accepted`, `events`, the inboxes and `quarantine` to one balance.
It never asks a worker and never opens a value. The rules, with accepted reports as A (acknowledgements apart):

1. A = routed + in flight + unroutable. Routed: an event of the same id is on `events`, and the register has worked it
   off, by its group's position at the broker. Unroutable: the hub parked the record (or its event), which shows as the
   id that a parked record of this offset has on `quarantine`. In flight: neither yet.
2. Every report has its receipt in its sender's inbox.
3. Every notice that a `Told` names is in some inbox, else it is lost; and every notice in an inbox is named by a
   `Told`, else it is doubled, or under way.
4. No report has two events with different ids or two receipts, no inbox holds one thing under two ids, nothing stands
   in two inboxes (`doubles.py` has how that is seen). A repeat under the *same* id is what at-least-once delivery
   leaves behind, and every reader drops it: it is counted apart, and is no fault.
5. Of a child reported missing somebody is told something; else the report is untold. That can be right (police report
   a child of whom no other agency is known to have a part), so it is shown, and a fault only where the play is known.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from deploy.book_entry import ACKNOWLEDGED, NOTICE, TOLD, Entry
from deploy.doubles import answered_twice, in_two_inboxes, stated_twice, told_nobody, unnamed
from hub.ids import derived_id

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What the books say. Ids of at most twenty of each kind of fault are kept; the counts are of all."""

    accepted: int
    routed: int
    in_flight: int
    unroutable: int
    acknowledgements: int
    notices: int
    repeats: int
    """Records that repeat an id in the same place; every reader drops them."""
    lost: int
    visible_duplicates: int
    unconfirmed: int
    """Notices in an inbox whose `Told` is still to come."""
    untold: int
    """Reports of a missing child of whom nobody was told."""
    in_flight_ids: tuple[str, ...] = ()
    lost_ids: tuple[str, ...] = ()
    duplicate_ids: tuple[str, ...] = ()
    unconfirmed_ids: tuple[str, ...] = ()
    untold_ids: tuple[str, ...] = ()
    notice_seconds: tuple[float, ...] = field(default=(), repr=False)
    """For each notice, the time from its cause being accepted to its standing in the inbox."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is missing, doubled or still under way."""
        return self.adds_up and self.is_settled and not (self.lost or self.visible_duplicates)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way."""
        return not (self.in_flight or self.unconfirmed)

    @property
    def adds_up(self) -> bool:
        """Rule 1."""
        return self.accepted == self.routed + self.in_flight + self.unroutable

    def as_mapping(self) -> dict[str, Any]:
        """The figures and ids, for `--json`."""
        names = ("accepted", "routed", "in_flight", "unroutable", "acknowledgements", "notices", "repeats", "lost")
        faults = ("visible_duplicates", "unconfirmed", "untold")
        ids = ("in_flight_ids", "lost_ids", "duplicate_ids", "unconfirmed_ids", "untold_ids")
        figures = {name: getattr(self, name) for name in (*names, *faults)}
        return {**figures, **{name: list(getattr(self, name)) for name in ids}, "is_clean": self.is_clean}


def balance(  # noqa: PLR0913 - one argument a topic, and what bounds the judgement
    *,
    accepted: Iterable[Entry],
    events: Iterable[Entry],
    inboxes: Mapping[str, Iterable[Entry]],
    quarantined: Iterable[Entry] = (),
    reviews: Iterable[tuple[str, str]] = (),
    handled: Mapping[int, int] | None = None,
    events_since: Iterable[Entry] = (),
    handled_since: Mapping[int, int] | None = None,
    kept_since: int = 0,
    fresh_since: int | None = None,
    delivered_before: Collection[str] = (),
) -> Balance:
    """Balance the books.

    `inboxes` is by agency; `reviews` are key and id of what waits for a person; `handled` is the register's position
    by partition of `events` (None: it has handled all). `events` were read before the inboxes; `handled_since` is the
    position after those, and `events_since` what came to `events` until then. `kept_since` is the time (ms) before
    which inboxes keep nothing, `fresh_since` that from which a notice may still wait for its `Told`. Where `inboxes`
    do not begin with their first record, `delivered_before` are the ids of what stands in them before: a notice may
    be written just before that place, and the `Told` that names it after.
    """
    reports, acknowledgements = _accepted(accepted)
    log = list(events)
    kept = list(quarantined)
    parked = {entry.id for entry in kept}
    by_agency = {agency: list(entries) for agency, entries in inboxes.items()}
    delivered = {entry.id for entries in by_agency.values() for entry in entries}.union(delivered_before)

    stated = {entry.id: entry for entry in log}
    parked_reports = {id_ for id_, entry in reports.items() if id_ not in stated and _parked_id(entry) in parked}
    parked_events = {id_ for id_ in reports if id_ in stated and _parked_id(stated[id_]) in parked}
    unroutable = parked_reports | parked_events
    routed = {id_ for id_ in reports if id_ in stated and id_ not in unroutable and _is_handled(stated[id_], handled)}
    in_flight = [id_ for id_ in reports if id_ not in routed and id_ not in unroutable]

    unanswered = [
        f"receipt for {id_}"
        for id_, entry in reports.items()
        if id_ in routed
        and entry.at >= kept_since
        and entry.source in by_agency
        and derived_id(id_, "receipt") not in delivered
    ]
    untold = [
        f"notice {notice}"
        for entry in log
        if entry.type == TOLD and entry.at >= kept_since
        for notice in entry.told
        if notice not in delivered
    ]
    lost = [*unanswered, *dict.fromkeys(untold)]
    whole_log = [*log, *events_since]
    second, unconfirmed = unnamed(by_agency, whole_log, handled_since or handled, fresh_since)
    doubled = [
        *in_two_inboxes(by_agency),
        *stated_twice(whole_log, reports),
        *answered_twice(reports, by_agency, {entry.time for entry in kept}),
        *second,
    ]
    untold = told_nobody(whole_log, routed, reviews)
    accepted_at = {id_: entry.at for id_, entry in reports.items()}
    first: dict[str, Entry] = {}
    for entries in by_agency.values():
        for entry in entries:
            if entry.type == NOTICE:
                first.setdefault(entry.id, entry)
    return Balance(
        accepted=len(reports),
        routed=len(routed),
        in_flight=len(in_flight),
        unroutable=len(unroutable),
        acknowledgements=acknowledgements,
        notices=len(first),
        repeats=sum(len(entries) - len({entry.id for entry in entries}) for entries in (log, *by_agency.values())),
        lost=len(lost),
        visible_duplicates=len(doubled),
        unconfirmed=len(unconfirmed),
        untold=len(untold),
        in_flight_ids=tuple(in_flight[:_SHOWN]),
        lost_ids=tuple(lost[:_SHOWN]),
        duplicate_ids=tuple(doubled[:_SHOWN]),
        unconfirmed_ids=tuple(unconfirmed[:_SHOWN]),
        untold_ids=tuple(untold[:_SHOWN]),
        notice_seconds=tuple(
            max(0, entry.at - accepted_at[entry.cause]) / 1000 for entry in first.values() if entry.cause in accepted_at
        ),
    )


def _accepted(entries: Iterable[Entry]) -> tuple[dict[str, Entry], int]:
    """Accepted reports by id, each once, and the number of acknowledgements."""
    reports: dict[str, Entry] = {}
    acknowledgements = set()
    for entry in entries:
        if entry.type == ACKNOWLEDGED:
            acknowledgements.add(entry.id)
        else:
            reports.setdefault(entry.id, entry)
    return reports, len(acknowledgements)


def _is_handled(event: Entry, handled: Mapping[int, int] | None) -> bool:
    return handled is None or event.offset < handled.get(event.partition, 0)


def _parked_id(entry: Entry) -> str:
    """The id that the hub gives a record of this offset when it parks it."""
    return derived_id(f"{entry.topic}/{entry.partition}/{entry.offset}", "quarantined")
