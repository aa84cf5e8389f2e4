"""What identity has to know of a report, and nothing more: references, identifiers, names, birth, sex, addresses.

Facts are made comparable here (case, marks, punctuation folded) and are never what is stored or shown: the message
keeps every name as it was written. Something unknown is left out, because unknown is never a match: a placeholder for
a name, an identifier that fails its check digit, a day that no calendar has.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeAlias

from hub.episode.field_changes import with_changes
from hub.identity.folding import folded, words
from hub.identity.identifiers import is_valid_nhs_number, is_valid_upn
from hub.identity.placeholders import (
    in_parts,
    is_no_day,
    is_no_line,
    is_no_number,
    is_no_postcode,
    is_no_reference,
    without_placeholders,
)
from hub.ids import AgencyId, ClaimId
from schemas.records import Address as PostalAddress
from schemas.records import (
    AgencyKind,
    AgencyMessage,
    BirthPrecision,
    CorrectionMade,
    FieldChange,
    Identifier,
    IdentifierKind,
    MissingReported,
    Person,
    Sex,
)

Reference: TypeAlias = tuple[str, str]
"""(agency id, its reference): a child, episode or log reference as that agency writes it; no agency if not said."""

Words: TypeAlias = tuple[str, ...]
"""The folded words of one name, in the order they were written; a single Latin letter is an initial."""

Address: TypeAlias = tuple[str, str]
"""(line, postcode), folded; either may be empty, never both."""

_FULL_PRECISION: Final = frozenset({BirthPrecision.DAY, BirthPrecision.UNKNOWN})
_MOST_WORDS: Final = 6
_UNCLASSIFIED: Final = (6, 7, 8, 9, 11, 12)
"""Lengths of official numbers that are no NHS number (c)."""
_LETTERS: Final = 2
_BIRTH_YEARS: Final = range(1900, 2100)
_A_DAY: Final = timedelta(days=1)
"""A report of the first hours of a day here may be of the day before in UTC."""
_QUARTER: Final = 6 * 3_600
_MOST_TIMES: Final = 8
"""The latest reports of a claim whose time is kept (c)."""

_ANY_NUMBER: Final = "0"
_KINDS: Final = {
    IdentifierKind.NHS_NUMBER: ("nhs:",),
    IdentifierKind.UPN: ("upn:",),
    IdentifierKind.CONSISTENT: ("consistent:",),
}
"""The official numbers of which a child has one; a force or a council may have given several."""

_MOST: Final = {
    "own_references": 512, "quoted_references": 512, "identifiers": 32, "given": 32, "family": 32, "other": 32,
    "births": 16, "birth_years": 16, "sexes": 4, "homes": 64, "placements": 64, "phones": 32,
}  # fmt: skip
"""So many different values of a fact are kept of one claim (c): more than any child has, and few enough that a sender
whose system files everything under one reference costs each further report no more than the last.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """The facts of one claim. Every set may be empty; an empty set agrees with nothing.

    `given`, `family` and `other` hold names as lists of words; `births` whole dates of birth as written, `birth_years`
    years where no more is known. `homes` and `placements` hold every address said, now and before. `is_filed` says that
    the agency has a reference of its own for the child: two such references are two children to it, as a rule.
    `reported` are the quarters of a day, counted from 1970 in UTC, in which the latest reports were made: several
    agencies report one absence within hours.

    `is_correction` and `taken_back` are of one message and not kept: its sender says that its own record was wrong, and
    which official identifiers on it are not this child's, each by itself or all of a kind (`nhs:`). A name or a
    birthday that was written wrongly stays: others copied it. A number that was wrong is somebody else's.
    """

    claim: ClaimId
    agency: AgencyId
    agency_kind: AgencyKind
    own_references: frozenset[Reference] = frozenset()
    quoted_references: frozenset[Reference] = frozenset()
    identifiers: frozenset[str] = frozenset()
    given: frozenset[Words] = frozenset()
    family: frozenset[Words] = frozenset()
    other: frozenset[Words] = frozenset()
    births: frozenset[date] = frozenset()
    birth_years: frozenset[int] = frozenset()
    sexes: frozenset[str] = frozenset()
    homes: frozenset[Address] = frozenset()
    placements: frozenset[Address] = frozenset()
    phones: frozenset[str] = frozenset()
    is_filed: bool = False
    reported: frozenset[int] = frozenset()
    is_correction: bool = False
    taken_back: frozenset[str] = frozenset()

    @property
    def kept(self) -> "ClaimFacts":
        """These facts as they are kept."""
        if not self.is_correction and not self.taken_back:
            return self
        return replace(self, is_correction=False, taken_back=frozenset())

    def and_then(self, said: "ClaimFacts") -> "ClaimFacts":
        """These facts, with what a later report of the same claim said added; beyond `_MOST` older ones give way.

        Adding the same report twice adds nothing.
        """
        stands = frozenset(each for each in self.identifiers if said.taken_back.isdisjoint((each, _kind_of(each))))
        before = replace(self.kept, identifiers=stands)
        kept: dict[str, Any] = {
            name: _within(getattr(before, name), getattr(said, name), most) for name, most in _MOST.items()
        }
        reported = latest(self.reported | said.reported)
        return replace(before, **kept, is_filed=self.is_filed or said.is_filed, reported=reported)

    def is_told_more_by(self, later: "ClaimFacts") -> bool:
        """Whether later facts of the same claim say anything of who the child is that these do not."""
        return any(getattr(self, name) != getattr(later, name) for name in _MOST)

    @property
    def given_names(self) -> frozenset[str]:
        """Every word of every given and other name, initials apart."""
        return frozenset(word for name in self.given | self.other for word in name if not is_initial(word))

    @property
    def family_names(self) -> frozenset[str]:
        """Every word of every family name, initials apart."""
        return frozenset(word for name in self.family for word in name if not is_initial(word))


