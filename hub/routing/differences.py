"""What each seat should know and does not: the differences between its level and what `Told` says it was told.

One difference becomes one notice. A seat that some row entitles gets the news, or what of the followed aspects has
changed, or what a row newly asks of it; a seat that holds what it no longer should gets a withdrawal, or the one
neutral notice of a sealed outcome, or the word that the matter is closed to it. It writes no words and sends nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from hub.delivery.points import Seat
from hub.delivery.rota import acted_for
from hub.episode.model import OPEN
from hub.episode.ownership import REPLACES
from hub.ids import AgencyId, EpisodeId, EventId
from hub.routing import knowledge as known
from hub.routing.asking import Asking
from hub.routing.case import Case
from hub.routing.conditions import A_CHILD, is_a_child
from hub.routing.corrected import Corrections
from hub.routing.entitlement import BOUND_AS_REPORTER, Entitled, Entitlements
from hub.routing.knowledge import NOTHING, Knowledge
from hub.routing.level import Aspect, Levels
from hub.routing.rows import Rules
from hub.routing.said import Said
from hub.routing.vocabulary import DUTY_DESK
from schemas.records import (
    Ask,
    ChildReturned,
    Condition,
    DisclosedField,
    EpisodeStatus,
    MayBeTold,
    NoticeKind,
    ReturnedTo,
    Urgency,
)

REPORTER: Final = "reporting_agency"
SAFE: Final = "safe"
"""The one aspect of a reporter who may know only that the child is safe."""

_MOST_WITHDRAWN: Final = 300
"""The cap of `Notice.withdrawn_fields`."""
_MOST_JOINED: Final = 12
"""So many references at once are told to be replaced; more become several notices."""
_BY_URGENCY: Final = (Urgency.NOW, Urgency.SOON, Urgency.HELD_FOR_DAY, Urgency.UNKNOWN)
_UNWELL: Final = frozenset({Condition.INJURED, Condition.UNWELL, Condition.IN_HOSPITAL, Condition.DISTRESSED})
_PROVIDER: Final = "provider_agency"
_BACK: Final = frozenset({EpisodeStatus.RETURNED, EpisodeStatus.SETTLED_ELSEWHERE, EpisodeStatus.NOT_MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one seat is to be told.

    `rows` entitle it (empty where nothing does any more); `asks` are those of them that ask something now; `within`
    is the time for it. `number` is its place among what the seat is told at once. `ended` says that the seat holds
    nothing from here on, and how. `withdrawn` are field names. `joined` are episodes that it was told of and that are
    part of this one now; `is_parted`: it was told that this one was part of another, and it is not.
    `under` is the id under which the seat was told what it holds, where the episode has another one now.
    """

    seat: Seat
    kind: NoticeKind
    urgency: Urgency
    rows: tuple[Entitled, ...] = ()
    asks: tuple[Entitled, ...] = ()
    changed: tuple[str, ...] = ()
    fields: tuple[DisclosedField, ...] = ()
    withdrawn: tuple[str, ...] = ()
    within: timedelta | None = None
    ended: str | None = None
    is_safe_only: bool = False
    number: int = 1
    joined: tuple[str, ...] = ()
    is_parted: bool = False
    under: EpisodeId | None = None
    points: tuple[str, ...] = ()

    @property
    def ask(self) -> Ask:
        """Whether something is asked."""
        return Ask.INFORMATION if self.within is None else Ask.ACTION


def in_parts(owed: Difference) -> Iterator[Difference]:
    """A difference as so many that a notice has room for each: nearly always the one that it is."""
    for one in withdrawn_in_parts(owed, _MOST_WITHDRAWN):
        if len(one.joined) <= _MOST_JOINED:
            yield one
            continue
        points = tuple(point for point in one.points if not point.startswith(REPLACES))
        for joined in _pieces(one.joined, _MOST_JOINED):
            said = (*points, *(f"{REPLACES}{episode}" for episode in joined))
            yield replace(one, joined=joined, points=said)


def withdrawn_in_parts(owed: Difference, most: int) -> Iterator[Difference]:
    """A difference as so many that each withdraws no more fields than this."""
    if len(owed.withdrawn) <= most:
        yield owed
    else:
        yield from (replace(owed, withdrawn=names) for names in _pieces(owed.withdrawn, most))


def _pieces(every: tuple[str, ...], most: int) -> tuple[tuple[str, ...], ...]:
    return tuple(every[start : start + most] for start in range(0, len(every), most))


