"""What closes the duties round an absence: who was told or reached, who answered, what was settled or reviewed."""

from collections.abc import Callable
from typing import Final

from hub.deadlines.case import Case
from hub.deadlines.disputes import dispute
from hub.deadlines.model import Base, Moment, earliest
from hub.deadlines.reaching import reached, told, told_otherwise
from hub.episode.times import happened_at
from hub.event import Event
from hub.ids import AgencyId
from schemas.records import (
    AgencyKind,
    CareStatusChanged,
    DisagreementFound,
    EnquiryRequested,
    EnquiryState,
    ExclusionSet,
    FindingState,
    Flag,
    OwnershipStep,
    OwnershipTransferred,
    Person,
    PlacementChanged,
    StrategyDecisionRecorded,
    SupportArranged,
    SupportKind,
)

_NATIONAL_UNIT: Final = "national_unit"
_REVIEWERS_OF_INCIDENTS: Final = frozenset({"ofsted", "national_panel", "safeguarding_partners"})
"""Roles told by telephone or in person that a serious incident happened; the hub never tells them itself."""


# ---- told and reached ----


def _authority_reached(case: Case, _: Base) -> Moment | None:
    """Whoever is responsible had it, or whoever was until another accepted the duty: then it was told in time."""
    roles = case.episode.authorities
    by_givers = (
        (reached(case, (giver,)), until) for giver, until in case.child.gave_up_care if giver != roles.responsible
    )
    found = [moment for moment, until in by_givers if moment is not None and moment.at <= until]
    now = reached(case, (roles.responsible, roles.holder))
    return earliest(found if now is None else [*found, now])


def _national_unit_reached(case: Case, _: Base) -> Moment | None:
    holders = [AgencyId(entry.agency_id) for entry in case.child.directory.with_role(_NATIONAL_UNIT)]
    known = reached(case, (AgencyId(_NATIONAL_UNIT), *holders))
    return earliest([*told_otherwise(case, (), (_NATIONAL_UNIT,)), *([] if known is None else [known])])


def _host_told(case: Case, base: Base) -> Moment | None:
    """The authority says that it notified the host, or the hub sent it the move, or an absence from there."""
    said = [
        Moment(at=min(body.host_notified_at, event.accepted_at), event=event.id)
        for event, body in case.of(PlacementChanged)
        if body.host_notified_at is not None and _host_of(body) in base.agencies
    ]
    return earliest([*said, *told(case, base.agencies, case.accepted(base.event) or base.at, later=True)])


def _host_of(body: PlacementChanged) -> str | None:
    placed = body.to_placement
    return body.host_authority or (placed.host_authority if placed is not None else None)


def _host_told_of_end(case: Case, base: Base) -> Moment | None:
    return earliest(told(case, base.agencies, case.accepted(base.event) or base.at))


def _host_police_told(case: Case, base: Base) -> Moment | None:
    forces = [AgencyId(force) for area in base.agencies if (force := case.child.reference.force_of(area)) is not None]
    return earliest(told(case, forces, case.accepted(base.event) or base.at, later=True))


def _notification_made(case: Case, base: Base) -> Moment | None:
    rung = told_otherwise(case, (), _REVIEWERS_OF_INCIDENTS)
    return earliest(moment for moment in rung if moment.at >= base.at)


# ---- answered and settled ----


def _responsibility_settled(case: Case, _: Base) -> Moment | None:
    found = dispute(case)
    return None if found is None else found[1]


def _handover_answered(case: Case, base: Base) -> Moment | None:
    for transfer in case.episode.transfers:
        if transfer.proposal == base.event:
            answers = (transfer.accepted_by, *transfer.refused_by)
            return earliest(
                Moment(at=at, event=event)
                for event in answers
                if event is not None and (at := case.accepted(event)) is not None
            )
    return None


def _handover_settled(case: Case, base: Base) -> Moment | None:
    """Accepted after all."""
    return earliest(
        Moment(at=event.accepted_at, event=event.id)
        for event, body in case.of(OwnershipTransferred)
        if body.step is OwnershipStep.ACCEPTED and event.accepted_at >= base.at
    )


