"""What identity has to know of a report, and nothing more: references, identifiers, names, date of birth.

Facts are made comparable here (case, marks, punctuation folded) and are never what is stored or shown: the message
keeps every name as it was written. Something unknown is left out, because unknown is never a match.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from hub.identity.identifiers import is_valid_nhs_number, is_valid_upn
from hub.ids import AgencyId, ClaimId
from schemas.records import AgencyKind, AgencyMessage, BirthPrecision, Identifier, IdentifierKind, Person

Reference: TypeAlias = tuple[str, str]
"""(agency id, its reference): a child, episode or log reference as that agency writes it."""

_PLACEHOLDERS: Final = frozenset(
    {"unknown", "not", "known", "baby", "child", "infant", "male", "female", "boy", "girl"},
)
"""Words that stand in a name's place and name nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """The facts of one report about one claim. Every set may be empty; an empty set agrees with nothing."""

    claim: ClaimId
    agency: AgencyId
    agency_kind: AgencyKind
    own_references: frozenset[Reference] = frozenset()
    quoted_references: frozenset[Reference] = frozenset()
    identifiers: frozenset[str] = frozenset()
    given_names: frozenset[str] = frozenset()
    family_names: frozenset[str] = frozenset()
    births: frozenset[date] = frozenset()


def claim_reference(message: AgencyMessage, message_id: str) -> str:
    """The reference that a claim is made under: the sender's for the child, else for the episode, else the message's.

    A message with no reference at all is a claim of its own, which nothing later can name; intake asks for one.
    """
    if message.child_ref:
        return message.child_ref
    return f"episode:{message.episode_ref}" if message.episode_ref else f"message:{message_id}"


def facts_of(claim: ClaimId, agency: AgencyId, kind: AgencyKind, message: AgencyMessage) -> ClaimFacts:
    """The facts of one message."""
    person: Person | None = getattr(message, "person", None)
    contact = getattr(message, "police_contact", None)
    own = {reference for reference in (message.child_ref, message.episode_ref) if reference}
    quoted = {(ref.agency or "", ref.value) for ref in message.external_refs if ref.value and ref.agency != agency}
    if contact is not None and contact.log_reference:
        quoted.add(("", contact.log_reference))
    births = frozenset[date]()
    if person is not None and person.date_of_birth is not None and person.birth_precision in _FULL_PRECISION:
        births = frozenset({person.date_of_birth})
    return ClaimFacts(
        claim=claim,
        agency=agency,
        agency_kind=kind,
        own_references=frozenset((str(agency), reference) for reference in own),
        quoted_references=frozenset(quoted),
        identifiers=frozenset(_identifiers(person.identifiers)) if person else frozenset(),
        given_names=frozenset(_words([person.given_names or "", *person.other_names])) if person else frozenset(),
        family_names=frozenset(_words([person.family_name or ""])) if person else frozenset(),
        births=births,
    )


_FULL_PRECISION: Final = frozenset({BirthPrecision.DAY, BirthPrecision.UNKNOWN})


def _identifiers(identifiers: Iterable[Identifier]) -> Iterable[str]:
    for identifier in identifiers:
        value = "".join(identifier.value.split()).replace("-", "").upper()
        match identifier.kind:
            case IdentifierKind.NHS_NUMBER if is_valid_nhs_number(value):
                yield f"nhs:{value}"
            case IdentifierKind.UPN if is_valid_upn(value):
                yield f"upn:{value}"
            case IdentifierKind.CONSISTENT:
                yield f"consistent:{value}"
            case IdentifierKind.POLICE | IdentifierKind.COUNCIL if identifier.issuer:
                yield f"{identifier.kind.value}:{identifier.issuer}:{value}"
            case _:
                pass


def _words(names: Iterable[str]) -> Iterable[str]:
    """The words of names in comparable form: letters and digits only, without marks, in one case."""
    for name in names:
        plain = "".join(c for c in unicodedata.normalize("NFKD", name).casefold() if not unicodedata.combining(c))
        joined = plain.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
        for word in "".join(c if c.isalnum() else " " for c in joined).split():
            if len(word) > 1 and word not in _PLACEHOLDERS:
                yield word
