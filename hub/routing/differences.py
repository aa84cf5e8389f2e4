"""What each seat should know and does not: the differences between its level and what `Told` says it was told.

One difference becomes one notice. A seat that some row entitles gets the news, or what of the followed aspects has
changed, or what a row newly asks of it; a seat that holds what it no longer should gets a withdrawal, or the one
neutral notice of a sealed outcome, or the word that the matter is closed to it. It writes no words and sends nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hub.episode.model import OPEN
from hub.event import Event
from hub.ids import AgencyId, EventId
from hub.routing import knowledge as known
from hub.routing.case import Case
from hub.routing.entitlement import Entitled, Entitlements
from hub.routing.knowledge import NOTHING, Knowledge, Seat
from hub.routing.level import Level, Levels
from hub.routing.rules import Rules
from hub.routing.vocabulary import DUTY_DESK
from schemas.records import (
    Ask,
    Condition,
    CorrectionMade,
    DisclosedField,
    EpisodeStatus,
    MayBeTold,
    NoticeKind,
    Urgency,
)

REPORTER: Final = "reporting_agency"
SAFE: Final = "safe"
"""The one aspect of a reporter who may know only that the child is safe."""

_BY_URGENCY: Final = (Urgency.NOW, Urgency.SOON, Urgency.HELD_FOR_DAY, Urgency.UNKNOWN)
_UNWELL: Final = frozenset({Condition.INJURED, Condition.UNWELL, Condition.IN_HOSPITAL, Condition.DISTRESSED})
_STATUS_ASPECT: Final = "status"
_OPEN_WORDS: Final = frozenset(str(status) for status in OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one seat is to be told. `cause` is an event of the state.

    `rows` entitle it (empty where nothing does any more); `asks` are those of them that ask something now; `within`
    is the time for it. `ended` says that the seat holds nothing from here on, and how. `withdrawn` are field names.
    """

    seat: Seat
    kind: NoticeKind
    cause: Event
    urgency: Urgency
    rows: tuple[Entitled, ...] = ()
    asks: tuple[Entitled, ...] = ()
    changed: tuple[str, ...] = ()
    fields: tuple[DisclosedField, ...] = ()
    withdrawn: tuple[str, ...] = ()
    within: timedelta | None = None
    ended: str | None = None
    is_safe_only: bool = False
    points: tuple[str, ...] = ()

    @property
    def ask(self) -> Ask:
        """Whether something is asked."""
        return Ask.INFORMATION if self.within is None else Ask.ACTION


def differences(
    case: Case,
    entitled: Entitlements,
    told: Mapping[Seat, Knowledge],
    levels: Levels,
    rules: Rules,
    *,
    reached: Callable[[AgencyId], bool],
) -> Iterator[Difference]:
    """Everything that is owed for one episode, seat by seat. `reached`: whether the hub can write to an agency."""
    reporting = {(agency, DUTY_DESK) for agency in case.reporters}
    for seat in sorted({*entitled.seats, *told, *reporting}):
        knows = told.get(seat, NOTHING)
        has_reported = seat in reporting
        rows = _rows_in_use(entitled.seats.get(seat, ()), knows, has_reported=has_reported)
        if not rows:
            yield from _ending(case, entitled, seat, knows, rules, has_reported=has_reported)
        elif all(row.row.role == REPORTER for row in rows) and _may_be_told(case, seat) is not MayBeTold.FULL:
            yield from _safe_only(case, seat, rows, knows)
        else:
            level = levels.of(seat[0], rows, speaks_for_agency=seat[1] == DUTY_DESK)
            is_first = not has_reported and (not knows.holds or (knows.written == 0 and reached(seat[0])))
            yield from _entitled(case, seat, rows, knows, level, rules, has_reported=has_reported, is_first=is_first)


def _rows_in_use(rows: Iterable[Entitled], knows: Knowledge, *, has_reported: bool) -> tuple[Entitled, ...]:
    """Rows that may tell this seat something: those that may begin now, and those by which it knows already."""
    return tuple(
        entitled
        for entitled in rows
        if entitled.is_current
        or (knows.holds and entitled.row.id in knows.rows)
        or (has_reported and entitled.row.role == REPORTER)
    )


