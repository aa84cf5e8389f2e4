"""The reports that a row of an extract stands for: what the agency would have sent, and nothing that it does not know.

A start known by its day alone is the start of that day, and is sent as a last-seen that nobody knows the time of; an
end known by its day alone is the end of that day; both say so in words. Where one child's rows meet within a day, the
later begins when the earlier ends (`Days`), so that no return is taken for that of another absence.

A row of a located child is a report and the word that it is located; who saw it, no extract says. Only police set a
grade of risk: anybody else's is left out, and counted by whoever publishes.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, TypedDict

from deploy.reconcile.extract import ExtractRow, Moment
from schemas.records import (
    Address,
    AgencyKind,
    AgencyMessage,
    BirthPrecision,
    ChildReturned,
    ClaimedStatus,
    ExternalRef,
    Identifier,
    IdentifierKind,
    LastSeen,
    MissingReported,
    Person,
    PhaseKind,
    ReportedStatus,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    Sex,
    StatusClaimed,
)

_BY_DAY: Final = "From an extract of our own system, which has the day {day} and no time of day."
_SECOND: Final = timedelta(seconds=1)
_LEAST: Final = timedelta(milliseconds=1)
"""The shortest stretch that a message can tell."""


@dataclass(frozen=True, slots=True)
class Times:
    """When an absence is said to begin and to end."""

    began: datetime
    ended: datetime | None


@dataclass(slots=True)
class Days:
    """Puts the rows of one child in order where some of them tell only days. Note every row, then ask for its times."""

    _of: defaultdict[tuple[str, ...], list[ExtractRow]] = field(default_factory=lambda: defaultdict(list))
    _found: dict[int, Times] = field(default_factory=dict)

    def note(self, row: ExtractRow) -> None:
        """This row is in the extract, chosen or not."""
        self._of[_whose(row)].append(row)

    def times(self, row: ExtractRow) -> Times:
        """When this row says the child was away."""
        if row.line not in self._found:
            self._found |= _in_order([row, *(other for other in self._of[_whose(row)] if other.line != row.line)])
        return self._found[row.line]


def _whose(row: ExtractRow) -> tuple[str, ...]:
    if row.child_ref:
        return (row.child_ref,)
    named = tuple(row.facts.get(name, "") for name in ("given_names", "family_name", "date_of_birth"))
    return named if any(named) else ("", str(row.line))


def _in_order(rows: list[ExtractRow]) -> dict[int, Times]:
    found: dict[int, Times] = {}
    ordered = sorted(rows, key=lambda row: (row.began.at, row.ended is None, row.ended and row.ended.last, row.line))
    until: datetime | None = None
    for place, row in enumerate(ordered):
        began = row.began.at
        if row.began.is_day and until is not None and began < until < row.began.last:
            began = until
        following = ordered[place + 1].began if place + 1 < len(ordered) else None
        ended = None if row.ended is None else max(_end(row.ended, began, following), began + _LEAST)
        found[row.line] = Times(began, ended)
        until = ended if until is None or (ended is not None and ended > until) else until
    return found


def _end(ended: Moment, began: datetime, following: Moment | None) -> datetime:
    if not ended.is_day:
        return ended.at
    last = ended.last - _SECOND
    if following is not None and not following.is_day and began < following.at <= last:
        return following.at
    return last


def is_ahead(row: ExtractRow, now: datetime) -> bool:
    """True if a row tells of what has not happened yet."""
    return row.began.at > now or (row.ended is not None and row.ended.at > now)


def is_unread(row: ExtractRow) -> bool:
    """True if a row says an end or a type that could not be read: sent without it, a child who is back, or was never
    missing, would be sought.
    """
    return bool(row.unread)


def leaves_out_risk(row: ExtractRow) -> bool:
    """True if a row has a grade of risk that is not sent."""
    return row.risk is not None and row.facts.get("sender_kind") != AgencyKind.POLICE


def reports_of(
    row: ExtractRow, now: datetime, *, reference: str, times: Times | None = None
) -> tuple[AgencyMessage, ...]:
    """The reports that a row stands for, the earlier first.

    `reference` names the absence where the row has no reference of its own for it; it must be of this row alone.
    """
    times = times or _in_order([row])[row.line]
    return tuple(_reports(row, now, reference, times))


def _reports(row: ExtractRow, now: datetime, reference: str, times: Times) -> Iterator[AgencyMessage]:
    said: _Said = {
        "child_ref": row.child_ref or None,
        "episode_ref": row.episode_ref or reference,
        "recorded_at": now,
    }
    yield _missing(row, times.began, said)
    began = None if row.began.is_day else times.began
    if row.status is PhaseKind.LOCATED:
        yield StatusClaimed(
            **said, occurred_at=times.began, status=ClaimedStatus.LOCATED, since=began, place=row.place,
            basis=_of_day(row.began),
        )  # fmt: skip
    if row.risk is not None and not leaves_out_risk(row):
        yield RiskAssessed(**said, occurred_at=times.began, grade=RiskGrade(row.risk))
    if row.ended is not None and times.ended is not None:
        ended = max(min(times.ended, now), times.began + _LEAST)
        yield ChildReturned(
            **said, occurred_at=ended, returned_at=None if row.ended.is_day else ended, to=ReturnedTo.UNKNOWN,
            circumstances=_of_day(row.ended),
        )  # fmt: skip


def _missing(row: ExtractRow, began: datetime, said: "_Said") -> MissingReported:
    """That the child was away. Of a stretch after it was located nobody says when it was last seen before that."""
    is_known = not row.began.is_day and row.status is not PhaseKind.LOCATED
    return MissingReported(
        **said,
        occurred_at=began,
        external_refs=tuple(_quoted(row.facts.get("other_refs", ""))),
        person=_person(row.facts),
        last_seen=LastSeen(
            at=began if is_known else None,
            not_known=not is_known,
            place=None if row.status is PhaseKind.LOCATED else row.place,
        ),
        circumstances=_of_day(row.began),
        status=ReportedStatus.AWAY if row.status is PhaseKind.AWAY else ReportedStatus.MISSING,
    )


class _Said(TypedDict):
    """What every report of a row has in common."""

    child_ref: str | None
    episode_ref: str
    recorded_at: datetime


def _of_day(moment: Moment) -> str | None:
    return _BY_DAY.format(day=moment) if moment.is_day else None


def _person(known: Mapping[str, str]) -> Person:
    born = known.get("date_of_birth") or None
    return Person(
        given_names=known.get("given_names") or None,
        family_name=known.get("family_name") or None,
        date_of_birth=date.fromisoformat(born) if born else None,
        birth_precision=BirthPrecision.DAY if born else BirthPrecision.UNKNOWN,
        sex=Sex(known["sex"]) if known.get("sex") else Sex.UNKNOWN,
        identifiers=tuple(_identifiers(known)),
        home=_address(known, "home"),
        placement_address=_address(known, "placement"),
    )


def _identifiers(known: Mapping[str, str]) -> Iterator[Identifier]:
    for column, kind in (("nhs_number", IdentifierKind.NHS_NUMBER), ("upn", IdentifierKind.UPN)):
        if known.get(column):
            yield Identifier(kind=kind, value=known[column])


def _address(known: Mapping[str, str], which: str) -> Address | None:
    line, postcode = known.get(f"{which}_line"), known.get(f"{which}_postcode")
    return Address(line=line or None, postcode=postcode or None) if line or postcode else None


def _quoted(text: str) -> Iterator[ExternalRef]:
    for one in filter(None, (part.strip() for part in text.split(";"))):
        agency, _, value = one.rpartition(":")
        yield ExternalRef(agency=agency or None, value=value)
