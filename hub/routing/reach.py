"""Who can be reached through the hub, and who is asked to telephone those that cannot: never a silence.

An agency that is not connected, or holds no valid key, is told by its owner: the responsible authority, otherwise the
owning force, otherwise whoever reported. A team that acts for a closed desk is rung by the first of them who is not
closed itself, of what cannot wait for the day. Telephoned is what must not be left to silence: the news, whatever is
asked or is urgent for a new reason, a change that the table says it of (the status always), what is taken back, an end.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from hub.delivery.points import Seat, acted_for
from hub.delivery.rota import is_attended
from hub.directory import Directory
from hub.ids import AgencyId
from hub.routing.calls import Call, Calls
from hub.routing.case import Case
from hub.routing.differences import Difference, in_parts
from hub.routing.entitlement import Entitlements
from hub.routing.knowledge import NOTHING, STATUS, Knowledge
from hub.routing.notices import Desk
from hub.routing.recipients import Recipients
from hub.routing.vocabulary import DUTY_DESK
from hub.routing.writing import OwedNotice
from schemas.records import NoticeKind, ToldByOtherMeans, Urgency


def notices_for(
    desk: Desk,
    owed: Iterable[Difference],
    knows: Mapping[Seat, Knowledge],
    caller: Callable[[Seat], AgencyId | None],
    reached: Callable[[AgencyId], bool],
    entitled: Entitlements,
    telephone: Calls,
) -> Iterator[OwedNotice]:
    """A notice for every seat that can be reached, and telephone tasks for the others that must be told."""
    unreached: dict[AgencyId, list[Call]] = {}
    for one in owed:
        known = knows.get(one.seat, NOTHING)
        if reached(one.seat[0]):
            yield from (desk.written(part, known) for part in in_parts(one))
            continue
        rings = caller(one.seat)
        if rings is None or not _must_be_rung(desk.case, one, known, telephone.rung_aspects):
            continue
        if telephone.may_ring(one.seat[0], entitled.opened_to_caller((rings, DUTY_DESK))):
            unreached.setdefault(rings, []).append((one, known))
    for rings, every in unreached.items():
        opened = entitled.opened_to_caller((rings, DUTY_DESK))
        for urgency, calls in _by_urgency(every):
            yield from telephone.tasks(rings, calls, urgency, opened)


def is_reached(case: Case, directory: Directory, agency: AgencyId) -> bool:
    """Connected with a valid key: as of the child's latest event; of an absence that is over, as of its last change.

    So an agency that joins later is told of what is going on, and not of everything that ever was.
    """
    return directory.is_connected(agency, case.as_of if case.episode.is_open else case.episode.changed_at)


def _by_urgency(calls: list[Call]) -> Iterator[tuple[Urgency, list[Call]]]:
    """The calls that are made at once, by night too: that a search is over is no routine. Then those that may wait."""
    at_once = [call for call in calls if call[0].urgency is Urgency.NOW or call[0].ended]
    yield Urgency.NOW, at_once
    yield Urgency.SOON, [call for call in calls if call not in at_once]


def _must_be_rung(case: Case, owed: Difference, knows: Knowledge, rung: frozenset[str]) -> bool:
    """Whether silence is no answer: a row says so or it was told before, something it must know has changed or is
    asked, and nobody has told it by other means since. `rung` are the aspects of whose change the table lets ring.
    """
    is_telephoned = any(row.row.is_telephoned for row in owed.rows)
    if not (knows.told or is_telephoned):
        return False
    if owed.kind is NoticeKind.WITHDRAWAL and not owed.ended:
        return True
    if acted_for(owed.seat[1]) is not None and owed.urgency is not Urgency.NOW and not owed.ended:
        return False
    is_of_the_status = bool(owed.ended) or knows.told == 0 or STATUS in owed.changed
    has_changed = is_telephoned and not rung.isdisjoint(owed.changed)
    is_pressing = bool(owed.asks) or any(
        one.row.urgency is Urgency.NOW and one.row.is_telephoned and one.row.id not in knows.rows for one in owed.rows
    )
    if not (is_of_the_status or is_pressing or has_changed):
        return False
    since = case.order(case.episode.status_event) if is_of_the_status else case.cause.order - 1
    return not _was_told_by_other_means(case, owed, since)


def _was_told_by_other_means(case: Case, owed: Difference, since: int) -> bool:
    """Whether somebody has told them after a place in the order: since the status became what it is, or just now."""
    agency = owed.seat[0]
    roles = {row.row.role for row in owed.rows}
    return any(
        event.order > since and (body.recipient_agency == agency or (body.recipient_role or "") in roles)
        for event, body in case.episode.of(ToldByOtherMeans)
    )


def owner_of(
    case: Case,
    entitled: Entitlements,
    recipients: Recipients,
    reached: Callable[[AgencyId], bool],
    *,
    besides: AgencyId | None = None,
) -> AgencyId | None:
    """Who answers for telling those that cannot be reached.

    `besides` is somebody who has been asked already. After a death only the owning force is asked for anything more.
    """
    only_police = case.episode.deceased and besides is not None
    candidates = recipients.of("owning_force") if only_police else _candidates(case, recipients)
    return next((each for each in _able(candidates, entitled, reached) if each != besides), None)


def caller_of(
    seat: Seat,
    case: Case,
    entitled: Entitlements,
    recipients: Recipients,
    reached: Callable[[AgencyId], bool],
    directory: Directory,
) -> AgencyId | None:
    """Who is asked to ring somebody: the owner; a team that acts for others the first who is at a desk of its own now,
    since whoever is closed as well would read of it in the morning.
    """
    if acted_for(seat[1]) is not None:
        for agency in _able(_candidates(case, recipients), entitled, reached):
            if is_attended(directory, agency, DUTY_DESK, case.as_of):
                return agency
    return owner_of(case, entitled, recipients, reached)


def _candidates(case: Case, recipients: Recipients) -> Iterator[AgencyId]:
    yield from recipients.of("responsible_authority")
    yield from recipients.of("owning_force")
    yield from recipients.of("reporting_agency")
    yield from case.episode.forces.involved
    if case.episode.cancelled is not None:  # what only a withdrawn report said, nobody is known by any more
        yield from sorted(case.reporters)


def _able(
    candidates: Iterable[AgencyId], entitled: Entitlements, reached: Callable[[AgencyId], bool]
) -> Iterator[AgencyId]:
    """Those who may be asked: none that is excluded, that only its named officers may read for, or that cannot be
    reached itself.
    """
    shut = entitled.excluded.keys() | entitled.named.keys()
    return (agency for agency in candidates if agency not in shut and reached(agency))
