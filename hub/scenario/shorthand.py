"""The short forms in which a scenario may be written, as tables: words for messages, one word for a whole part.

Every message and every field can be written by its name in the schema; these are what people write instead. The
reference page prints the same tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageWord:
    """A word that begins a message: which record it makes, which field a single word after it fills, what it adds.

    `given` are fields that it fills unless they are written.
    """

    record: str
    main: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)


MESSAGE_WORDS: Final[Mapping[str, MessageWord]] = {
    "missing": MessageWord(record="MissingReported", main="last_seen", given={"status": "missing"}),
    "away": MessageWord(record="MissingReported", main="last_seen", given={"status": "away"}),
    "amended": MessageWord(record="MissingAmended"),
    "cancelled": MessageWord(record="ReportCancelled", main="reason"),
    "corrected": MessageWord(record="CorrectionMade", main="corrects"),
    "claims": MessageWord(record="StatusClaimed", main="status"),
    "police_response": MessageWord(record="PoliceResponse", main="decision"),
    "risk": MessageWord(record="RiskAssessed", main="grade"),
    "sighting": MessageWord(record="SightingReported", main="place"),
    "found": MessageWord(record="ChildFound", main="seen_by"),
    "return_arranged": MessageWord(record="ReturnArranged", main="expected_at", given={"arrangement": "arranged"}),
    "return_not_possible": MessageWord(record="ReturnArranged", main="why_not", given={"arrangement": "not_possible"}),
    "returned": MessageWord(record="ChildReturned", main="to"),
    "prevention_interview": MessageWord(
        record="PreventionInterviewRecorded", main="outcome", given={"outcome": "held"}
    ),
    "interview_offered": MessageWord(record="ReturnInterviewOffered", main="attempts"),
    "return_interview": MessageWord(record="ReturnInterviewRecorded", main="outcome", given={"outcome": "held"}),
    "strategy_decision": MessageWord(record="StrategyDecisionRecorded", main="decision"),
    "placement_changed": MessageWord(record="PlacementChanged", main="move"),
    "care_status": MessageWord(record="CareStatusChanged", main="statuses"),
    "handover": MessageWord(record="OwnershipTransferred", main="step", given={"step": "proposed"}),
    "enquiry": MessageWord(record="EnquiryRequested", main="what", given={"state": "asked"}),
    "telephoned": MessageWord(record="ToldByOtherMeans", main="recipient_agency", given={"means": "telephone"}),
    "excludes": MessageWord(record="ExclusionSet", main="excluded_agency", given={"state": "set"}),
    "publicity": MessageWord(record="PublicityDecided", main="decision"),
    "support": MessageWord(record="SupportArranged", main="kind"),
    "link": MessageWord(record="LinkDecided", main="decision"),
}
"""Short words for messages. The schema's own name works as well, with the same main field and no more than `given`."""

LAYERS: Final[Mapping[str, str]] = {"fetched": "fetched", "opened": "opened", "taken": "taken"}
"""Words for an acknowledgement: how far the notices named after it came."""

WHICH: Final[Mapping[str, str]] = {
    "all": "everything that it was sent so far about the child",
    "news": "first notices",
    "actions": "notices that ask for something",
    "latest": "the latest notice",
    "telephone": "tasks to telephone others",
}
"""Which notices are acknowledged, or told of by telephone."""

MAIN_FIELDS: Final[Mapping[str, str]] = {
    "Address": "area_code",
    "AgreedStatement": "text",
    "Associate": "name",
    "AuthorityRole": "agency",
    "CareStatusPeriod": "status",
    "Contact": "telephone",
    "ExternalRef": "value",
    "FamilyContact": "name",
    "FieldChange": "field",
    "Flag": "kind",
    "Identifier": "value",
    "LastSeen": "at",
    "OfferAttempt": "at",
    "Order": "kind",
    "Placement": "kind",
    "PoliceContact": "state",
    "Reporter": "may_be_told",
    "SchoolContact": "agency",
    "SocialAccount": "handle",
}
"""The field that a single word fills, where a part of a message is written as one word."""

PAIRS: Final[Mapping[str, tuple[str, str]]] = {
    "AuthorityRole": ("role", "agency"),
    "CareStatusPeriod": ("status", "from_date"),
    "ExternalRef": ("agency", "value"),
    "FieldChange": ("field", "new"),
    "Flag": ("kind", "value"),
    "Identifier": ("kind", "value"),
    "SocialAccount": ("service", "handle"),
}
"""Lists that may be written as a table: what the key and what the word behind it fill (`responsible: Rochdale`)."""

FIELD_WORDS: Final[Mapping[str, str]] = {
    "area": "area_code",
    "born": "date_of_birth",
    "host": "host_authority",
    "provider": "provider_agency",
    "covers": "covers_episodes",
    "from": "from_agency",
    "alleged": "alleged_role",
    "harm": "harm_disclosed",
    "roles": "authority_roles",
}
"""Short words for fields, where the record has the field meant and none of the short name."""

AHEAD: Final = frozenset(
    {"expected_by", "expected_at", "until", "review_by", "review_due", "by_when", "by", "planned_at"}
)
"""Times that lie ahead by nature: a time of day alone is the next one. Of every other it is the last one."""
