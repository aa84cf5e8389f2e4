"""Puts one episode together from its absence and the events that bear on it; every rule stands in its own module.

What the reports say beside when and where (nature, companions, who may be told) is read here, the later report
replacing the earlier, apart from what the reporter may be told: there the strictest word counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.episode.absence import Absence, opening
from hub.episode.authorities import AuthorityFacts, authorities, nation_of
from hub.episode.cancelled import cancellation
from hub.episode.corrections import Revised
from hub.episode.death import death
from hub.episode.ending import finding_that_counts, findings, questions, returns
from hub.episode.facts import ELSEWHERE
from hub.episode.forces import forces, transfers
from hub.episode.holding import holding
from hub.episode.marks import HOME_KINDS, Competence, Mark, MarkKind
from hub.episode.model import Companions, Episode, Finding, Report
from hub.episode.numbering import Numbering
from hub.episode.person import ChildFacts, care_on, placement_of
from hub.episode.phases import is_away, phases
from hub.episode.police import police_standing
from hub.episode.risk import risk
from hub.episode.status import status, status_claims
from hub.episode.times import recorded_at
from hub.event import Event
from hub.ids import AgencyId, ChildId, EventId, episode_id
from schemas.records import (
    AgencyKind,
    ChildReturned,
    LegalBasis,
    MayBeTold,
    MissingAmended,
    MissingReported,
    Nature,
    PlaceKind,
    PoliceContactState,
    Relation,
    ReportedStatus,
    ReturnedTo,
    StatusClaimed,
    TravelCue,
)

_WHERE_IT_LIVES: Final = frozenset({ReturnedTo.HOME, ReturnedTo.PLACEMENT, ReturnedTo.NEW_PLACEMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the episodes of one child share."""

    child: ChildId
    revised: Revised
    facts: ChildFacts
    authorities: AuthorityFacts
    competence: Competence
    numbering: Numbering


def episode(absence: Absence, bearing: Sequence[Event], touched_up_to: int, setting: Setting) -> Episode:
    """The episode of an absence from all events that bear on it, in the order accepted, withdrawn ones included.

    `touched_up_to` is the order of the last event that touched it, those included that bear on it no longer.
    """
    competence, facts, withdrawn = setting.competence, setting.facts, setting.revised.withdrawn
    standing = tuple(event for event in bearing if event.id not in withdrawn) if withdrawn else tuple(bearing)
    marks = {mark.event.id: mark for mark in absence.marks}
    openers = list(opening(absence))
    anchor = openers[0].id
    reports = _reports(absence, withdrawn)
    start = absence.start or absence.marks[0]
    began_at = absence.began_at or start.at
    stretches = phases(absence, standing, competence)
    held = holding(bearing, withdrawn)
    dead = death(absence, standing, held.owner)
    cancelled = cancellation(absence, withdrawn)
    what, because = status(absence, stretches, standing, competence, dead, cancelled)
    all_findings = findings(absence, competence)
    found = finding_that_counts(all_findings, stretches)
    all_returns = returns(absence, competence)
    returned = next((each for each in all_returns if each.ends), None)
    placement, former = placement_of(facts, began_at, _settled_at(absence), standing)
    where = _found_where(found, marks)
    back_at = returned.at if returned is not None and returned.to in _WHERE_IT_LIVES else None
    who = authorities(setting.authorities, facts, placement, where, standing, absence.closed_at, back_at)
    said = _Said(standing, absence)
    until = absence.closed_at or facts.as_of
    sequence, changed_at = setting.numbering.up_to(touched_up_to)
    ended_by = absence.cut_by.event.id if absence.cut_by is not None else None
    return Episode(
        id=episode_id(anchor, openers[0].sender),
        aliases=tuple(episode_id(event.id, event.sender) for event in openers[1:]),
        child=setting.child,
        anchor=anchor,
        nation=nation_of(who.responsible, who.holder, facts.home_area, held.owner, *(one.sender for one in openers)),
        status=what,
        status_event=because,
        status_claims=status_claims(standing, marks, competence),
        police=police_standing(standing, held),
        began_at=began_at,
        start_is_known=absence.start_is_known,
        start_event=start.event.id,
        ended_at=absence.ended_at,
        ended_before=absence.ended_before,
        end_event=ended_by,
        phases=stretches,
        reports=reports,
        findings=all_findings,
        found=found,
        returns=all_returns,
        returned=returned,
        risk=risk(standing, anchor, began_at, facts.born, facts.flags),
        nature=said.nature,
        legal_basis=said.legal_basis,
        expected_by=said.expected_by,
        travel_cues=said.travel_cues,
        care=care_on(facts, None if until is None else until.date()),
        flags=facts.flags,
        placement=placement,
        former_placements=former,
        authorities=who,
        forces=forces(standing, held, facts, reports, placement, found, returned),
        transfers=transfers(standing),
        school=said.school or facts.school,
        companions=said.companions,
        may_be_told=said.may_be_told,
        death=dead,
        cancelled=cancelled,
        never_reported=not reports,
        questions=questions(absence),
        events=tuple(event.id for event in bearing),
        standing=standing,
        sequence=sequence,
        changed_at=changed_at,
    )


