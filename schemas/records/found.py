"""Sightings, findings and returns.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.message import AgencyMessage
from schemas.records.person import Address, Answer, Person
from schemas.records.place import PlaceKind, Position


class Arrangement(StrEnum):
    """Whether a return could be arranged."""

    ARRANGED = "arranged"
    NOT_POSSIBLE = "not_possible"
    UNKNOWN = "unknown"


class Collector(StrEnum):
    """Who brings the child back."""

    POLICE = "police"
    AUTHORITY = "authority"
    PLACEMENT = "placement"
    PARENT_OR_CARER = "parent_or_carer"
    RELATIVE = "relative"
    OTHER_PROFESSIONAL = "other_professional"
    CHILD_THEMSELVES = "child_themselves"
    UNKNOWN = "unknown"


class Condition(StrEnum):
    """How the child was found. `deceased` is sealed until the family has been informed."""

    WELL = "well"
    INJURED = "injured"
    UNWELL = "unwell"
    IN_HOSPITAL = "in_hospital"
    DISTRESSED = "distressed"
    DECEASED = "deceased"
    NOT_KNOWN = "not_known"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How sure the source is."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    DOUBTFUL = "doubtful"
    UNKNOWN = "unknown"


class ReturnedTo(StrEnum):
    """Where the child came back to, or went instead."""

    HOME = "home"
    PLACEMENT = "placement"
    NEW_PLACEMENT = "new_placement"
    AGREED_OTHER_ADDRESS = "agreed_other_address"
    HOSPITAL = "hospital"
    CUSTODY_OR_SECURE = "custody_or_secure"
    ABROAD = "abroad"
    ADULT_SERVICES = "adult_services"
    UNKNOWN = "unknown"


class SeenBy(StrEnum):
    """Who saw the child. Only police and professionals locate at once; a text message never ends a search."""

    POLICE = "police"
    PROFESSIONAL = "professional"
    PARENT_OR_CARER = "parent_or_carer"
    PHONE_OR_VIDEO = "phone_or_video"
    MESSAGE = "message"
    THIRD_PARTY = "third_party"
    NONE = "none"
    UNKNOWN = "unknown"


class SightingSource(StrEnum):
    """Where a sighting comes from."""

    POLICE = "police"
    PROFESSIONAL = "professional"
    CARER = "carer"
    RELATIVE = "relative"
    MEMBER_OF_PUBLIC = "member_of_public"
    CCTV = "cctv"
    PHONE_DATA = "phone_data"
    BANK_OR_TRAVEL_CARD = "bank_or_travel_card"
    SOCIAL_MEDIA = "social_media"
    CHILD_THEMSELVES = "child_themselves"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildFound(AgencyMessage):
    """The child was found, or is said to be. What it ends depends on who saw them."""

    SCHEMA_NAME: ClassVar[str] = "ChildFound"

    person: Person | None = None
    """The child; a finding may overtake the report."""
    found_at: datetime | None = None
    """When."""
    place: str | None = None
    """Where, in words."""
    place_kind: PlaceKind = PlaceKind.UNKNOWN
    """The kind of place."""
    area_code: str | None = None
    """GSS code of the upper-tier authority where the child was found."""
    address: Address | None = None
    """The address, where there is one."""
    health_setting: str | None = None
    """The ward or clinic; outside health, owning police and responsible authority, only that it is a health setting."""
    seen_by: SeenBy = SeenBy.UNKNOWN
    """Who saw the child."""
    condition: Condition = Condition.UNKNOWN
    """How the child was found."""
    injuries: str | None = None
    """What treatment was needed."""
    safe_for_now: Answer = Answer.UNKNOWN
    """Whether the child is safe where they are."""
    family_informed_at: datetime | None = None
    """When the family was told, where the child has died."""
    circumstances: str | None = None
    """How the child was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildReturned(AgencyMessage):
    """The child is back, or it is settled that they will live elsewhere."""

    SCHEMA_NAME: ClassVar[str] = "ChildReturned"

    person: Person | None = None
    """The child; a return may overtake the report."""
    returned_at: datetime | None = None
    """When; where settled elsewhere, when that was decided."""
    to: ReturnedTo = ReturnedTo.UNKNOWN
    """Where to."""
    settled_elsewhere: bool = False
    """True where the child will not go back and lives elsewhere by decision."""
    address: Address | None = None
    """The address; of a new placement always protected."""
    area_code: str | None = None
    """GSS code of the upper-tier authority the child returned to."""
    brought_by: Collector = Collector.UNKNOWN
    """Who brought the child."""
    seen_by: SeenBy = SeenBy.UNKNOWN
    """Who saw the child back."""
    condition: Condition = Condition.UNKNOWN
    """How the child was on return."""
    circumstances: str | None = None
    """What is known of the absence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnArranged(AgencyMessage):
    """Who fetches the child, and when; or why nobody can."""

    SCHEMA_NAME: ClassVar[str] = "ReturnArranged"

    arrangement: Arrangement = Arrangement.UNKNOWN
    """Arranged or not possible."""
    collector: Collector = Collector.UNKNOWN
    """Who brings the child back."""
    collector_agency: str | None = None
    """Agency id of the collector, if an agency."""
    from_place: str | None = None
    """Where the child is fetched from."""
    expected_at: datetime | None = None
    """When the child should arrive."""
    to: ReturnedTo = ReturnedTo.UNKNOWN
    """Where to."""
    why_not: str | None = None
    """Why it is not possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingReported(AgencyMessage):
    """Somebody believes that they saw the child, or a trace of them."""

    SCHEMA_NAME: ClassVar[str] = "SightingReported"

    person: Person | None = None
    """The child, where the hub may not know this reference yet."""
    seen_at: datetime | None = None
    """When."""
    place: str | None = None
    """Where, in words."""
    area_code: str | None = None
    """GSS code of the upper-tier authority of the place."""
    place_kind: PlaceKind = PlaceKind.UNKNOWN
    """The kind of place."""
    position: Position | None = None
    """The point, where it is known."""
    confidence: Confidence = Confidence.UNKNOWN
    """How sure the source is."""
    source: SightingSource = SightingSource.UNKNOWN
    """Where the sighting comes from."""
    with_whom: str | None = None
    """Who the child was with."""
    description: str | None = None
    """What was seen."""
