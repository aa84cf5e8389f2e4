"""How an absence ended, or did not: who found the child, who brought it where, what the last word is (law 6).

Every finding and return is kept with its sender and its strength; one of each is the one that counts: the first that
located the child, and the confirmed return that ended the absence. The area of a protected address where a child was
found, or is now, gives nobody a part in the absence. A child that will not go back is settled elsewhere
from the decision on. Where only the placement says that the child is back, police have still to confirm.
"""

from collections.abc import Sequence

from hub.episode.absence import Absence
from hub.episode.marks import Competence, Mark, MarkKind
from hub.episode.model import Finding, Phase, Question, QuestionKind, Return
from hub.episode.phases import confirmed_by
from schemas.records import (
    Address,
    AgencyKind,
    ChildFound,
    ChildReturned,
    ClaimedStatus,
    Collector,
    PhaseKind,
    ReturnedTo,
    SeenBy,
    StatusClaimed,
)


def findings(absence: Absence, competence: Competence) -> tuple[Finding, ...]:
    """Every standing finding of this absence, in the order of time."""
    found = [mark for mark in absence.marks if isinstance(mark.event.body, ChildFound) and not mark.is_withdrawn]
    if not found:
        return ()
    confirmations = [
        mark
        for mark in absence.marks
        if mark.kind in {MarkKind.LOCATE, MarkKind.END}
        and not mark.is_withdrawn
        and competence.is_competent(mark.event)
    ]
    return tuple(_finding(mark, confirmations) for mark in sorted(found, key=lambda mark: mark.place_in_time))


def _finding(mark: Mark, confirmations: Sequence[Mark]) -> Finding:
    body = mark.event.body
    if not isinstance(body, ChildFound):
        raise TypeError
    confirmation = confirmed_by(mark, confirmations)
    address = body.address
    return Finding(
        event=mark.event.id,
        agency=mark.event.sender,
        kind=mark.event.sender_kind,
        at=mark.at,
        accepted_at=mark.event.accepted_at,
        seen_by=body.seen_by,
        condition=body.condition,
        safe_for_now=body.safe_for_now,
        place=body.place,
        place_kind=body.place_kind,
        area_code=_area(body.area_code, address),
        health_setting=body.health_setting,
        locates=mark.kind is not MarkKind.HINT or confirmation is not None,
        confirmed_by=confirmation,
    )


def _area(stated: str | None, address: Address | None) -> str | None:
    """The area of a place; None where its address is protected, whatever was stated beside it."""
    if address is None:
        return stated
    return None if address.protected else stated or address.area_code


def finding_that_counts(found: Sequence[Finding], phases: Sequence[Phase]) -> Finding | None:
    """The finding that located the child last: the one the current or last located phase stands on, if any."""
    by_event = {finding.event: finding for finding in found}
    for phase in reversed(phases):
        if phase.kind is PhaseKind.LOCATED and phase.event in by_event:
            return by_event[phase.event]
    return next((finding for finding in found if finding.locates), None)


def returns(absence: Absence, competence: Competence) -> tuple[Return, ...]:
    """Every standing return of this absence, in the order of time, claims of `returned` included."""
    has_police = any(
        mark.kind in {MarkKind.END, MarkKind.LOCATE}
        and mark.event.sender_kind is AgencyKind.POLICE
        and not mark.is_withdrawn
        for mark in absence.marks
    )
    found = [mark for mark in absence.marks if tells_of_return(mark) and not mark.is_withdrawn]
    return tuple(
        _return(mark, absence, competence, has_police=has_police)
        for mark in sorted(found, key=lambda mark: mark.place_in_time)
    )


def tells_of_return(mark: Mark) -> bool:
    """True if it says that the child is back, whoever says so."""
    match mark.event.body:
        case ChildReturned() | StatusClaimed(status=ClaimedStatus.RETURNED):
            return True
        case _:
            return False


def _return(mark: Mark, absence: Absence, competence: Competence, *, has_police: bool) -> Return:
    event, body = mark.event, mark.event.body
    full = body if isinstance(body, ChildReturned) else None
    address = None if full is None else full.address
    area = full.area_code if full is not None else getattr(body, "area_code", None)
    return Return(
        event=event.id,
        agency=event.sender,
        kind=event.sender_kind,
        at=mark.at,
        accepted_at=event.accepted_at,
        to=ReturnedTo.UNKNOWN if full is None else full.to,
        settled_elsewhere=full is not None and full.settled_elsewhere,
        brought_by=Collector.UNKNOWN if full is None else full.brought_by,
        seen_by=SeenBy.UNKNOWN if full is None else full.seen_by,
        area_code=_area(area, address),
        address=address,
        ends=mark is absence.cut_by,
        counts=mark.kind is MarkKind.END,
        needs_police=(
            full is not None and not has_police and not competence.is_competent(event) and mark.kind is MarkKind.END
        ),
    )


def questions(absence: Absence) -> tuple[Question, ...]:
    """What only the agencies can settle about this absence, in a fixed order."""
    found = list(absence.questions)
    standing = [mark for mark in absence.marks if not mark.is_withdrawn]
    starts = [mark for mark in standing if mark.kind in {MarkKind.START, MarkKind.UNEXPLAINED} and mark.is_known]
    ends = [
        mark
        for mark in standing
        if mark.kind is MarkKind.END and not mark.is_death and not absence.is_moved_on_by(mark)
    ]
    if len({mark.at for mark in starts}) > 1:
        found.append(_question(QuestionKind.START_DIFFERS, "began_at", starts))
    if len({mark.at for mark in ends}) > 1:
        found.append(_question(QuestionKind.END_DIFFERS, "ended_at", ends))
    end = absence.cut_by if absence.ended_at is not None else None
    if end is not None and not end.is_death:
        later = [
            mark
            for mark in standing
            if mark.kind is MarkKind.START and isinstance(mark.event.body, StatusClaimed) and mark.known_from > end.at
        ]
        found.extend(_question(QuestionKind.RETURN_DISPUTED, "ended_at", [end, mark]) for mark in later)
    if standing and not any(mark.kind is MarkKind.START for mark in absence.marks):
        found.append(_question(QuestionKind.NEVER_REPORTED, "reports", standing[:1]))
    return tuple(sorted(found, key=lambda question: (question.kind, question.events)))


def _question(kind: QuestionKind, field: str, marks: Sequence[Mark]) -> Question:
    in_order = sorted(marks, key=lambda mark: (mark.event.order, mark.event.id))
    return Question(kind=kind, field=field, events=tuple(mark.event.id for mark in in_order))
