"""The names that fields have in the view of an absence, in notices and in receipts: what an expectation may name.

Made from the schemas and the tables by which the hub itself names fields, so that a name which nothing could ever
have is refused when a scenario is read. Items of a list stand under their kind (`person.flags.exploitation.value`),
the second of a kind with its number (`exploitation-2`), and those without a kind under their place (`1`, `2`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from hub.deadlines import packaged_deadline_rules
from hub.entry.golden import golden_rules
from hub.routing import packaged_rules
from hub.routing.raised import PURPOSE as DUTY
from hub.routing.unfound import FIELDS as OWN_MESSAGE
from schemas.catalogue import plain_type
from schemas.records import RECORDS, AgencyMessage
from schemas.sources import Schema, sources

_SHARED: Final = frozenset({"person", "contact", "child_ref", "episode_ref", "external_refs"})
"""Fields that are named alike whatever message brought them."""
_NOT_SAID: Final = frozenset({"occurred_at", "recorded_at", "on_behalf_of"})
_KINDS: Final = frozenset({"kind", "role", "status"})
_PLACE: Final = "1"
_UNKNOWN: Final = "unknown"
_CONTROL, _INHERIT = "control", "inherit"
_OF_DUTIES: Final = ("differ", "due_at", "owed_by", "raw_due_at", "stage")
_HEADERS: Final = ("ce_previous", "ce_sequence", "ce_type")
_NUMBER: Final = re.compile(r"(?<=\.)\d+(?=\.|$)")
_AGAIN: Final = re.compile(r"-\d+(?=\.|$)")
_INDEX: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class FieldKind:
    """What a field holds: its type in the schema (a vocabulary by its name), and what the schema says of it."""

    type: str
    doc: str = ""

    @property
    def words(self) -> frozenset[str] | None:
        """The words that it may hold; None where it is no vocabulary."""
        schema = sources().get(self.type)
        return frozenset(schema["symbols"]) - {_UNKNOWN} if schema is not None and schema["type"] == "enum" else None


Fields = Mapping[str, frozenset[FieldKind]]

QUESTIONED: Final[Fields] = dict.fromkeys(("began_at", "ended_at", "reports"), frozenset())
"""What only the fold asks about, where agencies differ and no field of the view does."""


def plain_name(name: str) -> str:
    """The name without the numbers of items: `exploitation-2` is a flag like the first, item 3 one like item 1."""
    return _AGAIN.sub("", _NUMBER.sub(_PLACE, name))


@cache
def view_fields() -> Fields:
    """Every name that a field of the view may have, with what it may hold."""
    found: dict[str, set[FieldKind]] = {}
    for message, subject in golden_rules().subjects.items():
        for field in sources()[message]["fields"]:
            if field["name"] not in _NOT_SAID:
                name = field["name"] if not subject or field["name"] in _SHARED else f"{subject}.{field['name']}"
                for leaf, kind in _leaves(name, field, str(field["class"]), in_list=False):
                    found.setdefault(leaf, set()).add(kind)
    known = {name: frozenset(kinds) for name, kinds in found.items()}
    return known | {name: frozenset({kind}) for name, kind in _of_the_fold()}


@cache
def notice_fields() -> Fields:
    """Every name that a field of a notice may have: those of the view, and what the hub itself counts and says."""
    text = frozenset({FieldKind("string")})
    counted = {row.instead: text for row in packaged_rules().never if row.instead is not None}
    duties = {row.duty for row in packaged_deadline_rules().rows}
    said = {f"{DUTY}.{duty}.{part}": text for duty in sorted(duties) for part in _OF_DUTIES}
    # Whoever reads the mere fact reads a word that is no status (`found`).
    said |= dict.fromkeys(OWN_MESSAGE, text)
    return {**view_fields(), **counted, **said, "episode.repeats": text, "episode.status": text}


@cache
def notice_parts() -> frozenset[str]:
    """The names of the fields of notices, and what several of them begin with (`person.home`)."""
    names = notice_fields()
    parts = {name.rsplit(".", depth)[0] for name in names for depth in range(1, name.count(".") + 1)}
    return frozenset(names) | parts


@cache
def message_fields() -> frozenset[str]:
    """Every name by which a receipt may ask for, or mark, something: paths in a message, and parts of its head."""
    messages = [name for name, record in RECORDS.items() if issubclass(record, AgencyMessage)]
    paths = {path for name in messages for path in _paths(sources()[name])}
    return frozenset({*paths, *_HEADERS})


def without_places(name: str) -> str:
    """A path in a message without the places of items in their lists."""
    return _INDEX.sub("", name)


def _of_the_fold() -> Iterator[tuple[str, FieldKind]]:
    yield "episode.status", FieldKind("EpisodeStatus")
    yield "episode.police_position", FieldKind("PolicePosition")
    yield "episode.began_at", FieldKind("timestamp-millis")
    yield "episode.ended_at", FieldKind("timestamp-millis")
    yield "episode.risk", FieldKind("RiskGrade")


def _leaves(name: str, field: Schema, disclosure: str, *, in_list: bool) -> Iterator[tuple[str, FieldKind]]:
    inner, is_array = plain_type(field["type"])
    record = sources().get(inner) if isinstance(inner, str) else None
    if record is None or record["type"] != "record":
        if disclosure != _CONTROL and not (in_list and field["name"] in _KINDS):
            yield name, FieldKind(inner if isinstance(inner, str) else inner["logicalType"], field["doc"])
        return
    for label in _labels(record) if is_array else ("",):
        for part in record["fields"]:
            own = disclosure if part["class"] == _INHERIT or record["name"] == "Address" else str(part["class"])
            place = f"{name}.{label}.{part['name']}" if label else f"{name}.{part['name']}"
            yield from _leaves(place, part, own, in_list=in_list or is_array)


def _labels(record: Schema) -> Iterator[str]:
    """Under what an item of a list of these stands: each word of its kind, or its place."""
    yield _PLACE
    for field in record["fields"]:
        inner, _ = plain_type(field["type"])
        vocabulary = sources().get(inner) if isinstance(inner, str) else None
        if field["name"] in _KINDS and vocabulary is not None and vocabulary["type"] == "enum":
            yield from (symbol for symbol in vocabulary["symbols"] if symbol != _UNKNOWN)


def _paths(record: Schema, before: str = "") -> Iterator[str]:
    for field in record["fields"]:
        inner, _ = plain_type(field["type"])
        held = sources().get(inner) if isinstance(inner, str) else None
        yield f"{before}{field['name']}"
        if held is not None and held["type"] == "record":
            yield from _paths(held, f"{before}{field['name']}.")
