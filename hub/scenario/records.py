"""A table of a scenario as a record of the contract: every field by its schema name, with short forms for people.

Types, vocabularies and caps are the schema's own. A field that is an agency takes its name or code, a time is local, a
date a date, and a message is named by the word it was given in the file. Whatever does not fit is refused with its line
and the nearest known word.
"""

# ruff: noqa: EM102, TRY003 - the reason of a refusal is said where the fault is found

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import schemas.records
from hub.scenario.agencies import Agencies
from hub.scenario.document import Part, Row, Table, Word
from hub.scenario.moments import Clock, Side
from hub.scenario.refusal import nearest_word, no_message
from hub.scenario.shorthand import AHEAD, FIELD_WORDS, MAIN_FIELDS, PAIRS, WHICH
from schemas.catalogue import leaves, plain_type
from schemas.conversion import Fault, conversion_of
from schemas.records import RECORDS, Record
from schemas.sources import Schema, sources

_YES: Final = {"yes": True, "true": True, "no": False, "false": False}
_NOT_KNOWN: Final = frozenset({"not known", "not_known", "unknown", "nobody knows"})
_MESSAGE_IDS: Final = frozenset({"amends", "cancels", "corrects", "answers", "proposal"})
_EPISODE: Final = re.compile(r"both|all|(?:episode\s*)?\d{1,3}")


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What the words of one message are read by.

    `near` is when the message is sent; `labels` are the ids of the messages that the file gives a name; `mentioned`
    are words that stand for what only the sender knows: another child's reference.
    """

    clock: Clock
    near: datetime
    agencies: Agencies
    labels: Mapping[str, str]
    mentioned: Mapping[str, str]

    def record(self, name: str, part: Part, given: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """The record of this name that a table describes; `given` are values of fields that it does not name.

        Raises:
            ScenarioRefused: an unknown field or word, a value of another kind, or one over its cap.
        """
        values, lines = dict(given or {}), dict[str, int]()
        table = _as_table(name, part)
        schema = {field["name"]: field for field in sources()[name]["fields"]}
        for key, value in table:
            known = _field_name(name, key, schema)
            lines[known] = key.line
            if isinstance(value, Word) and value.is_nothing and not is_word_of(schema[known], value):
                values.pop(known, None)
            else:
                values[known] = self._field(name, schema[known], value)
        missing = [f for f in schema if f not in values and "default" not in schema[f]]
        if missing:
            raise part.refused(f"{name} must say {missing[0]!r}: {schema[missing[0]]['doc']}")
        record = RECORDS[name](**values)
        self._check(part, name, record, lines)
        return record

    def _check(self, part: Part, name: str, record: Record, lines: Mapping[str, int]) -> None:
        try:
            conversion_of(name).write(record)
        except Fault as fault:
            line = lines.get(fault.where.partition(".")[0].partition("[")[0], part.line)
            raise Word(part.file, line, "").refused(f"{name}.{fault.where}: {fault.expected}") from None

    def _field(self, record: str, field: Schema, part: Part) -> Any:  # noqa: ANN401
        inner, is_array = plain_type(field["type"])
        if not is_array:
            return self._value(record, field, inner, part)
        return tuple(self._value(record, field, inner, each) for each in _items(inner, part))

    def _value(self, record: str, field: Schema, inner: Schema, part: Part) -> Any:  # noqa: ANN401, C901, PLR0911 - one case a type
        if isinstance(inner, str) and inner in RECORDS:
            if inner == "FieldChange":
                return self._change(part)
            return self.record(inner, part)
        if not isinstance(part, Word):
            raise part.refused(f"{field['name']!r} is one value, and a table or list stands here")
        match inner:
            case {"logicalType": "timestamp-millis"}:
                return self.clock.moment(part, self.near, _side(field["name"]))
            case {"logicalType": "date"}:
                return self.clock.day(part)
            case {"logicalType": "uuid"}:
                return self._label(part)
            case "boolean":
                return _yes_or_no(part)
            case "int" | "long" | "double":
                return _number(part, float if inner == "double" else int)
            case "string":
                return self._text(record, field, part)
            case "bytes":
                raise part.refused(f"{field['name']!r} holds bytes, which no scenario needs")
            case _:
                return _of_vocabulary(getattr(schemas.records, inner), part, field["name"])

    def _text(self, record: str, field: Schema, part: Word) -> str:
        doc = field["doc"]
        if doc.startswith("Agency id where known"):
            return self.agencies.known(part.text) or part.text
        if doc.startswith(("Agency id", "Agency ids")):
            return self.agencies.of(part, is_authority="authority" in doc)
        if doc.startswith("GSS code"):
            return self.agencies.area(part)
        if field["name"] in ("companions", "claim_a", "claim_b", "covers_episodes") and part.text in self.mentioned:
            return self.mentioned[part.text]
        if record == "ToldByOtherMeans" and field["name"] == "notices" and part.text not in WHICH:
            raise part.refused(f"{part.text!r}: which notices? {', '.join(WHICH)}", nearest_word(part.text, WHICH))
        if field["name"] == "covers_episodes" and not _EPISODE.fullmatch(part.text.strip()):
            raise part.refused(f"{part.text!r}: which absences? Write both, all, or their numbers: 1, 2")
        return part.text

    def _label(self, part: Word) -> str:
        if part.text in self.labels:
            return self.labels[part.text]
        raise part.refused(*no_message(part.text, self.labels))

    def _change(self, part: Part) -> Any:  # noqa: ANN401
        """A changed field: what stands in it is read as that field is, then written as text."""
        table = _as_table("FieldChange", part)
        written: list[tuple[Word, Part]] = []
        named = table.get("field")
        for key, value in table:
            if key.text in ("old", "new") and isinstance(value, Word) and isinstance(named, Word):
                written.append((key, self._as_text(named, value)))
            else:
                written.append((key, value))
        return self.record("FieldChange", Table(table.file, table.line, tuple(written)))

    def _as_text(self, path: Word, value: Word) -> Word:
        if value.is_nothing:
            return value
        kinds = {leaf.type for leaf in _leaves_called(path)}
        text = value.text
        if "timestamp-millis" in kinds:
            text = self.clock.moment(value, self.near, _side(path.text.rpartition(".")[2])).isoformat()
        elif "date" in kinds:
            text = self.clock.day(value).isoformat()
        elif any(leaf.doc.startswith(("Agency id", "GSS code")) for leaf in _leaves_called(path)):
            text = self.agencies.known(value.text) or value.text
        return Word(value.file, value.line, text, is_quoted=True)


def is_word_of(field: Schema, word: Word) -> bool:
    """Whether `none` or `nothing` is a word that this field knows, and so no blank; `reporter: nothing` is one too."""
    inner, _ = plain_type(field["type"])
    if isinstance(inner, str) and inner in RECORDS and word.text == "nothing":
        main = next((each for each in sources()[inner]["fields"] if each["name"] == MAIN_FIELDS.get(inner)), None)
        return main is not None and is_word_of(main, word)
    kind = getattr(schemas.records, inner, None) if isinstance(inner, str) else None
    return isinstance(kind, type) and issubclass(kind, StrEnum) and word.text in {symbol.value for symbol in kind}


def _side(field: str) -> Side:
    return Side.NEXT if field in AHEAD else Side.LAST


def _leaves_called(path: Word) -> list[Any]:
    """Every field of a message of an agency that has this path."""
    found = [leaves(name).get(path.text) for name, schema in sources().items() if schema.get("kind") == "message"]
    known = [leaf for leaf in found if leaf is not None]
    if not known and "[" not in path.text:
        every = {leaf for name, schema in sources().items() if schema.get("kind") == "message" for leaf in leaves(name)}
        raise path.refused(f"no message has a field {path.text!r}", nearest_word(path.text, every))
    return known


def _as_table(name: str, part: Part) -> Table:
    """The part as a table: one word fills the main field of the record."""
    if isinstance(part, Table):
        return part
    main = MAIN_FIELDS.get(name)
    if isinstance(part, Row) or main is None:
        raise part.refused(f"{name} is written as a table of its fields")
    key, value = main, part
    if name == "LastSeen" and part.text.lower() in _NOT_KNOWN:
        key, value = "not_known", Word(part.file, part.line, "yes")
    if name == "Reporter" and part.text in {relation.value for relation in schemas.records.Relation}:
        key = "relation"
    if name == "Placement" and part.text not in {kind.value for kind in schemas.records.PlacementKind}:
        key = "provider_agency"
    entries = [(Word(part.file, part.line, key), value)]
    if name == "Flag":
        entries.append((Word(part.file, part.line, "value"), Word(part.file, part.line, "yes")))
    return Table(part.file, part.line, tuple(entries))


def _items(inner: Schema, part: Part) -> Iterator[Part]:
    """What stands in a list; one alone is a list of one, and some lists are written as tables."""
    pair = PAIRS.get(inner) if isinstance(inner, str) else None
    if isinstance(part, Row):
        for item in part.items:
            is_pair = isinstance(item, Table) and pair is not None and not _has_fields(inner, item)
            yield from (_items(inner, item) if is_pair else (item,))
        return
    if not isinstance(part, Table) or pair is None or _has_fields(inner, part):
        yield part
        return
    for key, value in part:
        several = value.items if isinstance(value, Row) else (value,)
        for each in several:
            entries = ((Word(key.file, key.line, pair[0]), Word(key.file, key.line, key.text)),)
            if isinstance(each, Table):
                yield Table(key.file, key.line, (*entries, *each.entries))
            else:
                yield Table(key.file, key.line, (*entries, (Word(key.file, key.line, pair[1]), each)))


def _has_fields(name: str, table: Table) -> bool:
    known = {field["name"] for field in sources()[name]["fields"]} | FIELD_WORDS.keys()
    return all(key.text in known for key, _ in table)


def _field_name(record: str, key: Word, schema: Mapping[str, Schema]) -> str:
    if key.text in schema:
        return key.text
    if (meant := FIELD_WORDS.get(key.text)) in schema and meant is not None:
        return meant
    known = [*schema, *(word for word, name in FIELD_WORDS.items() if name in schema)]
    raise key.refused(f"{record} has no field {key.text!r}", nearest_word(key.text, known))


def _of_vocabulary(words: Any, part: Word, field: str) -> Any:  # noqa: ANN401 - one of the contract's enumerations
    known = {member.value: member for member in words}
    if (found := known.get(part.text) or known.get(part.text.strip().lower().replace(" ", "_"))) is not None:
        return found
    listed = ", ".join(known)
    raise part.refused(f"{part.text!r} is no word for {field!r}, which takes: {listed}", nearest_word(part.text, known))


def _yes_or_no(part: Word) -> bool:
    if (answer := _YES.get(part.text.lower())) is None:
        raise part.refused(f"{part.text!r}: write yes or no")
    return answer


def _number(part: Word, kind: type[int] | type[float]) -> float | int:
    try:
        return kind(part.text)
    except ValueError:
        raise part.refused(f"{part.text!r} is no number") from None
