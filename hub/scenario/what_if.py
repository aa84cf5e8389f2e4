"""What an agency receives when a message says something else: the very same, where that is nobody's to know.

`same_for` plays the file again with one message replaced, left out or changed, and compares notice for notice what each
agency named has in its inbox: how many, when, what each says, and how large it is. (P1, P4 of the rules of silence.)
"""

# ruff: noqa: EM101, TRY003 - the reason of a refusal is said where the fault is found

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hub.ids import AgencyId
from hub.scenario.document import Part, Row, Table, Word
from hub.scenario.refusal import no_message
from hub.scenario.saying import KEYS as ENTRY_KEYS
from hub.scenario.saying import NOT_SENT, Labels
from hub.scenario.scene import Aim, Check, Difference, Scene
from hub.scenario.simulated import Sent
from hub.scenario.wording import Reader, listed

KEYS: Final = {
    "agencies": "who receives the same",
    "if": "the name of the message that says something else",
    "says": "fields of that message as they are then",
    "is": "the whole message that is sent instead",
    "is_not_sent": "yes, where it is not sent at all",
}
"""Words of `same_for`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One message of the file, by its name, as it is in another telling; None for `entries` leaves it out."""

    label: str
    fields: Table | None = None
    instead: Table | None = None

    def of(self, document: Table) -> Table:
        """The document in that telling, without what is expected of this one."""
        entries = tuple(
            (key, self._messages(value) if key.text == "messages" and isinstance(value, Row) else value)
            for key, value in document
            if key.text != "expect"
        )
        return Table(document.file, document.line, entries)

    def _messages(self, messages: Row) -> Row:
        kept = [self._entry(item) if _is_called(item, self.label) else item for item in messages.items]
        return Row(messages.file, messages.line, tuple(item for item in kept if item is not None))

    def _entry(self, entry: Part) -> Part | None:
        if not isinstance(entry, Table):
            return entry
        if self.instead is not None:
            kept = [(key, value) for key, value in entry if key.text in ENTRY_KEYS]
            return Table(entry.file, entry.line, (*kept, *self.instead.entries))
        if self.fields is None:
            silent = [(key, value) for key, value in entry if key.text in ENTRY_KEYS]
            return Table(entry.file, entry.line, (*silent, (Word(entry.file, entry.line, NOT_SENT), entry)))
        changed = [(key, value if key.text in ENTRY_KEYS else _merged(value, self.fields)) for key, value in entry]
        return Table(entry.file, entry.line, tuple(changed))


def same_for_checks(part: Part, aim: Aim, reader: Reader, labels: Labels) -> Iterator[Check]:
    """The checks of `same_for`: one table, or a list of them."""
    for item in part.items if isinstance(part, Row) else (part,):
        table = reader.table(item, "same_for")
        for key, _ in table:
            reader.known(key, KEYS, "word of same_for")
        named, label = table.get("agencies"), table.get("if")
        if named is None or label is None:
            raise table.refused("say for whom (`agencies`) and which message says something else (`if`)")
        word = reader.word(label, "the name of a message")
        if word.text not in labels.lines:
            raise word.refused(*no_message(word.text, labels.lines))
        variation = _variation(word.text, table, reader)
        agencies = {reader.agency(name): name for name in reader.several(named)}
        yield Check(line=table.line, run=_run(table, agencies, variation, aim), retold=variation.of)


def _variation(label: str, table: Table, reader: Reader) -> Variation:
    says, instead, is_not_sent = table.get("says"), table.get("is"), table.get("is_not_sent")
    if sum(each is not None for each in (says, instead, is_not_sent)) != 1:
        raise table.refused("say what is different: `says`, `is` or `is_not_sent`")
    return Variation(
        label=label,
        fields=reader.table(says, "says") if says is not None else None,
        instead=reader.table(instead, "is") if instead is not None else None,
    )


def _run(
    table: Table, agencies: dict[AgencyId, Word], variation: Variation, aim: Aim
) -> Callable[[Scene], Iterator[Difference]]:
    def run(scene: Scene) -> Iterator[Difference]:
        other = scene.ran_again(variation)
        for agency, name in agencies.items():
            here, there = _received(agency, scene.notices(aim)), _received(agency, other.notices(aim))
            if here != there:
                yield Difference(
                    line=table.line,
                    at=scene.at,
                    what=f"same_for {name.text}",
                    expected=f"the same as if {variation.label!r} were different",
                    found=_told_apart(here, there),
                )

    return run


def _received(agency: AgencyId, notices: Iterable[tuple[Sent, object]]) -> list[str]:
    """Everything in an inbox, word for word, with when it came."""
    return [f"{sent.at.isoformat()} {sent.owed.notice!r}" for sent, _ in notices if sent.owed.recipient == agency]


def _told_apart(here: list[str], there: list[str]) -> str:
    if len(here) != len(there):
        return f"it receives {len(here)} notices here and {len(there)} then"
    numbers = [str(place) for place, (one, other) in enumerate(zip(here, there, strict=True), 1) if one != other]
    return f"notices number {listed(numbers)} differ"


def _is_called(entry: Part, label: str) -> bool:
    named = entry.get("as") if isinstance(entry, Table) else None
    return isinstance(named, Word) and named.text == label


def _merged(written: Part, changed: Table) -> Part:
    if not isinstance(written, Table):
        return changed
    names = {key.text for key, _ in changed}
    return Table(written.file, written.line, (*((k, v) for k, v in written if k.text not in names), *changed.entries))
