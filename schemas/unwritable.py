"""What may stand in for a value that cannot be written, by name of the field: the tables that `mending` goes by.

A name alone means that field in every record. What is in no table is free text, which may be cut. Source: domain rule
"accepted with gaps, never refused", held against "no two children are ever made one by the hub's own doing".
"""

from typing import Final

__all__ = ["MEANS_OTHERWISE_WITHOUT", "NEVER_CUT", "REFERENCES"]

REFERENCES: Final = frozenset(
    {
        "call_reference",
        "child_ref",
        "companions",
        "covers_episodes",
        "episode_ref",
        "ExternalRef.value",
        "Identifier.value",
        "incident_ref",
        "log_reference",
        "Order.reference",
        "photo_reference",
        "PoliceResponse.reference",
    }
)
"""They say who or what is meant, and are compared whole: never cut, but made short in a way that keeps them apart."""

NEVER_CUT: Final = frozenset(
    {
        "agency",
        "alleged_agency",
        "area_code",
        "authority",
        "claim_a",
        "claim_b",
        "collector_agency",
        "duty_authority",
        "email",
        "excluded_agency",
        "FieldChange.field",
        "from_agency",
        "handle",
        "holder",
        "host_authority",
        "issuer",
        "notices",
        "of_agency",
        "on_behalf_of",
        "other_authority",
        "postcode",
        "provider_agency",
        "recipient_agency",
        "responsible_authority",
        "share_with",
        "telephone",
        "telephones",
        "to_agency",
    }
)
"""Ids, codes, numbers and addresses: a part of one is another's, so they are left out whole."""

MEANS_OTHERWISE_WITHOUT: Final = frozenset({"Address.protected", "FieldChange.new", "ReportCancelled.cancels"})
"""Without these something else would be said: that an address is open, a value not known, everything cancelled."""
