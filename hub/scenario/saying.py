"""What is said in a scenario: the list of messages, acknowledgements and changes of connection, as steps in time.

An entry names when, who, about which child, and one message word with its fields. What a real sender's system would
add by itself is added: its own reference of the child, when the thing happened and was written down, and, where it
speaks of the child for the first time, who the child is and how the agency that reported first refers to it.
"""

# ruff: noqa: EM101, EM102, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from hub.ids import AgencyId, EventId, claim_id, derived_id
from hub.scenario.document import Part, Row, Table, Word
from hub.scenario.known_words import desks
from hub.scenario.model import Acknowledges, Connects, Said, ScenarioChild, Step
from hub.scenario.records import Writing, is_word_of
from hub.scenario.refusal import nearest_word
from hub.scenario.shorthand import FIELD_WORDS, LAYERS, MESSAGE_WORDS, PAIRS, WHICH, MessageWord
from hub.scenario.simulated import SECRET
from schemas.catalogue import plain_type
from schemas.records import (
    Acknowledgement,
    AgencyMessage,
    ExternalRef,
    Person,
    ReferenceKind,
)
from schemas.sources import sources

KEYS: Final = {
    "at": "when the hub accepts it, in local time",
    "from": "who says it",
    "child": "about whom; needed where the file has several children",
    "children": "the same of several children, one message each",
    "as": "a name for this message, so that others can name it",
    "for": "the agency it acts for",
    "ref": "the reference under which the sender knows the child",
    "knows": "what the sender says of the child by itself: `all`, `name only` or `nothing`",
}
"""Keys of an entry of `messages`, beside the message word."""
CONNECTIONS: Final = {"connects": True, "disconnects": False}
"""Words for an agency that is connected, or cut off, from now on."""
NOT_SENT: Final = "is_not_sent"
"""Stands for the message word of an entry that another telling leaves out; its place in the count of entries stays."""
_ACKNOWLEDGING: Final = ("which", "role", "by", "desk")
_KNOWS: Final = ("all", "name only", "nothing")
_ABOUT_TIME: Final = (
    "found_at", "returned_at", "seen_at", "held_at", "since", "decided_at", "told_at", "circulated_at", "started_at",
)  # fmt: skip
"""Fields that say when what is told happened, the first that a message gives being its `occurred_at`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The names that the file gives its messages: the id of each, by name, and the lines they stand in."""

    ids: Mapping[str, EventId]
    lines: Mapping[str, int]


def labels_of(messages: tuple[Part, ...]) -> Labels:
    """The names of all messages, found before any message is read, so that one can name a later one.

    A message about several children is one of each, called `name of child`; in what is said of a child its name alone
    will do.
    """
    ids: dict[str, EventId] = {}
    lines: dict[str, int] = {}
    for number, part in enumerate(messages):
        label = part.get("as") if isinstance(part, Table) else None
        if label is None or not isinstance(part, Table):
            continue
        text = _word(label, "a name").text
        if text in lines:
            raise label.refused(f"{text!r} is the name of another message (line {lines[text]})")
        lines[text] = label.line
        named = part.get("children")
        several = [_word(each, "a child").text for each in named.items] if isinstance(named, Row) else []
        if len(several) > 1:
            ids.update((f"{text} of {child}", message_id(number, child)) for child in several)
        else:
            ids[text] = message_id(number, "")
    return Labels(ids=ids, lines=lines)


def message_id(number: int, child: str) -> EventId:
    """The id of the message that the entry of this number makes; of several children, one each."""
    return EventId(derived_id(f"scenario/{number}", "message", child))


def steps_of(
    messages: tuple[Part, ...], children: Mapping[str, ScenarioChild], writing: Writing, labels: Labels
) -> Iterator[Step]:
    """Every step of the file, in the order written; each entry's time goes on from the one before."""
    speech = _Speech(children=children, writing=writing, labels=labels, introduced=set(), references={}, near=None)
    for number, part in enumerate(messages):
        if not isinstance(part, Table):
            raise part.refused("an entry is a table: at, from, and one message")
        yield from speech.entry(number, part)