class Differences:
    """Compares every seat of one episode with what it was told."""

    def __init__(
        self,
        case: Case,
        entitled: Entitlements,
        told: Mapping[Seat, Knowledge],
        levels: Levels,
        rules: Rules,
        *,
        reached: Callable[[AgencyId], bool],
    ) -> None:
        self._case = case
        self._entitled = entitled
        self._told = told
        self._levels = levels
        self._rules = rules
        self._reached = reached
        self._said = Said(case)
        self._asking = Asking(case, self._said)
        self._corrections = Corrections(case)
        self._houses = frozenset(
            (claim.value, claim.field.removesuffix(_PROVIDER))
            for claim in case.view.claims
            if claim.field.endswith(_PROVIDER)
        )

    def __iter__(self) -> Iterator[Difference]:
        """Everything that is owed for the episode, seat by seat."""
        reporting = {(agency, DUTY_DESK) for agency in self._case.reporters}
        for seat in sorted({*self._entitled.seats, *self._told, *reporting}):
            knows = self._told.get(seat, NOTHING)
            has_reported = seat in reporting or ((seat[0], DUTY_DESK) in reporting and acted_for(seat[1]) is not None)
            rows = _rows_in_use(self._entitled.seats.get(seat, ()), knows, has_reported=has_reported)
            if not rows:
                for last in self._ending(seat, knows, has_reported=has_reported):
                    yield self._as_known(last, knows)
            elif _is_bound_as_reporter(rows) and self._case.may_be_told(seat[0], _whose(seat)) is not MayBeTold.FULL:
                if has_reported:
                    yield from self._safe_only(seat, rows, knows)
            else:
                yield from self._level(seat, rows, knows, has_reported=has_reported)

    def _level(
        self, seat: Seat, rows: tuple[Entitled, ...], knows: Knowledge, *, has_reported: bool
    ) -> Iterator[Difference]:
        """For a seat that is entitled: what it holds wrongly, then what it does not know."""
        level = self._levels.of(rows)
        corrected = self._corrections.held(seat, knows)
        names = level.names
        lost = (name for name in knows.fields - names if not self._is_of_itself(seat, name))
        withdrawn = tuple(sorted({*lost, *corrected}))
        vanished = tuple(name for name, value in knows.aspects.items() if value and name not in level.aspects)
        is_withdrawn = knows.holds and bool(withdrawn)
        withdrawals: tuple[Difference, ...] = ()
        if is_withdrawn:
            of_these = Difference(
                seat=seat,
                kind=NoticeKind.WITHDRAWAL,
                urgency=Urgency.SOON,
                withdrawn=withdrawn,
                within=self._rules.withdrawal_within,
                points=tuple(f"a={name}:" for name in vanished),
            )
            withdrawals = self._under_each(of_these, knows)
            yield from withdrawals
        if seat in self._entitled.resting:
            return
        is_first = not has_reported and (not knows.holds or (knows.written == 0 and self._reached(seat[0])))
        changed = {
            name: aspect
            for name, aspect in level.aspects.items()
            if self._is_news(seat, name, aspect, knows, may_have_said=not (is_first or knows.ended))
        }
        status = level.aspects[known.STATUS].token if known.STATUS in level.aspects else ""
        is_reached = self._reached(seat[0])
        asks = tuple(
            row
            for row in rows
            if self._asking.asks(row, seat, knows, status, has_reported=has_reported, is_reached=is_reached)
        )
        joined = tuple(sorted(knows.references.keys() - {self._case.episode.id})) if knows.holds else ()
        renamed = bool(joined) or knows.is_replaced
        is_due_in_writing = is_reached and (knows.is_due_in_writing(names) or not knows.taken_back.isdisjoint(names))
        is_renewed = bool(corrected) or is_due_in_writing or (bool(vanished) and not is_withdrawn)
        if not (is_first or changed or asks or renamed or is_renewed):
            return
        yield Difference(
            seat=seat,
            kind=NoticeKind.NEWS if knows.written == 0 and not has_reported else NoticeKind.UPDATE,
            urgency=_urgency(rows, changed.values(), asks, is_first=is_first),
            rows=rows,
            asks=asks,
            changed=(*changed, *vanished),
            fields=level.fields,
            number=len(withdrawals) + 1,
            joined=joined,
            is_parted=knows.is_replaced,
            within=min((row.row.within for row in asks if row.row.within is not None), default=None),
            points=(
                *(f"r={row.row.id}" for row in rows),
                *(f"q={row.row.id}" for row in asks),
                *level.points,
                *(f"a={name}:" for name in vanished),
                *((f"c={self._corrections.up_to}",) if self._corrections.up_to is not None else ()),
                *(f"{REPLACES}{episode}" for episode in joined),
            ),
        )

    def _is_of_itself(self, seat: Seat, name: str) -> bool:
        """Whether a field says of the very agency that it is where the child lives: nobody takes that back from it."""
        return any(agency == seat[0] and name.startswith(placement) for agency, placement in self._houses)

    def _is_news(self, seat: Seat, name: str, aspect: Aspect, knows: Knowledge, *, may_have_said: bool) -> bool:
        """Whether a seat does not know an aspect as it stands. An agency's duty desk need not be told what the agency
        has said itself; its other desks have said nothing.
        """
        is_duty_desk = DUTY_DESK in (seat[1], (acted_for(seat[1]) or ("",))[0])
        if may_have_said and is_duty_desk:
            return not self._said.is_known(seat[0], name, aspect, knows)
        return aspect.token != knows.aspects.get(name, "")

    def _ending(self, seat: Seat, knows: Knowledge, *, has_reported: bool) -> Iterator[Difference]:
        """For a seat that nothing entitles: the last thing it is told, if it holds anything."""
        case, agency = self._case, _whose(seat)
        is_reporter_only = has_reported and knows.told == 0
        if not knows.holds and not (is_reporter_only and self._may_hear_the_end(seat)):
            return
        if self._entitled.has_no_named_reader(seat) is not None:
            yield from self._left_to_named_readers(seat, knows)
            return
        knows_the_end = knows.aspects.get(known.STATUS, EpisodeStatus.MISSING) not in OPEN
        if (sealed := self._sealed_by(agency) or self._sealed_by(seat[0])) is not None:
            if not knows_the_end and not (is_reporter_only and _was_over_before(case, sealed)):
                yield _last(seat, known.STOOD_DOWN)
        elif (cancelled := case.episode.cancelled) is not None:
            if seat != (cancelled.agency, DUTY_DESK):
                yield from self._withdrawn(seat, knows)
        elif (closing := self._closing(seat, agency, knows)) is not None:
            if not knows_the_end:
                yield closing
        elif knows.holds:
            yield from self._withdrawn(seat, knows)

    def _may_hear_the_end(self, seat: Seat) -> bool:
        """Whether a reporter that was told nothing hears the one neutral text of a sealed outcome, or a withdrawal."""
        case = self._case
        may = case.may_be_told(seat[0], _whose(seat))
        return may is MayBeTold.FULL or (may is MayBeTold.SAFE_ONLY and case.episode.cancelled is None)

    def _left_to_named_readers(self, seat: Seat, knows: Knowledge) -> Iterator[Difference]:
        """The one neutral notice, if the desk holds what lasts; a reporter that was told nothing keeps its receipt."""
        if knows.holds and knows.aspects.get(known.STATUS, EpisodeStatus.MISSING) in OPEN:
            yield _last(seat, known.STOOD_DOWN)

    def _closing(self, seat: Seat, agency: AgencyId, knows: Knowledge) -> Difference | None:
        """The word that the matter is closed to a desk which holds nothing wrong; None where that is not so."""
        if agency in self._entitled.closed:
            return _last(seat, known.CLOSED)
        if knows.holds and self._was_for_a_child(knows):
            return replace(_last(seat, known.OF_AGE), urgency=Urgency.HELD_FOR_DAY)
        return None

    def _was_for_a_child(self, knows: Knowledge) -> bool:
        """Whether a desk was told because this is a child, and it is none any more: nothing it was told is wrong."""
        rows = [row for row in self._rules.rows if row.id in knows.rows]
        return not is_a_child(self._case, self._rules) and bool(rows) and all(A_CHILD in row.when for row in rows)

    def _withdrawn(self, seat: Seat, knows: Knowledge) -> Iterator[Difference]:
        """Everything it was told; of whoever read only that the child is safe there is nothing to take back."""
        if SAFE not in knows.aspects:
            of_all = _last(seat, known.WITHDRAWN, tuple(sorted(knows.fields)), self._rules.withdrawal_within)
            yield from self._under_each(of_all, knows)

    def _under_each(self, withdrawal: Difference, knows: Knowledge) -> tuple[Difference, ...]:
        """A withdrawal under each id that the seat holds any of it under. The last of them says what it knows then.

        Whoever is rung is rung once.
        """
        names = frozenset(withdrawal.withdrawn)
        held = {episode: sorted(fields & names) for episode, fields in sorted(knows.references.items())}
        under = [episode for episode, fields in held.items() if fields]
        if not under or not self._reached(withdrawal.seat[0]):
            return (self._as_known(withdrawal, knows),)
        return tuple(
            replace(
                withdrawal,
                under=EpisodeId(episode),
                withdrawn=tuple(held[episode]),
                points=withdrawal.points if episode == under[-1] else (),
                number=number,
            )
            for number, episode in enumerate(under, 1)
        )

    def _as_known(self, last: Difference, knows: Knowledge) -> Difference:
        """A last word under an id that the seat was told, where it was never told the one that the episode has now."""
        if last.under is not None or not knows.references or self._case.episode.id in knows.references:
            return last
        return replace(last, under=EpisodeId(min(knows.references)))

    def _safe_only(self, seat: Seat, rows: tuple[Entitled, ...], knows: Knowledge) -> Iterator[Difference]:
        """A reporter who may know that the child is safe, and nothing else; or not even that."""
        if self._case.may_be_told(seat[0], _whose(seat)) is not MayBeTold.SAFE_ONLY or SAFE in knows.aspects:
            return
        status = self._case.view.facts.status
        if status not in _BACK and not (status is EpisodeStatus.LOCATED_NOT_RETURNED and _is_well(self._case)):
            return
        yield Difference(
            seat=seat,
            kind=NoticeKind.UPDATE,
            urgency=Urgency.SOON,
            rows=rows,
            is_safe_only=True,
            points=(*(f"r={row.row.id}" for row in rows), f"a={SAFE}:yes"),
        )

    def _sealed_by(self, agency: AgencyId) -> EventId | None:
        """The event that sealed the outcome from an agency: the first of an exclusion of it and a death."""
        death = self._case.episode.death
        sealing = [event for event in (self._entitled.excluded.get(agency), death and death.event) if event]
        return min(sealing, key=lambda event: (self._case.order(event), event), default=None)


