"""The facts of a row of plain columns, for judging the decision without Kafka: what a report says, as a CSV has it.

The columns are `record_id, sender, sender_kind, received_at, episode_ref, child_ref, other_refs, given_names,
family_name, date_of_birth, sex, nhs_number, upn, home_line, home_postcode, placement_line, placement_postcode`; any
may be missing or empty. A value that cannot be read is left out, as unknown: what to say about it is the reader's.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from hub.identity.facts import (
    ClaimFacts,
    Reference,
    address,
    is_credible,
    is_quotable,
    names,
    official,
    own_references,
    quarters,
    reference_among,
    sexes,
    unclassified,
)
from hub.ids import AgencyId, ClaimId
from schemas.records import AgencyKind, IdentifierKind, Sex

_YEAR_DIGITS: Final = 4
_KINDS: Final = {kind.value: kind for kind in AgencyKind}
_SEXES: Final = {sex.value: sex for sex in Sex}
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def column_reference(row: Mapping[str, str]) -> str:
    """The reference a row's claim is made under, by the rule of `claim_reference`."""
    return reference_among(_text(row, "child_ref"), _text(row, "episode_ref"), _text(row, "record_id"))


def facts_from_columns(claim: ClaimId, row: Mapping[str, str]) -> ClaimFacts:
    """The facts of one row. `other_refs` are separated by `;`, each `agency:value` or a value alone."""
    agency = AgencyId(_text(row, "sender"))
    at = _received(_text(row, "received_at"))
    born, year = born_of(_text(row, "date_of_birth"), at)
    return ClaimFacts(
        claim=claim,
        agency=agency,
        agency_kind=_kind(_text(row, "sender_kind")),
        own_references=own_references(agency, _text(row, "child_ref"), _text(row, "episode_ref")),
        quoted_references=frozenset(_quoted(_text(row, "other_refs"), agency)),
        identifiers=official(IdentifierKind.NHS_NUMBER, None, _text(row, "nhs_number"))
        | unclassified(_text(row, "nhs_number"))
        | official(IdentifierKind.UPN, None, _text(row, "upn")),
        given=names([_text(row, "given_names")]),
        family=names([_text(row, "family_name")]),
        births=frozenset({born} if born is not None else ()),
        birth_years=frozenset({year} if year is not None else ()),
        sexes=sexes(_sex(_text(row, "sex"))),
        homes=address(_text(row, "home_line"), _text(row, "home_postcode")),
        placements=address(_text(row, "placement_line"), _text(row, "placement_postcode")),
        is_filed=bool(own_references(agency, _text(row, "child_ref"))),
        reported=quarters(at),
    )


def _text(row: Mapping[str, str], column: str) -> str:
    return (row.get(column) or "").strip()


def _kind(text: str) -> AgencyKind:
    return _KINDS.get(text, AgencyKind.UNKNOWN)


def _sex(text: str) -> Sex:
    return _SEXES.get(text, Sex.UNKNOWN)


def born_of(text: str, at: datetime | None = None) -> tuple[date | None, int | None]:
    """A day of birth, or the year where no more is known of it; nothing that lies after the report `at`."""
    if len(text) == _YEAR_DIGITS and text.isascii() and text.isdigit():
        year = int(text)
        return None, year if year and is_credible(date(year, 1, 1), at) else None
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return _no_such_day(text, at)
    return (born, None) if is_credible(born, at) else (None, None)


def _no_such_day(text: str, at: datetime | None) -> tuple[date | None, int | None]:
    """A date that no calendar has: with day and month in each other's place, if that is one; else its year is known."""
    if not (written := _DATE.fullmatch(text)):
        return None, None
    year, month, day = written.groups()
    try:
        born = date(int(year), int(day), int(month))
    except ValueError:
        return born_of(year, at)
    return (born, None) if is_credible(born, at) else (None, None)


def _received(text: str) -> datetime | None:
    """When a report was received; a time without an offset is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _quoted(text: str, agency: AgencyId) -> set[Reference]:
    """What a row quotes from others, its own agency's references apart; `a:b` may be one reference or two parts."""
    found: set[Reference] = set()
    for part in text.split(";"):
        value = part.strip()
        if not value:
            continue
        issuer, _, reference = (piece.strip() for piece in value.partition(":"))
        if reference and issuer != agency and is_quotable(reference, issuer):
            found |= {("", value), (issuer, reference)}
        elif not reference and is_quotable(value, None):
            found.add(("", value))
    return found