@dataclass(kw_only=True)
class _Speech:
    """Goes through the entries, and remembers who has spoken of which child, and under which reference."""

    children: Mapping[str, ScenarioChild]
    writing: Writing
    labels: Labels
    introduced: set[tuple[AgencyId, str, str]]
    references: dict[str, tuple[AgencyId, str]]
    near: datetime | None

    def entry(self, number: int, part: Table) -> Iterator[Step]:
        at = self._at(part)
        word, fields = self._message_word(part)
        if word.text == NOT_SENT:
            return
        if word.text in CONNECTIONS:
            agency = self.writing.agencies.of(_word(fields, "an agency"))
            yield Connects(line=word.line, at=at, agency=agency, is_connected=CONNECTIONS[word.text])
            return
        sender = self._agency(part, "from", needed=True)
        if word.text in LAYERS:
            yield self._acknowledgement(part, word, fields, at, sender)
            return
        named = self._children(part)
        for child in named:
            identity = message_id(number, "" if len(named) == 1 else child.name)
            yield self._said(part, word, fields, Said(
                line=part.line, at=at, sender=sender, child=child.name, message=AgencyMessage(), id=identity,
                label=self._label(part),
            ), [each.name for each in named])  # fmt: skip

    def _at(self, part: Table) -> datetime:
        at = part.get("at")
        if at is None:
            raise part.refused(f"`at:` is missing: {KEYS['at']}")
        self.near = self.writing.clock.moment(_word(at, "a time"), self.near)
        return self.near

    def _message_word(self, part: Table) -> tuple[Word, Part]:
        records = {name for name, schema in sources().items() if schema.get("kind") == "message"}
        known = {*MESSAGE_WORDS, *records, *LAYERS, *CONNECTIONS, NOT_SENT}
        found = [(key, value) for key, value in part if key.text in known]
        for key, _ in part:
            if key.text not in known and key.text not in KEYS:
                raise key.refused(
                    f"{key.text!r} is neither a message nor a key of one", nearest_word(key.text, {*known, *KEYS})
                )
        if len(found) != 1:
            reason = "says nothing" if not found else f"says {found[0][0].text} and {found[1][0].text}"
            raise part.refused(f"an entry says one thing, and this one {reason}")
        return found[0]

    def _children(self, part: Table) -> list[ScenarioChild]:
        named = part.get("children") or part.get("child")
        if named is None:
            if len(self.children) > 1:
                raise part.refused(f"say which child: {', '.join(self.children)}")
            return list(self.children.values())
        words = [_word(each, "a child") for each in (named.items if isinstance(named, Row) else (named,))]
        for word in words:
            if word.text not in self.children:
                raise word.refused(f"no child is called {word.text!r}", nearest_word(word.text, self.children))
        return [self.children[word.text] for word in words]

    def _said(self, part: Table, word: Word, fields: Part, said: Said, together: list[str]) -> Said:
        child = self.children[said.child]
        meaning = MESSAGE_WORDS.get(word.text) or _own_meaning(word.text)
        reference = self._reference(part, said.sender, child)
        given = self._added(part, meaning.record, said, child, reference)
        written = _written(word, fields, meaning)
        if meaning.record == "MissingReported" and len(together) > 1:
            given |= self._together(said.sender, child, together)
        writing = replace(
            self.writing,
            near=said.at,
            mentioned=self._mentioned(said.sender),
            labels={**self.labels.ids, **self._labels_about(child)},
        )
        message = writing.record(meaning.record, _with_given(written, meaning), given)
        self.references.setdefault(child.name, (said.sender, reference))
        self.introduced.add((said.sender, child.name, reference))
        return replace(said, message=_timed(message, said.at))

    def _labels_about(self, child: ScenarioChild) -> dict[str, EventId]:
        """Names of messages about several children mean the one about this child."""
        ending = f" of {child.name}"
        ids = self.labels.ids
        return {name.removesuffix(ending): identity for name, identity in ids.items() if name.endswith(ending)}

    def _reference(self, part: Table, sender: AgencyId, child: ScenarioChild) -> str:
        ref = part.get("ref")
        if ref is not None:
            return _word(ref, "a reference").text
        return child.references.get(sender) or f"{child.name} of {sender}"

    def _added(self, part: Table, record: str, said: Said, child: ScenarioChild, reference: str) -> dict[str, Any]:
        """What the sender's system adds: references, whom it acts for, and what it knows of the child."""
        knows = _word(part.get("knows") or Word("", 0, "all"), "what is known").text
        if knows not in _KNOWS:
            raise part.refused(f"`knows` is one of: {', '.join(_KNOWS)}", nearest_word(knows, _KNOWS))
        names = {field["name"] for field in sources()[record]["fields"]}
        given: dict[str, Any] = {"child_ref": reference}
        acts_for = self._agency(part, "for", needed=False)
        if acts_for is not None:
            given["on_behalf_of"] = acts_for
        is_first = (said.sender, child.name, reference) not in self.introduced
        first = self.references.get(child.name)
        if is_first and first is not None and first[0] != said.sender:
            given["external_refs"] = (ExternalRef(agency=first[0], kind=ReferenceKind.CHILD, value=first[1]),)
        if knows == "nothing":
            return given
        if "person" in names and (is_first or record == "MissingReported"):
            given["person"] = Person(**child.person)
        if record == "MissingReported" and knows == "all":
            given |= child.given
        return given

    def _together(self, sender: AgencyId, child: ScenarioChild, together: list[str]) -> dict[str, Any]:
        others = [name for name in together if name != child.name]
        references = tuple(self.children[name].references.get(sender) or f"{name} of {sender}" for name in others)
        return {"incident_ref": f"incident of {sender}", "companions": references}

    def _mentioned(self, sender: AgencyId) -> dict[str, str]:
        """Words for what only the sender knows: how it refers to each child, and the claims of everybody."""
        found = {name: child.references.get(sender) or f"{name} of {sender}" for name, child in self.children.items()}
        for agency, name, reference in self.introduced:
            claim = claim_id(SECRET, agency, reference)
            called = self.writing.agencies.name(agency)
            for text in (called, agency, *self.writing.agencies.own_names(agency)):
                found[f"{text}/{name}"] = claim
                if len(self.children) == 1:
                    found.setdefault(text, claim)
                found[f"{text}/{reference}"] = claim
        return found

    def _acknowledgement(self, part: Table, word: Word, fields: Part, at: datetime, sender: AgencyId) -> Acknowledges:
        table = fields if isinstance(fields, Table) else None
        which = table.get("which") if table else fields
        text = _word(which, "which notices").text if which is not None else "all"
        if text not in WHICH:
            raise word.refused(f"{text!r}: which notices? {', '.join(WHICH)}", nearest_word(text, WHICH))
        for key, _ in table or ():
            if key.text not in _ACKNOWLEDGING:
                raise key.refused(
                    f"{key.text!r} is no part of an acknowledgement", nearest_word(key.text, _ACKNOWLEDGING)
                )
        by = table.get("by") if table else None
        named = part.get("child")
        if named is not None and _word(named, "a child").text not in self.children:
            raise named.refused("no child is called so", nearest_word(_word(named, "a child").text, self.children))
        return Acknowledges(
            line=part.line,
            at=at,
            sender=sender,
            whose=self._agency(part, "for", needed=False) or sender,
            child=_word(named, "a child").text if named is not None else None,
            layer=Acknowledgement(LAYERS[word.text]),
            which=text,
            desk=_desk(table),
            role=_text(table, "role"),
            by=self.writing.clock.moment(_word(by, "a time"), at) if by is not None else None,
        )

    def _agency(self, part: Table, key: str, *, needed: bool) -> Any:  # noqa: ANN401 - an agency, or None
        named = part.get(key)
        if named is None:
            if needed:
                raise part.refused(f"`{key}:` is missing: {KEYS[key]}")
            return None
        return self.writing.agencies.of(_word(named, "an agency"))

    def _label(self, part: Table) -> str | None:
        label = part.get("as")
        return label.text if isinstance(label, Word) else None