def _entitled(
    case: Case,
    seat: Seat,
    rows: tuple[Entitled, ...],
    knows: Knowledge,
    level: Level,
    rules: Rules,
    *,
    has_reported: bool,
    is_first: bool,
) -> Iterator[Difference]:
    corrected = _corrections(case, seat, knows)
    names = {field.name for field in level.fields}
    withdrawn = sorted((knows.fields - names) | {name for some in corrected.values() for name in some})
    if knows.holds and withdrawn:
        yield _withdrawal(case, seat, knows, tuple(withdrawn), corrected, rules)
    changed = {
        name: aspect
        for name, aspect in level.aspects.items()
        if aspect.token != knows.aspects.get(name, "") and (is_first or not aspect.is_own)
    }
    vanished = (
        [name for name in knows.aspects if name not in level.aspects and knows.aspects[name]] if knows.holds else []
    )
    asks = tuple(
        row
        for row in rows
        if row.row.ask is Ask.ACTION
        and row.is_current
        and row.row.id not in knows.asked
        and not (has_reported and row.row.unless_it_reported)
    )
    if not (is_first or changed or vanished or asks or corrected):
        return
    standing_on = [aspect.event for aspect in changed.values()] + [row.event for row in asks]
    if is_first:
        standing_on += [row.event for row in rows]
    urgencies = [aspect.urgency for aspect in changed.values()] + [row.row.urgency for row in asks]
    rows_urgency = _most_urgent(row.row.urgency for row in rows)
    yield Difference(
        seat=seat,
        kind=NoticeKind.NEWS if knows.written == 0 and not has_reported else NoticeKind.UPDATE,
        cause=_cause(case, standing_on, knows),
        urgency=rows_urgency
        if is_first or not urgencies
        else max(rows_urgency, _most_urgent(urgencies), key=_BY_URGENCY.index),
        rows=rows,
        asks=asks,
        changed=(*changed, *vanished),
        fields=level.fields,
        within=min((row.row.within for row in asks if row.row.within is not None), default=None),
        points=(
            *(f"r={row.row.id}" for row in rows),
            *(f"q={row.row.id}" for row in asks),
            *(f"a={name}:{aspect.token}" for name, aspect in level.aspects.items()),
            *(f"a={name}:" for name in vanished),
            *(f"c={event}" for event in corrected),
        ),
    )


def _withdrawal(
    case: Case,
    seat: Seat,
    knows: Knowledge,
    names: tuple[str, ...],
    corrected: dict[EventId, tuple[str, ...]],
    rules: Rules,
) -> Difference:
    """Names of fields that the seat was told and should no longer go by; it stays entitled to the others."""
    return Difference(
        seat=seat,
        kind=NoticeKind.WITHDRAWAL,
        cause=_cause(case, [case.by_id.get(event) for event in corrected], knows),
        urgency=Urgency.SOON,
        withdrawn=names,
        within=rules.withdrawal_within,
        points=tuple(f"c={event}" for event in corrected if not names),
    )


def _ending(
    case: Case,
    entitled: Entitlements,
    seat: Seat,
    knows: Knowledge,
    rules: Rules,
    *,
    has_reported: bool,
) -> Iterator[Difference]:
    """For a seat that nothing entitles: the last thing it is told, if it holds anything."""
    agency = seat[0]
    is_reporter_only = has_reported and knows.told == 0
    if not knows.holds and not is_reporter_only:
        return
    knows_the_end = knows.aspects.get(_STATUS_ASPECT, "missing") not in _OPEN_WORDS
    sealed = _sealed_by(case, entitled, agency)
    if sealed is not None:
        if knows_the_end or (is_reporter_only and _was_over_before(case, sealed)):
            return
        yield _last(seat, case.by_id[sealed], known.STOOD_DOWN)
    elif case.episode.cancelled is not None:
        cancelled = case.episode.cancelled
        if seat != (cancelled.agency, DUTY_DESK):
            yield _last(
                seat, case.by_id[cancelled.event], known.WITHDRAWN, tuple(sorted(knows.fields)), rules.withdrawal_within
            )
    elif agency in entitled.closed:
        placed = case.episode.placement
        if not knows_the_end:
            cause = case.by_id[placed.event] if placed is not None else _cause(case, [], knows)
            yield _last(seat, cause, known.CLOSED)
    elif knows.holds:
        cause = _cause(case, [], knows)
        yield _last(seat, cause, known.WITHDRAWN, tuple(sorted(knows.fields)), rules.withdrawal_within)


