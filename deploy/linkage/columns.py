"""The columns of a file of reports and of the truth beside it, as every tool here reads and writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

SENDER_KINDS: Final = ("police", "authority", "placement", "school", "health")
SEXES: Final = ("male", "female", "not_known")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One report as text. Any field but `record_id` and `sender` may be empty.

    `date_of_birth` is YYYY-MM-DD, YYYY or empty; `other_refs` are references quoted from other agencies, with `;`
    between them, each as `agency:value` or the value alone.
    """

    record_id: str
    sender: str
    sender_kind: str
    received_at: str
    episode_ref: str
    child_ref: str
    other_refs: str
    given_names: str
    family_name: str
    date_of_birth: str
    sex: str
    nhs_number: str
    upn: str
    home_line: str
    home_postcode: str
    placement_line: str
    placement_postcode: str

    def columns(self) -> Mapping[str, str]:
        """The report as text by column, as `hub.identity.facts_from_columns` takes it."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS: Final = tuple(field.name for field in fields(Row))
NEEDED: Final = ("record_id", "sender")
ASSIGNMENT_COLUMNS: Final = ("record_id", "child_id", "outcome", "matched_record_id", "probability")