def _within(old: frozenset[Any], new: frozenset[Any], most: int) -> frozenset[Any]:
    """Both; past the limit what is new, and of the old the first in order: so the same again gives the same."""
    both = old | new
    if len(both) <= most:
        return both
    told = sorted(new)[:most]
    return frozenset([*told, *sorted(old - new)[: most - len(told)]])


def is_initial(word: str) -> bool:
    """A single letter of an alphabet with two cases; one Chinese sign is a whole name."""
    return len(word) == 1 and (word.upper() != word or word.isdigit())


def claim_reference(message: AgencyMessage, message_id: str) -> str:
    """The reference that a claim is made under: the sender's for the child, else for the episode, else the message's.

    A message with no reference at all is a claim of its own, which nothing later can name; intake asks for one. What is
    written in a reference's place (TBC, N/A) is none: two children are filed under it.
    """
    return reference_among(message.child_ref, message.episode_ref, message_id)


def reference_among(child_ref: str | None, episode_ref: str | None, message_id: str) -> str:
    """The first of these that names something; see `claim_reference`."""
    if child_ref and not is_no_reference(child_ref):
        return child_ref
    return f"episode:{episode_ref}" if episode_ref and not is_no_reference(episode_ref) else f"message:{message_id}"


def own_references(agency: AgencyId, *given: str | None) -> frozenset[Reference]:
    """An agency's own references, without what is written where it has none."""
    return frozenset((str(agency), text) for text in given if text and not is_no_reference(text))


def is_quotable(text: str, agency: str | None) -> bool:
    """Whether what is quoted can be a reference: it does not stand for none, and has a digit where no agency is named
    beside it, for then it would agree with anybody's: "reported" is a word.
    """
    return not is_no_reference(text) and (bool(agency) or any(letter.isdecimal() for letter in text))


def facts_of(claim: ClaimId, agency: AgencyId, kind: AgencyKind, message: AgencyMessage) -> ClaimFacts:
    """The facts of one message, what it says by `changes` of single fields included."""
    changes: tuple[FieldChange, ...] = getattr(message, "changes", ())
    stated = MissingReported(
        person=getattr(message, "person", None) or Person(), police_contact=getattr(message, "police_contact", None)
    )
    said = with_changes(stated, changes)
    person, contact = said.person or Person(), said.police_contact
    identifiers = frozenset(_identifiers(person.identifiers))
    quoted = {
        (ref.agency or "", ref.value)
        for ref in message.external_refs
        if is_quotable(ref.value, ref.agency) and ref.agency != agency
    }
    if contact is not None and contact.log_reference and is_quotable(contact.log_reference, None):
        quoted.add(("", contact.log_reference))
    at = message.occurred_at or message.recorded_at
    born = person.date_of_birth if person.date_of_birth and is_credible(person.date_of_birth, at) else None
    whole = born is not None and person.birth_precision in _FULL_PRECISION
    return ClaimFacts(
        claim=claim,
        agency=agency,
        agency_kind=kind,
        own_references=own_references(agency, message.child_ref, message.episode_ref),
        quoted_references=frozenset(quoted),
        identifiers=identifiers,
        given=names([person.given_names or ""]),
        family=names([person.family_name or ""]),
        other=names(person.other_names),
        births=frozenset({born} if born is not None and whole else ()),
        birth_years=frozenset({born.year} if born is not None and not whole else ()),
        sexes=sexes(person.sex),
        homes=_postal(person.home),
        placements=_postal(person.placement_address),
        is_filed=bool(message.child_ref) and not is_no_reference(message.child_ref),
        reported=quarters(at),
        is_correction=isinstance(message, CorrectionMade),
        taken_back=_taken_back(changes) - identifiers,
    )


