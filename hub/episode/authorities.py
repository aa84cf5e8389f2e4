"""Which authority is responsible for the child, which others have a part, and who holds the clocks.

Responsibility is a claim, and claims have an order: the authority's own `CareStatusChanged`, its acceptance in
writing, what others state, the child's home area, where it was found; last, an authority that reports the child itself
where nothing better is known (c). An address that is protected makes nobody responsible: the authority of its area
never enters by way of it, and has a part only where it speaks of the child itself. Each agency's latest statement
counts, from its first day to its last where it gives them: on the day when the absence ended, or as far as is known
now. While claims of the same strength name different authorities, or the named one names another, it is disputed, and
the authority where the child lives or is found holds every clock. An agency's id is its GSS code, so an area code names
its authority.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from hub.episode.model import Authorities, AuthorityBasis, AuthorityClaim, PlacementState
from hub.episode.person import ChildFacts, care_on
from hub.episode.times import happened_at
from hub.event import Event
from hub.ids import AgencyId, EventId
from schemas.records import (
    AgencyKind,
    Answer,
    AuthorityRoleKind,
    CareStatus,
    CareStatusChanged,
    MissingReported,
    Nation,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    PreventionInterviewRecorded,
    ReturnInterviewRecorded,
    StrategyDecisionRecorded,
)

_ORDER: Final = tuple(AuthorityBasis)
_CARE_DUTY: Final = frozenset({CareStatus.LOOKED_AFTER, CareStatus.PROTECTION_PLAN, CareStatus.CHILD_IN_NEED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityFacts:
    """What all standing events say of the child's authorities, before any one absence is looked at."""

    claims: tuple[AuthorityClaim, ...]
    roles: Mapping[AuthorityRoleKind, tuple[AgencyId, ...]]

    def on(
        self, day: date | None, *more: AuthorityClaim, within: Collection[EventId] = ()
    ) -> tuple[AuthorityClaim, ...]:
        """The claims that hold on a day, and these; all where no day is known. What others had stated of an authority
        that says since that its duty was over by then, or had not begun, counts only where nothing else does. `within`
        are the reports of one absence: where they name anybody, those of other absences do not count in it. Where one
        authority says that it looks after the child, another that has a plan for it does not say otherwise.
        """
        holding = (*(claim for claim in self.claims if day is None or claim.holds_on(day)), *more)
        over = {claim.by: claim.accepted_at for claim in self.claims if day is not None and not claim.holds_on(day)}
        still = tuple(claim for claim in holding if not _is_answered(claim, over)) or holding
        if any(claim.is_of_report and claim.event in within for claim in still):
            still = tuple(claim for claim in still if not claim.is_of_report or claim.event in within)
        if any(claim.basis is AuthorityBasis.OWN_STATEMENT and not claim.is_of_another_duty for claim in still):
            still = tuple(claim for claim in still if not claim.is_of_another_duty)
        return still

    @staticmethod
    def responsible(claims: Sequence[AuthorityClaim]) -> tuple[AuthorityClaim | None, bool]:
        """The strongest of these claims, and whether it is disputed."""
        for basis in _ORDER:
            level = [claim for claim in claims if claim.basis is basis]
            if level:
                latest = level[-1]
                differs = any(claim.authority != latest.authority for claim in level)
                denied = any(
                    claim.by == latest.authority
                    and claim.authority != latest.authority
                    and claim.by != latest.by
                    and not claim.is_of_a_place
                    for claim in claims
                )
                return latest, differs or denied
        return None, False


def _is_answered(claim: AuthorityClaim, over: Mapping[AgencyId, datetime]) -> bool:
    answered = over.get(claim.authority)
    return claim.basis is AuthorityBasis.STATED and answered is not None and claim.accepted_at < answered


