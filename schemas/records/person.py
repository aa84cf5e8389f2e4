"""Who a child is, as one sender describes them.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record


class AgeBasis(StrEnum):
    """What an age rests on; a child is a child until assessed otherwise."""

    DOCUMENTED = "documented"
    CLAIMED = "claimed"
    ASSESSED_CHILD = "assessed_child"
    ASSESSED_ADULT = "assessed_adult"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"


class Answer(StrEnum):
    """Three values: `not_known` means not known to us, and is never shown as no."""

    YES = "yes"
    NO = "no"
    NOT_KNOWN = "not_known"
    UNKNOWN = "unknown"


class BirthPrecision(StrEnum):
    """How much of a date of birth is meant: a birthday known only to the year is written as 1 January of it."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


class CommunicationNeed(StrEnum):
    """What somebody who meets the child needs to know in order to talk with them."""

    INTERPRETER = "interpreter"
    BSL = "bsl"
    MAKATON = "makaton"
    EASY_READ = "easy_read"
    NON_VERBAL = "non_verbal"
    HEARING = "hearing"
    SIGHT = "sight"
    UNKNOWN = "unknown"


class FlagKind(StrEnum):
    """What a flag is about."""

    EXPLOITATION = "exploitation"
    TRAFFICKING = "trafficking"
    PROTECTION_PLAN = "protection_plan"
    DISABILITY = "disability"
    COMMUNICATION = "communication"
    MEDICATION = "medication"
    SELF_HARM = "self_harm"
    PROTECTED_ADDRESS = "protected_address"
    UNACCOMPANIED = "unaccompanied"
    STAFF_LINKED = "staff_linked"
    DOMESTIC_ABUSE = "domestic_abuse"
    SUBSTANCE_USE = "substance_use"
    PRIVATE_FOSTERING = "private_fostering"
    OTHER = "other"
    UNKNOWN = "unknown"


class IdentifierKind(StrEnum):
    """Who issued an identifier: the NHS, the Department for Education (UPN), a police force, a council, or
    the consistent identifier of the 2026 Act.
    """

    NHS_NUMBER = "nhs_number"
    UPN = "upn"
    POLICE = "police"
    COUNCIL = "council"
    CONSISTENT = "consistent"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    """Sex as the sender records it; `not_known` is a statement, `unknown` is a blank or a newer word."""

    MALE = "male"
    FEMALE = "female"
    NOT_KNOWN = "not_known"
    UNKNOWN = "unknown"


class UsualPlace(StrEnum):
    """The kind of place where the child usually is."""

    HOME = "home"
    PLACEMENT = "placement"
    BOARDING = "boarding"
    VISITING = "visiting"
    TOURING = "touring"
    NO_FIXED = "no_fixed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Record):
    """A postal address, with the upper-tier authority it lies in."""

    SCHEMA_NAME: ClassVar[str] = "Address"

    line: str | None = None
    """The address without its postcode."""
    postcode: str | None = None
    """The postcode as written."""
    area_code: str | None = None
    """GSS code of the upper-tier authority the address lies in (E08000005)."""
    protected: bool = False
    """True where the address must not be known: then the whole address counts as class `protected`, whatever
    field holds it.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Record):
    """One warning or need, with what it rests on; an expired flag routes nothing and asks for review."""

    SCHEMA_NAME: ClassVar[str] = "Flag"

    kind: FlagKind = FlagKind.UNKNOWN
    """What the flag is about."""
    value: Answer = Answer.UNKNOWN
    """Yes, no, or not known to the sender."""
    basis: str | None = None
    """What the statement rests on, in the sender's words."""
    set_by: str | None = None
    """Role of whoever set it."""
    set_at: datetime | None = None
    """When it was set."""
    review_by: datetime | None = None
    """When it expires unless it is reviewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier(Record):
    """An identifier of a child given by one issuer."""

    SCHEMA_NAME: ClassVar[str] = "Identifier"

    kind: IdentifierKind = IdentifierKind.UNKNOWN
    """Who issued it."""
    issuer: str | None = None
    """Agency id of the issuer, where the kind alone does not say (police, council)."""
    value: str
    """The identifier as issued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Record):
    """A child as one sender describes them; every field may be missing."""

    SCHEMA_NAME: ClassVar[str] = "Person"

    given_names: str | None = None
    """Given names as the sender records them; any script."""
    family_name: str | None = None
    """Family name as the sender records it; some people have none."""
    other_names: tuple[str, ...] = ()
    """Nicknames, aliases, earlier names."""
    date_of_birth: date | None = None
    """Date of birth, to the precision beside it."""
    birth_precision: BirthPrecision = BirthPrecision.UNKNOWN
    """How much of the date of birth is meant."""
    age_basis: AgeBasis = AgeBasis.UNKNOWN
    """What the age rests on."""
    sex: Sex = Sex.UNKNOWN
    """Sex as recorded by the sender."""
    ethnicity: str | None = None
    """Ethnicity as a census code (A1, B2…)."""
    identifiers: tuple[Identifier, ...] = ()
    """Official identifiers, one each."""
    home: Address | None = None
    """Where the child's home is."""
    placement_address: Address | None = None
    """Where the child is placed; seen by named roles only."""
    usual_place: UsualPlace = UsualPlace.UNKNOWN
    """The kind of place where the child usually is."""
    description: str | None = None
    """Height, build, hair, marks, usual clothes."""
    photo_reference: str | None = None
    """Where a photo can be asked for; never the photo."""
    languages: tuple[str, ...] = ()
    """Languages spoken, as ISO 639 codes or names."""
    communication: tuple[CommunicationNeed, ...] = ()
    """What somebody who meets the child needs in order to talk with them."""
    flags: tuple[Flag, ...] = ()
    """Warnings and needs, each with its basis and its review."""