def _rows_in_use(rows: tuple[Entitled, ...], knows: Knowledge, *, has_reported: bool) -> tuple[Entitled, ...]:
    """Rows that may tell this seat something: those that may begin now, and those by which it knows already.

    Where neither is left, but other rows entitle it that have had nothing to tell it, those keep it informed.
    """
    found = tuple(
        entitled
        for entitled in rows
        if entitled.is_current
        or (knows.holds and entitled.row.id in knows.rows)
        or (has_reported and entitled.row.role == REPORTER)
    )
    return found or (rows if knows.holds else ())


def _whose(seat: Seat) -> AgencyId:
    """Whose matter a desk minds: its agency's, or that of the agency it acts for."""
    acts = acted_for(seat[1])
    return seat[0] if acts is None else acts[1]


def _is_bound_as_reporter(rows: Iterable[Entitled]) -> bool:
    """Whether nothing but its own report, or being the child's school or a ward of the area, entitles a desk: none of
    these is a duty of its own that would lift what its reporter may be told.
    """
    return all(row.row.role in BOUND_AS_REPORTER for row in rows)


def _is_well(case: Case) -> bool:
    """Whether nothing is known against it that a child who is located is well; of one in hospital it is not said."""
    where, found = case.episode.elsewhere, case.episode.found
    if where is None:
        return found is not None and found.condition not in _UNWELL
    body = case.by_id[where.event].body
    is_unwell = isinstance(body, ChildReturned) and body.condition in _UNWELL
    return where.to is not ReturnedTo.HOSPITAL and not is_unwell