def authority_facts(standing: Sequence[Event], facts: ChildFacts) -> AuthorityFacts:
    """Read every claim about authorities from standing events in the order accepted."""
    said: dict[tuple[AuthorityBasis, AgencyId, bool], AuthorityClaim] = {}
    roles: dict[AuthorityRoleKind, dict[AgencyId, None]] = {}
    for event in standing:
        if isinstance(event.body, CareStatusChanged):
            for is_other in (True, False):  # the set replaces the set before
                said.pop((AuthorityBasis.OWN_STATEMENT, event.sender, is_other), None)
        for claim in _claims(event):
            which = claim.basis, claim.by, claim.is_of_another_duty
            said.pop(which, None)
            said[which] = claim
        if isinstance(event.body, MissingReported):
            for role in event.body.authority_roles:
                roles.setdefault(role.role, {})[AgencyId(role.agency)] = None
    home = _home_that_may_be_known(facts, standing)
    if home is not None:
        by_home = next(event for event in standing if _names_home(event, home))
        claim = _claim(by_home, AgencyId(home), AuthorityBasis.HOME_AREA)
        said[claim.basis, claim.by, False] = claim
    return AuthorityFacts(
        claims=tuple(said.values()), roles={role: tuple(agencies) for role, agencies in roles.items()}
    )


def authorities(
    facts: AuthorityFacts,
    child: ChildFacts,
    placement: PlacementState | None,
    found: tuple[Event, str] | None,
    standing: Sequence[Event],
    ended_at: datetime | None,
    back_at: datetime | None,
) -> Authorities:
    """The authorities of a child in one episode. `found` is the event and area of where the child was found, `back_at`
    when it was back where it lives.
    """
    until = ended_at or child.as_of
    day = None if until is None else until.date()
    by_place = () if found is None else (_claim(found[0], AgencyId(found[1]), AuthorityBasis.FOUND_AREA),)
    claims = facts.on(day, *by_place, within=frozenset(event.id for event in standing))
    strongest, is_disputed = facts.responsible(claims)
    responsible = None if strongest is None else strongest.authority
    host = None if placement is None else placement.host_authority
    stated_hosts = facts.roles.get(AuthorityRoleKind.HOST, ())
    if host is None and stated_hosts:
        host = stated_hosts[-1]
    is_kept = placement is not None and is_kept_placement(child, placement)
    home = _home_that_may_be_known(child, standing)
    host = None if is_kept else host
    lives = host or (None if home is None else AgencyId(home))
    is_told_at_home = lives is not None and back_at is not None and _tells_of_harm_from(back_at, standing)
    here = lives if found is None or is_told_at_home else AgencyId(found[1])
    taken = _section_47_taken(standing)
    return Authorities(
        responsible=responsible,
        responsible_event=None if strongest is None else strongest.event,
        is_disputed=is_disputed,
        holder=(lives or here or responsible) if is_disputed else responsible,
        section_47=taken[-1][1] if taken else here or responsible,
        section_47_by_place=here or responsible,
        section_47_taken=taken,
        host=host if host != responsible else None,
        plan_holding=_plan_holding(facts, child, day, responsible),
        education=facts.roles.get(AuthorityRoleKind.EDUCATION, ()),
        former=facts.roles.get(AuthorityRoleKind.FORMER, ()),
        claims=claims,
    )


def _plan_holding(
    facts: AuthorityFacts, child: ChildFacts, day: date | None, responsible: AgencyId | None
) -> tuple[AgencyId, ...]:
    """The authorities that reports name so, and others that say of themselves that they hold a protection plan."""
    plans = (
        state.agency
        for state in care_on(child, day)
        if state.status is CareStatus.PROTECTION_PLAN and state.authority == state.agency != responsible
    )
    return tuple(dict.fromkeys((*facts.roles.get(AuthorityRoleKind.PLAN_HOLDING, ()), *plans)))


def _tells_of_harm_from(back_at: datetime, standing: Sequence[Event]) -> bool:
    """Whether the child told of harm once it was back, and not before: that is for where it lives, and no more for
    where it was found.
    """
    told = [happened_at(event) for event in standing if _tells_of_harm(event)]
    return bool(told) and min(told) >= back_at


def _tells_of_harm(event: Event) -> bool:
    match event.body:
        case PreventionInterviewRecorded(harm_disclosed=told) | ReturnInterviewRecorded(harm_disclosed=told):
            return told is Answer.YES
        case _:
            return False


def _home_that_may_be_known(child: ChildFacts, standing: Sequence[Event]) -> str | None:
    """The area of the home; of a protected one only where its authority speaks of the child itself."""
    home = child.home_area
    if not child.home_is_kept or any(event.sender == home for event in standing):
        return home
    return None


def is_kept_placement(child: ChildFacts, placement: PlacementState) -> bool:
    """Whether the area of a placement may not be known by way of its address."""
    return child.address_is_kept or (placement.address is not None and placement.address.protected)