def _enquiry_answered(case: Case, base: Base) -> Moment | None:
    return earliest(
        Moment(at=event.accepted_at, event=event.id)
        for event, body in case.of(EnquiryRequested)
        if body.answers == base.event and body.state is not EnquiryState.ASKED
    )


def _difference_settled(case: Case, base: Base) -> Moment | None:
    return earliest(
        Moment(at=event.accepted_at, event=event.id)
        for event, body in case.of(DisagreementFound)
        if body.state is FindingState.SETTLED and body.field == base.about and event.accepted_at >= base.at
    )


def _flag_reviewed(case: Case, base: Base) -> Moment | None:
    """Its setter states the flag again, later, and not with the date by which it was to be reviewed: a report that only
    repeats what stands on file is no review. Only the statement that holds longest is a base.
    """
    return earliest(
        Moment(at=event.accepted_at, event=event.id)
        for event in case.child.state.standing
        if event.sender in base.agencies
        and event.accepted_at >= base.at
        and any(flag.kind == base.about and flag.review_by != base.at for flag in _flags(event))
    )


def _flags(event: Event) -> tuple[Flag, ...]:
    person: Person | None = getattr(event.body, "person", None)
    return () if person is None else person.flags


def _exclusion_reviewed(case: Case, base: Base) -> Moment | None:
    """The decider sets or lifts an exclusion again after the time to review it."""
    return earliest(
        Moment(at=event.accepted_at, event=event.id)
        for event in case.child.state.standing
        if isinstance(event.body, ExclusionSet)
        and event.sender in base.agencies
        and event.id != base.event
        and event.accepted_at >= base.at
    )


def _exploitation_considered(case: Case, base: Base) -> Moment | None:
    """A strategy decision, or support against exploitation, from the flag on (c): no message of its own exists."""
    found = list(case.child.strategy_decisions)
    found.extend(
        Moment(at=happened_at(event), event=event.id)
        for event, body in case.of(SupportArranged)
        if body.kind is SupportKind.EXPLOITATION_SERVICE
    )
    return earliest(moment for moment in found if moment.at >= base.at)


def _plan_reviewed(case: Case, base: Base) -> Moment | None:
    """The authority changes or confirms placement, care standing or support from the trigger on (c)."""
    said = (PlacementChanged, CareStatusChanged, SupportArranged)
    return earliest(
        Moment(at=event.accepted_at, event=event.id)
        for kind in said
        for event, _ in case.of(kind)
        if event.sender_kind is AgencyKind.AUTHORITY and event.accepted_at >= base.at
    )


def _care_decided(case: Case, base: Base) -> Moment | None:
    """What follows the order is decided: care standing, placement, or a strategy decision, after it was stated."""
    since = case.accepted(base.event) or base.at
    said = (PlacementChanged, CareStatusChanged, StrategyDecisionRecorded)
    return earliest(
        Moment(at=event.accepted_at, event=event.id)
        for kind in said
        for event, _ in case.of(kind)
        if event.accepted_at > since
    )


STOPS: Final[dict[str, Callable[[Case, Base], Moment | None]]] = {
    "authority_reached": _authority_reached,
    "national_unit_reached": _national_unit_reached,
    "host_told": _host_told,
    "host_told_of_end": _host_told_of_end,
    "host_police_told": _host_police_told,
    "notification_made": _notification_made,
    "responsibility_settled": _responsibility_settled,
    "handover_answered": _handover_answered,
    "handover_settled": _handover_settled,
    "enquiry_answered": _enquiry_answered,
    "difference_settled": _difference_settled,
    "flag_reviewed": _flag_reviewed,
    "exclusion_reviewed": _exclusion_reviewed,
    "exploitation_considered": _exploitation_considered,
    "plan_reviewed": _plan_reviewed,
    "care_decided": _care_decided,
}
"""Words that close what stands here."""
