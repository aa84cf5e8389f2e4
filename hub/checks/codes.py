"""Codes that are not what they should be: check digits, area codes. All kept as text.

An identifier that fails its check digit is never matched with anything, and its sender is told: a wrong NHS number
that is quietly matched would put one child's record under another's name.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from hub.checks.fields import Leaf
from hub.identity.facts import official
from hub.identity.identifiers import is_valid_nhs_number, is_valid_upn
from hub.reference import packaged_reference
from schemas.records import (
    AgencyMessage,
    Finding,
    FindingKind,
    Identifier,
    IdentifierKind,
    Person,
)

_AREA: Final = re.compile(r"[EWSN][0-9]{8}")
_CHECKED: Final = {
    IdentifierKind.NHS_NUMBER: (is_valid_nhs_number, "is no NHS number: its check digit does not fit"),
    IdentifierKind.UPN: (is_valid_upn, "is no UPN: its check letter does not fit"),
}
_ISSUED: Final = frozenset({IdentifierKind.POLICE, IdentifierKind.COUNCIL})


def code_findings(record: AgencyMessage, given: Iterable[Leaf]) -> Iterator[Finding]:
    """What is wrong with the codes of a message."""
    person: Person | None = getattr(record, "person", None)
    if person is not None:
        for index, identifier in enumerate(person.identifiers):
            yield from _identifier(identifier, f"person.identifiers[{index}]")
    for leaf in given:
        if leaf.name == "area_code":
            yield from _area(str(leaf.value), leaf.path)


def _area(code: str, where: str) -> Iterator[Finding]:
    remedy = "send the code of the upper-tier authority; routed without it"
    if not _AREA.fullmatch(code):
        yield _flag(where, "is no GSS code of an area (a letter of E, W, S, N and eight digits)", remedy)
    elif code not in packaged_reference().authorities and code not in packaged_reference().forces:
        yield _flag(where, "is the code of no authority or force that the hub knows", remedy)


def _identifier(identifier: Identifier, where: str) -> Iterator[Finding]:
    if identifier.kind is IdentifierKind.UNKNOWN:
        yield _flag(f"{where}.kind", "is not given", "say what identifier it is: it is kept as text and never matched")
    elif identifier.kind in _CHECKED:
        is_valid, rule = _CHECKED[identifier.kind]
        remedy = "check it at its source; kept as text and never matched"
        if not is_valid(identifier.value):
            yield _flag(f"{where}.value", rule, remedy)
        elif not official(identifier.kind, identifier.issuer, identifier.value):
            yield _flag(f"{where}.value", "is a number that stands for none", remedy)
    elif identifier.kind in _ISSUED and not identifier.issuer:
        yield _flag(f"{where}.issuer", "is not given", "say whose reference it is: without that it is never matched")


def _flag(where: str, rule: str, remedy: str) -> Finding:
    return Finding(field=where, rule=rule, remedy=remedy, kind=FindingKind.FLAG)