def _own_meaning(record: str) -> MessageWord:
    """A schema's own name: the main field of its short word."""
    known = next((each for each in MESSAGE_WORDS.values() if each.record == record), None)
    given = {"status": "missing"} if record == "MissingReported" else {}
    return MessageWord(record=record, main=known.main if known else None, given=given)


def _written(word: Word, fields: Part, meaning: MessageWord) -> Table:
    """The fields of the message; a word alone fills its main field."""
    if isinstance(fields, Table):
        known = {field["name"] for field in sources()[meaning.record]["fields"]} | FIELD_WORDS.keys()
        if meaning.main is None or not fields.entries or any(key.text in known for key, _ in fields):
            return fields
        is_of_main = _takes_table(meaning.record, meaning.main)
        return (
            Table(word.file, word.line, ((Word(word.file, word.line, meaning.main), fields),)) if is_of_main else fields
        )
    if isinstance(fields, Word) and fields.is_nothing and not _is_main_word(meaning, fields):
        return Table(word.file, word.line, ())
    if meaning.main is None:
        raise fields.refused(f"{word.text} is written as a table of its fields")
    return Table(word.file, word.line, ((Word(word.file, word.line, meaning.main), fields),))


def _is_main_word(meaning: MessageWord, word: Word) -> bool:
    known = {field["name"]: field for field in sources()[meaning.record]["fields"]}
    return meaning.main is not None and is_word_of(known[meaning.main], word)


