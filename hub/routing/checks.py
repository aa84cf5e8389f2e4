"""Where an agency could look to settle a difference: by the fields that differ, and by what it keeps itself.

The sentences are those of `[check]` in `words.toml`, one for a group of fields and a kind of agency. They name records
that such an agency has, and never a value. A kind without a sentence of its own reads that for any.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from hub.routing.rows import Rules
from schemas.records import AgencyKind

PART: Final = "check"
_ANY: Final = "any"
_OTHER: Final = "other"
_GROUPS: Final = (
    ("person.date_of_birth", "birth"),
    ("person.birth_precision", "birth"),
    ("person.age_basis", "birth"),
    ("person.*name*", "name"),
    ("person.identifiers.*", "number"),
    ("person.home.*", "address"),
    ("person.placement_address.*", "address"),
    ("last_seen.*", "start"),
    ("began_at", "start"),
    ("returned.*", "end"),
    ("found.*", "end"),
    ("ended_at", "end"),
    ("reports", "reports"),
)
"""To which sentences a field or a question of the fold belongs; the first that fits."""


def could_look_at(about: str, kind: AgencyKind, rules: Rules) -> str:
    """The sentence for one side of a difference; `about` names the fields, separated by commas."""
    words = rules.words[PART]
    return words["lead"].format(where="; ".join(dict.fromkeys(_places(about, kind, words))))


def _places(about: str, kind: AgencyKind, words: Mapping[str, str]) -> Iterator[str]:
    for field in (part.strip() for part in about.split(",")):
        group = next((group for pattern, group in _GROUPS if fnmatchcase(field, pattern)), _OTHER)
        yield words.get(f"{group}_{kind}") or words.get(f"{group}_{_ANY}") or words[f"{_OTHER}_{_ANY}"]
