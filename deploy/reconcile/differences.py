"""What an extract and the register say differently of one absence: times, stretch, duration, risk and person.

Days are compared as days; names and birth in the form in which they are compared anywhere. What could not be read is
not known, and differs from nothing.
"""

from collections.abc import Iterator
from datetime import timedelta

from deploy.reconcile.extract import ExtractRow, Moment
from deploy.reconcile.outcome import Differing
from deploy.reconcile.register import OurAbsence
from hub.identity import facts_from_columns
from hub.ids import ClaimId
from schemas.records import PhaseKind


def differences(row: ExtractRow, ours: OurAbsence, tolerance: timedelta) -> Iterator[Differing]:
    """Every field that the two say differently."""
    began, ended = ours.began, ours.ended
    same_kind = [stretch for stretch in ours.stretches if stretch.kind is row.status]
    if row.status in {PhaseKind.MISSING, PhaseKind.AWAY}:
        if same_kind:
            nearest = min(same_kind, key=lambda one: abs(one.began.at - row.began.at))
            began, ended = nearest.began, nearest.ended
        elif ours.stretches:
            kinds = ", ".join(dict.fromkeys(stretch.kind.value for stretch in ours.stretches))
            yield Differing(name="status", theirs=row.status.value, ours=kinds)
    yield from _of_time("began_at", row.began, began, tolerance)
    if row.has_unread_end:
        pass
    elif row.ended is None or ended is None:
        if (row.ended is None) != (ended is None):
            yield Differing(name="ended_at", theirs=str(row.ended or "not ended"), ours=str(ended or "not ended"))
    else:
        yield from _of_time("ended_at", row.ended, ended, tolerance)
        yield from _of_duration(row, began, ended, tolerance)
    if row.risk and (risk := ours.known.get("episode.risk")) and risk != row.risk:
        yield Differing(name="risk", theirs=row.risk, ours=risk)
    yield from _of_person(row, ours)


def _of_time(name: str, theirs: Moment, ours: Moment, tolerance: timedelta) -> Iterator[Differing]:
    if theirs.is_day:
        days = (theirs.day - ours.day).days
        if days:
            yield Differing(name=name, theirs=str(theirs), ours=f"{ours.day:%d %b %Y}", apart=days * 24 * 60)
        return
    apart = theirs.at - ours.at
    if abs(apart) > tolerance:
        yield Differing(name=name, theirs=str(theirs), ours=str(ours), apart=round(apart.total_seconds() / 60))


def _of_duration(row: ExtractRow, began: Moment, ended: Moment, tolerance: timedelta) -> Iterator[Differing]:
    if row.ended is None:
        return
    if row.began.is_day or row.ended.is_day:
        theirs_days, ours_days = (row.ended.day - row.began.day).days, (ended.day - began.day).days
        if theirs_days != ours_days:
            apart = (theirs_days - ours_days) * 24 * 60
            yield Differing(name="duration", theirs=f"{theirs_days} d", ours=f"{ours_days} d", apart=apart)
        return
    theirs, ours = row.ended.at - row.began.at, ended.at - began.at
    if abs(theirs - ours) > tolerance:
        yield Differing(
            name="duration", theirs=_span(theirs), ours=_span(ours), apart=round((theirs - ours).total_seconds() / 60)
        )


def _span(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60:02} min"


def _of_person(row: ExtractRow, ours: OurAbsence) -> Iterator[Differing]:
    """Name and birth in the form in which they are compared anywhere: case and marks make no difference."""
    facts = facts_from_columns(ClaimId("theirs"), row.facts)
    named = {
        "given_names": ours.known.get("person.given_names", ""),
        "family_name": ours.known.get("person.family_name", ""),
        "date_of_birth": ours.known.get("person.date_of_birth", ""),
        "sex": ours.known.get("person.sex", ""),
    }
    known = facts_from_columns(ClaimId("ours"), named)
    pairs = (
        ("given_names", facts.given, known.given),
        ("family_name", facts.family, known.family),
        ("date_of_birth", facts.births, known.births),
        ("sex", facts.sexes, known.sexes),
    )
    for name, theirs, mine in pairs:
        if theirs and mine and theirs != mine:
            yield Differing(name=name, theirs=row.facts[name], ours=named[name])