def _settled_at(absence: Absence) -> datetime | None:
    """Until when a move of the child is one in the course of its absence: of a child in hospital, in custody or abroad
    until it is back from there; None while that lasts.
    """
    end = absence.cut_by
    if end is None or not isinstance(end.event.body, ChildReturned) or end.event.body.to not in ELSEWHERE:
        return absence.closed_at
    return min((mark.at for mark in absence.marks if absence.is_moved_on_by(mark)), default=None)


def _found_where(found: Finding | None, marks: Mapping[EventId, Mark]) -> tuple[Event, str] | None:
    if found is None or found.area_code is None or found.event not in marks:
        return None
    return marks[found.event].event, found.area_code


def _reports(absence: Absence, withdrawn: Mapping[EventId, Event]) -> tuple[Report, ...]:
    """Every report of an absence in the order accepted, withdrawn ones marked."""
    found = sorted(
        (mark for mark in absence.marks if mark.kind is MarkKind.START),
        key=lambda mark: (mark.event.order, mark.event.id),
    )
    return tuple(_report(mark, withdrawn.get(mark.event.id)) for mark in found)


def _report(mark: Mark, cancelled_by: Event | None) -> Report:
    event = mark.event
    body = event.body
    full = body if isinstance(body, MissingReported) else None
    seen = None if full is None else full.last_seen
    reporter = None if full is None else full.reporter
    contact = None if full is None else full.police_contact
    claimed_area = body.area_code if isinstance(body, StatusClaimed) else None
    return Report(
        event=event.id,
        agency=event.sender,
        kind=event.sender_kind,
        claim=event.claim,
        status=ReportedStatus.AWAY if is_away(body) else ReportedStatus.MISSING,
        last_seen_at=mark.at if mark.is_known else None,
        reported_at=recorded_at(event),
        accepted_at=event.accepted_at,
        seen_at_home=seen is not None and seen.place_kind in HOME_KINDS,
        last_seen_area=claimed_area if seen is None else seen.area_code,
        last_seen_place_kind=PlaceKind.UNKNOWN if seen is None else seen.place_kind,
        relation=Relation.UNKNOWN if reporter is None else reporter.relation,
        may_be_told=MayBeTold.UNKNOWN if reporter is None else reporter.may_be_told,
        police_contact=PoliceContactState.UNKNOWN if contact is None else contact.state,
        cancelled_by=None if cancelled_by is None else cancelled_by.id,
    )


class _Said:
    """What the reports of an episode say beside when and where, the later replacing the earlier."""

    _STRICTNESS = (MayBeTold.UNKNOWN, MayBeTold.FULL, MayBeTold.SAFE_ONLY, MayBeTold.NOTHING)

    def __init__(self, standing: Sequence[Event], absence: Absence) -> None:
        self.nature = Nature.UNKNOWN
        self.legal_basis = LegalBasis.UNKNOWN
        self.expected_by: datetime | None = None
        self.school: AgencyId | None = None
        self.may_be_told = MayBeTold.UNKNOWN
        cues: dict[TravelCue, None] = {}
        incidents: dict[str, None] = {}
        children: dict[str, None] = {}
        told = (mark.event for mark in absence.marks) if absence.is_withdrawn else standing
        for event in told:
            body = event.body
            if isinstance(body, MissingReported):
                self._take(event, body)
                cues.update(dict.fromkeys(body.travel_cues))
                if body.incident_ref is not None:
                    incidents[body.incident_ref] = None
                children.update(dict.fromkeys(body.companions))
            elif isinstance(body, MissingAmended) and body.reporter is not None:
                self.may_be_told = self._stricter(body.reporter.may_be_told)
        self.travel_cues = tuple(cues)
        self.companions = Companions(incident_refs=tuple(incidents), child_refs=tuple(children))

    def _take(self, event: Event, body: MissingReported) -> None:
        if body.nature is not Nature.UNKNOWN:
            self.nature = body.nature
        if body.legal_basis is not LegalBasis.UNKNOWN:
            self.legal_basis = body.legal_basis
        if body.expected_by is not None:
            self.expected_by = body.expected_by
        if event.sender_kind is AgencyKind.SCHOOL:
            self.school = event.sender
        if body.reporter is not None:
            self.may_be_told = self._stricter(body.reporter.may_be_told)

    def _stricter(self, other: MayBeTold) -> MayBeTold:
        return max(self.may_be_told, other, key=self._STRICTNESS.index)