def _urgency(
    rows: Iterable[Entitled], changed: Iterable[Aspect], asks: Iterable[Entitled], *, is_first: bool
) -> Urgency:
    """As urgent as the most urgent of what is new, but no more than the seat's own rows make it."""
    own = _most_urgent(row.row.urgency for row in rows)
    new = _most_urgent([*(aspect.urgency for aspect in changed), *(row.row.urgency for row in asks)])
    return own if is_first or new is Urgency.UNKNOWN else max(own, new, key=_BY_URGENCY.index)


def _last(seat: Seat, ended: str, withdrawn: tuple[str, ...] = (), within: timedelta | None = None) -> Difference:
    return Difference(
        seat=seat,
        kind=NoticeKind.WITHDRAWAL if ended == known.WITHDRAWN else NoticeKind.UPDATE,
        urgency=Urgency.SOON,
        withdrawn=withdrawn,
        within=within,
        ended=ended,
        points=(f"x={ended}",),
    )


def _was_over_before(case: Case, event: EventId) -> bool:
    """Whether the absence had ended, or had not begun, when this was decided: then there is nothing to stand down."""
    began = min((case.order(report.event) for report in case.episode.reports), default=-1)
    ended = case.episode.end_event
    return case.order(event) < began or (ended is not None and case.order(ended) < case.order(event))


def _most_urgent(urgencies: Iterable[Urgency]) -> Urgency:
    return min(urgencies, key=_BY_URGENCY.index, default=Urgency.UNKNOWN)
