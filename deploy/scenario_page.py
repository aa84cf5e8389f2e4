"""Prints `docs/reference/scenario-format.md` from the tables that the reader of scenarios goes by.

`python -m deploy.scenario_page` writes the page; a test fails when it is stale.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import EnumMeta
from pathlib import Path
from typing import Final

from hub.deadlines import packaged_deadline_rules
from hub.scenario import expected, reading, saying, what_if
from hub.scenario.children import OWN_WORDS, STANDING
from hub.scenario.count_checks import MEASURES, RECEIPT_WORDS
from hub.scenario.declared import DUTY_KEYS
from hub.scenario.declared import KEYS as AGENCY_KEYS
from hub.scenario.delivery_checks import DELIVERY_WORDS
from hub.scenario.document import MOST_CHARACTERS, MOST_DEPTH, MOST_PARTS
from hub.scenario.due_checks import DUE_WORDS
from hub.scenario.known_words import OWN_PURPOSES, desks
from hub.scenario.register_checks import REGISTER_WORDS
from hub.scenario.register_tables import TABLE_WORDS
from hub.scenario.shorthand import AHEAD, FIELD_WORDS, LAYERS, MAIN_FIELDS, MESSAGE_WORDS, PAIRS, WHICH
from hub.scenario.told_checks import ALL, NOT, ONE
from hub.scenario.wording import LETTERS

PAGE: Final = Path(__file__).parent.parent / "docs" / "reference" / "scenario-format.md"

_HEAD: Final = f"""\
# The format of a scenario

<!-- Printed by `python -m deploy.scenario_page`; a test fails when this page is stale. -->

Every key and word that a scenario file may hold. [Write a scenario](../how-to/write-a-scenario.md) begins with an
example; this page is for looking up. Every word is looked up when the file is read, those of what must *not* be as
well: a word that nobody knows (a field, a desk, a row, a purpose, a kind of flag, a name of a message) is refused with
its line and the nearest known one, and nothing of the file is played. Only free text is compared as it stands.

A file is YAML in UTF-8: at most {MOST_CHARACTERS:,} characters, {MOST_PARTS:,} words, lists and tables, {MOST_DEPTH}
deep; no tags, anchors or aliases. Nothing in a file is ever run. A field written as `none` or
`nothing` is left out, unless that is a word of the field (`may_be_told: nothing`).
"""
_TIMES: Final = """\
## Times and agencies

All times are local (London, unless `place` says otherwise), and summer time is counted. `Fri 27 Mar 23:10`,
`27 Mar 23:10` and `2026-03-27 23:10` are whole; `end of Tue 5 May` is 23:59 of that day; `+ 40 min` (or `h`, `d`)
counts from what stands before it. Where only a part is written:

- `at` of a message: the next such time from the message before it on (`23:18`, `Sat 02:15`).
- a field of a message: the last such time before the message. The fields {ahead} lie ahead: the next one.
- `at` of an expectation: the next such time from the expectation before it on.
- a time inside an expectation: the nearest one.

A weekday that does not fit its date is refused, and so is an hour that the change of the clocks leaves out. Of the hour
that comes twice the first is meant, unless `GMT` or `BST` stands behind it.