def nation_of(*codes: str | None) -> Nation:
    """The nation of the first code that tells one (GSS codes begin with its letter)."""
    for code in codes:
        nation = _NATIONS.get(code[:1]) if code else None
        if nation is not None and code is not None and code[1:].isdigit():
            return nation
    return Nation.UNKNOWN


_NATIONS: Final[Mapping[str, Nation]] = {
    "E": Nation.ENGLAND,
    "W": Nation.WALES,
    "S": Nation.SCOTLAND,
    "N": Nation.NORTHERN_IRELAND,
}


def _claims(event: Event) -> tuple[AuthorityClaim, ...]:
    match event.body:
        case CareStatusChanged() as body:
            named = AgencyId(body.responsible_authority or event.sender)
            if named == event.sender and event.sender_kind is AgencyKind.AUTHORITY:
                return _own_statement(event, body)
            return () if body.responsible_authority is None else (_claim(event, named, AuthorityBasis.STATED),)
        case OwnershipTransferred(kind=OwnershipKind.CARE_DUTY, step=OwnershipStep.ACCEPTED) as body:
            accepts = event.sender == body.to_agency and body.in_writing is Answer.YES
            return (_claim(event, AgencyId(body.to_agency), AuthorityBasis.ACCEPTED),) if accepts else ()
        case MissingReported() as body:
            stated = tuple(
                replace(_claim(event, AgencyId(role.agency), AuthorityBasis.STATED), is_of_report=True)
                for role in body.authority_roles
                if role.role is AuthorityRoleKind.RESPONSIBLE
            )
            if event.sender_kind is AgencyKind.AUTHORITY and not stated:
                return (_claim(event, event.sender, AuthorityBasis.REPORTED),)
            return stated
        case _:
            return ()


def _own_statement(event: Event, body: CareStatusChanged) -> tuple[AuthorityClaim, ...]:
    """What an authority says of its own duty: that it is responsible, or in which stretches of days it has a duty."""
    claim = _claim(event, event.sender, AuthorityBasis.OWN_STATEMENT)
    if body.responsible_authority is not None:
        return (claim,)
    own = [one for one in body.statuses if one.status in _CARE_DUTY and one.authority in {None, event.sender}]
    cared_for = [one for one in own if one.status is CareStatus.LOOKED_AFTER]
    claims = ((cared_for, False), ([one for one in own if one.status is not CareStatus.LOOKED_AFTER], True))
    return tuple(
        replace(claim, during=tuple((one.from_date, one.until_date) for one in some), is_of_another_duty=is_other)
        for some, is_other in claims
        if some
    )


def _claim(event: Event, authority: AgencyId, basis: AuthorityBasis) -> AuthorityClaim:
    return AuthorityClaim(
        authority=authority, basis=basis, event=event.id, by=event.sender, accepted_at=event.accepted_at
    )


def _names_home(event: Event, area: str) -> bool:
    person = getattr(event.body, "person", None)
    return person is not None and person.home is not None and person.home.area_code == area


def _section_47_taken(standing: Sequence[Event]) -> tuple[tuple[datetime, AgencyId], ...]:
    """The authorities that accepted the duty in writing, or said themselves that they hold it, each with when."""
    found: list[tuple[datetime, AgencyId]] = []
    for event in standing:
        body = event.body
        if isinstance(body, StrategyDecisionRecorded):
            if body.other_accepted is Answer.YES and body.other_authority is not None:
                found.append((event.accepted_at, AgencyId(body.other_authority)))
            elif body.duty_authority == event.sender and not found:
                found.append((event.accepted_at, event.sender))
        elif (
            isinstance(body, OwnershipTransferred)
            and body.kind is OwnershipKind.SECTION_47
            and body.step is OwnershipStep.ACCEPTED
            and body.in_writing is Answer.YES
            and event.sender == body.to_agency
        ):
            found.append((event.accepted_at, event.sender))
    return tuple(found)


def responsible_authorities(facts: AuthorityFacts, child: ChildFacts) -> frozenset[AgencyId]:
    """Whose word counts as the responsible authority's: the strongest claim's, while disputed each of its level."""
    day = None if child.as_of is None else child.as_of.date()
    claims = facts.on(day)
    strongest, is_disputed = facts.responsible(claims)
    if strongest is None:
        return frozenset()
    if not is_disputed:
        return frozenset({strongest.authority})
    return frozenset(claim.authority for claim in claims if claim.basis is strongest.basis)