def _takes_table(record: str, main: str) -> bool:
    """Whether the main field is a list that may be written as a table (`looked_after: 2014-01-01`)."""
    field = next(field for field in sources()[record]["fields"] if field["name"] == main)
    inner, is_array = plain_type(field["type"])
    return is_array and isinstance(inner, str) and inner in PAIRS


def _with_given(table: Table, meaning: MessageWord) -> Table:
    """What the word adds, unless it is written; an arrangement with a reason why not is one that failed."""
    written = {key.text for key, _ in table}
    given = {name: text for name, text in meaning.given.items() if name not in written}
    if "why_not" in written and given.get("arrangement") == "arranged":
        given["arrangement"] = "not_possible"
    added = tuple(
        (Word(table.file, table.line, name), Word(table.file, table.line, text)) for name, text in given.items()
    )
    return Table(table.file, table.line, (*table.entries, *added))


def _timed(message: AgencyMessage, at: datetime) -> AgencyMessage:
    """When it happened (as its own fields say) and when it was written down, unless the file says so itself."""
    stated = next((value for name in _ABOUT_TIME if (value := getattr(message, name, None)) is not None), None)
    occurred = message.occurred_at or (min(stated, at) if stated is not None else at)
    return replace(message, occurred_at=occurred, recorded_at=message.recorded_at or at)


def _word(part: Part, what: str) -> Word:
    if isinstance(part, Word):
        return part
    raise part.refused(f"expected {what}, and a table or list stands here")


def _desk(table: Table | None) -> str | None:
    part = table.get("desk") if table is not None else None
    if part is None:
        return None
    word = _word(part, "a desk")
    if word.text not in desks():
        raise word.refused(f"the hub writes to no desk {word.text!r}", nearest_word(word.text, desks()))
    return word.text


def _text(table: Table | None, key: str) -> str | None:
    part = table.get(key) if table is not None else None
    return None if part is None else _word(part, key).text
