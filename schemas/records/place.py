"""Where a child was seen or is placed, and which authorities and police that concerns.

Written by `schemas.generate`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from schemas.records.base import Record
from schemas.records.person import Address


class AuthorityRoleKind(StrEnum):
    """What an authority is to a child; one child may have several authorities."""

    RESPONSIBLE = "responsible"
    HOST = "host"
    PLAN_HOLDING = "plan_holding"
    EDUCATION = "education"
    FORMER = "former"
    UNKNOWN = "unknown"


class PlaceKind(StrEnum):
    """The kind of a place."""

    HOME = "home"
    PLACEMENT = "placement"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    STREET = "street"
    PARK = "park"
    TRANSPORT_HUB = "transport_hub"
    VEHICLE = "vehicle"
    SHOP_OR_VENUE = "shop_or_venue"
    FRIENDS_ADDRESS = "friends_address"
    FAMILY_ADDRESS = "family_address"
    POLICE_STATION = "police_station"
    ONLINE = "online"
    ABROAD = "abroad"
    OTHER = "other"
    UNKNOWN = "unknown"


class PlacementKind(StrEnum):
    """The kind of a placement; `none` where a placement ended and no other began."""

    FOSTER = "foster"
    KINSHIP = "kinship"
    CHILDRENS_HOME = "childrens_home"
    SECURE = "secure"
    HOSTEL = "hostel"
    SUPPORTED_ACCOMMODATION = "supported_accommodation"
    WITH_PARENTS = "with_parents"
    RESIDENTIAL_SCHOOL = "residential_school"
    REMAND = "remand"
    ADOPTIVE = "adoptive"
    HOSPITAL = "hospital"
    NONE = "none"
    UNKNOWN = "unknown"


class PoliceContactState(StrEnum):
    """Whether the sender has reached the police; a report to the hub is not a call to the police."""

    NOT_YET = "not_yet"
    TRIED = "tried"
    REPORTED = "reported"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRole(Record):
    """One authority and what it is to this child, as the sender says."""

    SCHEMA_NAME: ClassVar[str] = "AuthorityRole"

    role: AuthorityRoleKind = AuthorityRoleKind.UNKNOWN
    """What the authority is to the child."""
    agency: str
    """Agency id of the authority (GSS code)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Record):
    """A point on the map (WGS 84)."""

    SCHEMA_NAME: ClassVar[str] = "Position"

    latitude: float
    """Degrees north."""
    longitude: float
    """Degrees east."""
    accuracy_metres: int | None = None
    """Radius within which the point lies, in metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSeen(Record):
    """When and where the child was last known to be safe, as one sender says."""

    SCHEMA_NAME: ClassVar[str] = "LastSeen"

    at: datetime | None = None
    """When the child was last seen."""
    not_known: bool = False
    """True where the sender says that nobody knows when or where."""
    place: str | None = None
    """Where, in words."""
    area_code: str | None = None
    """GSS code of the upper-tier authority where the child was last seen."""
    place_kind: PlaceKind = PlaceKind.UNKNOWN
    """The kind of place."""
    position: Position | None = None
    """The point, where a system knows it."""
    with_whom: str | None = None
    """Who the child was with."""
    wearing: str | None = None
    """What the child was wearing and carrying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement(Record):
    """Where a child is placed, by whom it is run and in whose area it lies."""

    SCHEMA_NAME: ClassVar[str] = "Placement"

    kind: PlacementKind = PlacementKind.UNKNOWN
    """The kind of placement."""
    provider_agency: str | None = None
    """Agency id of the provider, if it is connected or known."""
    name: str | None = None
    """Name of the home or the carer."""
    address: Address | None = None
    """Where it is."""
    host_authority: str | None = None
    """Agency id of the authority in whose area it lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoliceContact(Record):
    """What the sender did to reach the police."""

    SCHEMA_NAME: ClassVar[str] = "PoliceContact"

    state: PoliceContactState = PoliceContactState.UNKNOWN
    """Not yet, tried, or reported."""
    at: datetime | None = None
    """When the police were called."""
    route: str | None = None
    """How: 101, 999, in person, online."""
    log_reference: str | None = None
    """The police log or incident number."""