An agency is written by its official code (`E08000005`, `E23000003`, `BTP`), its name (`Rochdale`, `Lancashire Police`,
`Lancashire council` where a force and an authority share a name), or a name from `agencies`. A desk of it follows a
stroke: `Rochdale/reviewing_team`. Without one any desk of it is meant, and in `told_only` the duty desk. A team that
acts for another is `shared EDT for Rochdale`. The hub
writes to these desks: {desks}.
"""


def page() -> str:
    """The page, from the tables of `hub.scenario`."""
    return "\n".join(_parts())


def is_stale() -> bool:
    """Whether the published page is another one."""
    return not PAGE.exists() or PAGE.read_text("utf-8") != page()


def _parts() -> Iterator[str]:
    yield _HEAD
    yield from _section("The file", reading.KEYS)
    yield _TIMES.format(ahead=_listed(AHEAD), desks=_listed(desks()))
    yield from _section(
        "`agencies`", AGENCY_KEYS, "A name for each, and what it is: an official name, or a table of these."
    )
    yield from _section("Rows of `duty`", DUTY_KEYS)
    yield from _section("`children`", OWN_WORDS, _CHILDREN)
    yield from _section("`messages`", saying.KEYS, _MESSAGES)
    yield from _message_words()
    yield from _section("Acknowledgements", WHICH, _ACKNOWLEDGEMENTS)
    yield from _short_forms()
    yield from _section("`expect`", expected.KEYS, "A list; each entry has these, and at least one of the parts below.")
    yield from _section("What may be expected", expected.PARTS)
    yield from _register()
    yield from _section("`told`", ONE, "Words about one notice; one of those sent must fit all of them.")
    yield from _section("`told`, of everything the seat was told", ALL)
    yield _NAMES
    yield from _table(
        ("purpose of the hub's own", "meaning"), ((f"`{word}`", said) for word, said in OWN_PURPOSES.items())
    )
    yield from _section("`not_told`", NOT, "A list of seats that are told nothing, or a table with what is not told.")
    yield from _section("`due`", DUE_WORDS, _DUE)
    yield from _duties()
    yield from _section("`delivery`", DELIVERY_WORDS)
    yield from _section("`receipt`", RECEIPT_WORDS)
    yield from _section("`measures`", MEASURES)
    yield from _section("`same_for`", what_if.KEYS, _SAME)


_AGENCIES: Final = "A name for each, and what it is: an official name, or a table of these."
_CHILDREN: Final = """\
A name for each, and a table of what every report of it carries unless the message says otherwise: any field of
[Person](messages.md#person) (`given_names`, `home`, `flags`…), any of {standing}, and these. A child
without a name gets a made-up one, and an NHS number of the range that is kept for tests.""".replace(
    "{standing}", ", ".join(f"`{name}`" for name in STANDING)
)
_MESSAGES: Final = """\
A list; each entry has these keys, and one message word with its fields. Fields are those of the message in
[Messages](messages.md), by the same names; only those that matter need to be written. `child_ref`, `occurred_at` and
`recorded_at` are filled in."""
_ACKNOWLEDGEMENTS: Final = f"""\
{", ".join(f"`{word}`" for word in LAYERS)} with which notices, or a table: `which`, `desk`, `role`, `by`. Agencies
acknowledge by themselves as `answers` says. `connects: NAME` and `disconnects: NAME` change the directory."""
_DUE: Final = """\
A table of duties, each with its due time, or a table of these; `none` where the duty must be withdrawn, or never have
been owed. `because` is a word by which [Deadlines](deadlines.md) are met or withdrawn. `not_due` and `never_raised` are
lists of duties."""
_NAMES: Final = """\
`fields`, `without`, `values` and `withdraws` name fields as notices do: those of the view (`last_seen.place`,
`person.flags.exploitation.value`), `companions.number`, `episode.repeats`, and what is said of a duty
(`duty.return_interview.due_at`). `without`, and `fields` of `not_told`, may name what several are part of
(`person.home`). A `purpose` is one of [Disclosure](disclosure.md) or one of the hub's own below, a `row` an id of
[Routing](routing.md) or such a purpose.
"""
_SAME: Final = """\
The file is played again with one message changed, and the agencies named must receive the very same: as many notices,
at the same times, with the same words."""


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def _section(head: str, words: Mapping[str, str], text: str = "") -> Iterator[str]:
    yield f"## {head}\n"
    if text:
        yield f"{text}\n"
    yield from _table(("word", "meaning"), ((f"`{word}`", meaning) for word, meaning in words.items()))


def _message_words() -> Iterator[str]:
    yield "## Words for messages\n"
    yield "A word by itself fills the field named; the name of the message in the schemas does as well.\n"
    rows = []
    for word, meaning in MESSAGE_WORDS.items():
        given = ", ".join(f"`{name}: {value}`" for name, value in meaning.given.items())
        link = f"[{meaning.record}](messages.md#{meaning.record.lower()})"
        rows.append((f"`{word}`", link, f"`{meaning.main}`" if meaning.main else "", given))
    yield from _table(("word", "message", "one word fills", "adds"), rows)


def _short_forms() -> Iterator[str]:
    yield "## Short forms of fields\n"
    yield "Where a part of a message is written as one word, that word fills:\n"
    yield from _table(("part", "field"), ((name, f"`{main}`") for name, main in MAIN_FIELDS.items()))
    yield "Lists of these may be written as a table (`authority_roles: {responsible: Rochdale}`):\n"
    yield from _table(("part", "key fills", "value fills"), ((n, f"`{k}`", f"`{v}`") for n, (k, v) in PAIRS.items()))
    yield "Other words for fields, where the message has the field and not the word:\n"
    yield from _table(("word", "field"), ((f"`{word}`", f"`{name}`") for word, name in FIELD_WORDS.items()))


def _register() -> Iterator[str]:
    yield "## `register`\n"
    yield (
        "A table of these words, of `phases` (a list: `M Fri 27 Mar 22:40 to Sat 02:15`, `A …`, `located …`; without "
        "`to` while it lasts), of the tables below, and of fields of the view by their names (`last_seen.place`).\n"
    )
    rows = ((f"`{word}`", _kind(known.kind), known.meaning) for word, known in REGISTER_WORDS.items())
    yield from _table(("word", "takes", "meaning"), rows)
    yield from _table(("table", "meaning"), ((f"`{word}`", meaning) for word, meaning in TABLE_WORDS.items()))


def _kind(kind: object) -> str:
    if isinstance(kind, tuple):
        return "several of " + ", ".join(f"`{word}`" for word in kind[0])
    if isinstance(kind, EnumMeta):
        return f"[{kind.__name__}](messages.md#{kind.__name__.lower()})"
    return "yes or no" if kind == "answer" else str(kind)


def _duties() -> Iterator[str]:
    yield "### Duties\n"
    known: dict[str, str] = {}
    for row in packaged_deadline_rules().rows:
        known.setdefault(row.duty, row.says)
    yield from _table(("duty", "what is owed"), ((f"`{duty}`", says) for duty, says in known.items()))
    letters = ", ".join(f"`{letter}` {disclosure}" for letter, disclosure in LETTERS.items())
    yield f"Classes of disclosure are written by their letters (`RIDC`) or names: {letters}.\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