def _last(
    seat: Seat, cause: Event, ended: str, withdrawn: tuple[str, ...] = (), within: timedelta | None = None
) -> Difference:
    return Difference(
        seat=seat,
        kind=NoticeKind.WITHDRAWAL if ended == known.WITHDRAWN else NoticeKind.UPDATE,
        cause=cause,
        urgency=Urgency.SOON,
        withdrawn=withdrawn,
        within=within,
        ended=ended,
        points=(f"x={ended}",),
    )


def _safe_only(case: Case, seat: Seat, rows: tuple[Entitled, ...], knows: Knowledge) -> Iterator[Difference]:
    """A reporter who may know that the child is safe, and nothing else; or not even that."""
    if _may_be_told(case, seat) is not MayBeTold.SAFE_ONLY or SAFE in knows.aspects:
        return
    episode = case.episode
    is_back = episode.status in (EpisodeStatus.RETURNED, EpisodeStatus.SETTLED_ELSEWHERE, EpisodeStatus.NOT_MISSING)
    is_well = episode.found is not None and episode.found.condition not in _UNWELL
    if not is_back and not (episode.status is EpisodeStatus.LOCATED_NOT_RETURNED and is_well):
        return
    yield Difference(
        seat=seat,
        kind=NoticeKind.UPDATE,
        cause=_cause(case, [case.by_id.get(episode.status_event)], knows),
        urgency=Urgency.SOON,
        rows=rows,
        is_safe_only=True,
        points=(*(f"r={row.row.id}" for row in rows), f"a={SAFE}:yes"),
    )


def _may_be_told(case: Case, seat: Seat) -> MayBeTold:
    """The narrowest of what a reporting agency's reports say the reporter may be told; in full where they do not."""
    said = {report.may_be_told for report in case.reports if report.agency == seat[0]}
    return next((word for word in (MayBeTold.NOTHING, MayBeTold.SAFE_ONLY) if word in said), MayBeTold.FULL)


def _sealed_by(case: Case, entitled: Entitlements, agency: AgencyId) -> EventId | None:
    """The event that sealed the outcome from an agency: the first of an exclusion of it and a death."""
    death = case.episode.death
    sealing = [event for event in (entitled.excluded.get(agency), death.event if death else None) if event]
    return min(sealing, key=lambda event: (case.order(event), event), default=None)


def _was_over_before(case: Case, event: EventId) -> bool:
    """Whether the absence had ended, or had not begun, when this was decided: then there is nothing to stand down."""
    began = min((case.order(report.event) for report in case.episode.reports), default=-1)
    ended = case.episode.end_event
    return case.order(event) < began or (ended is not None and case.order(ended) < case.order(event))


def _corrections(case: Case, seat: Seat, knows: Knowledge) -> dict[EventId, tuple[str, ...]]:
    """Corrections of what the seat was told, each with the names of the told fields that it changes."""
    if not knows.holds:
        return {}
    told_up_to = max((case.order(EventId(cause)) for cause in knows.causes), default=-1)
    found: dict[EventId, tuple[str, ...]] = {}
    for event in case.state.events:
        body = event.body
        if not isinstance(body, CorrectionMade) or event.id in knows.corrections or event.sender == seat[0]:
            continue
        if event.order <= told_up_to or EventId(body.corrects) not in case.episode.events:
            continue
        if names := tuple(sorted(name for name in knows.fields if _is_corrected(case, name, event, body))):
            found[event.id] = names
    return found


def _is_corrected(case: Case, name: str, event: Event, body: CorrectionMade) -> bool:
    """Whether a told field is one that the correction changes, and is its sender's word."""
    original = case.by_id.get(EventId(body.corrects))
    if original is None:
        return False
    changes = any(name.endswith(change.field) or change.field.startswith(f"{name}.") for change in body.changes)
    now = case.view.known(name)
    return changes and (now is None or now.source_agency == event.sender)


def _cause(case: Case, standing_on: Iterable[Event | None], knows: Knowledge) -> Event:
    """The latest event that a difference stands on; the latest of the episode where those were told of before.

    The second is for what turns back: a return that is disproved leaves the child missing on the event that was told
    first, and it is the disproof that makes it news.
    """
    events = [event for event in standing_on if event is not None]
    latest = max(events, key=lambda event: (event.order, event.id), default=None)
    if latest is not None and latest.id not in knows.causes:
        return latest
    whole = case.latest(frozenset(case.episode.events))
    return whole or latest or case.by_id[case.episode.anchor]


def _most_urgent(urgencies: Iterable[Urgency]) -> Urgency:
    return min(urgencies, key=_BY_URGENCY.index, default=Urgency.UNKNOWN)