def _taken_back(changes: Iterable[FieldChange]) -> frozenset[str]:
    """The official identifiers that stood, by what changes say; where they do not say which, all of the kind."""
    found: set[str] = set()
    for change in changes:
        before = with_changes(MissingReported(), (replace(change, new=change.old or _ANY_NUMBER),))
        for identifier in before.person.identifiers if before.person is not None else ():
            found.update(_identifiers((identifier,)) if change.old else _KINDS.get(identifier.kind, ()))
    return frozenset(found)


def _kind_of(identifier: str) -> str:
    return f"{identifier.partition(':')[0]}:"


def is_credible(born: date, at: datetime | None = None) -> bool:
    """A day of birth that a person in a record of today can have: years far off are slips that say nothing, and so is
    a day that systems fill in, or one after the report `at` which it stands.
    """
    if at is not None and born > at.date() + _A_DAY:
        return False
    return born.year in _BIRTH_YEARS and not is_no_day(born)


def names(texts: Iterable[str]) -> frozenset[Words]:
    """Names as lists of folded words, without the words that name nobody; empty ones left out.

    What one field holds of several names, "Testa aka Tes" or "Testa (Tes)", are several names.
    """
    found: set[Words] = set()
    for text in texts:
        name = without_placeholders(words(text))
        parts = in_parts(text) if name else ()
        found.update([name] if len(parts) == 1 else [without_placeholders(words(part)) for part in parts])
    return frozenset([name[:_MOST_WORDS] for name in found if name])


def quarters(at: datetime | None) -> frozenset[int]:
    """The quarter of a day of a report, from 1970 in UTC; none where no time is known, or one without its offset."""
    if at is None or at.tzinfo is None:
        return frozenset()
    return frozenset({int(at.astimezone(UTC).timestamp()) // _QUARTER})


def latest(times: Iterable[int]) -> frozenset[int]:
    """The latest of these times, so many as are kept of a claim."""
    return frozenset(sorted(times)[-_MOST_TIMES:])


def sexes(sex: Sex) -> frozenset[str]:
    """The sex said, where one was said."""
    return frozenset({sex.value}) if sex in {Sex.MALE, Sex.FEMALE} else frozenset()


def address(line: str, postcode: str) -> frozenset[Address]:
    """One address in comparable form; none where nothing is known of it."""
    plain, code = folded(line), folded(postcode).replace(" ", "")
    plain = "" if is_no_line(plain) else plain
    code = "" if is_no_postcode(code) else code
    return frozenset({(plain, code)} if plain or code else ())


def official(kind: IdentifierKind, issuer: str | None, text: str) -> frozenset[str]:
    """An official identifier in comparable form; nothing for one that fails its check, stands for none, or names no
    issuer.
    """
    value = "".join(text.split()).replace("-", "").upper()
    if kind is IdentifierKind.NHS_NUMBER and is_valid_nhs_number(value) and not is_no_number(value):
        return frozenset({f"nhs:{value}"})
    if kind is IdentifierKind.UPN and is_valid_upn(value) and not is_no_number(value[1:]):
        return frozenset({f"upn:{value}"})
    if kind is IdentifierKind.CONSISTENT and value:
        return frozenset({f"consistent:{value}"})
    if kind in {IdentifierKind.POLICE, IdentifierKind.COUNCIL} and issuer and value:
        return frozenset({f"{kind.value}:{issuer}:{value}"})
    return frozenset()


def unclassified(text: str) -> frozenset[str]:
    """A long number in the place of an NHS number that has not even its shape: some other scheme's identifier.

    Ten digits that fail their check are an NHS number written wrongly, and agree with nothing.
    """
    value = "".join(c for c in text if c.isalnum()).upper()
    digits = sum(c.isdigit() for c in value)
    if (
        value.isascii()
        and len(value) in _UNCLASSIFIED
        and digits >= len(value) - _LETTERS
        and len(set(value)) > _LETTERS
    ):
        return frozenset({f"number:{value}"})
    return frozenset()


def _identifiers(identifiers: Iterable[Identifier]) -> Iterable[str]:
    for identifier in identifiers:
        yield from official(identifier.kind, identifier.issuer, identifier.value)


def _postal(place: PostalAddress | None) -> frozenset[Address]:
    return address(place.line or "", place.postcode or "") if place is not None else frozenset()
