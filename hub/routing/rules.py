"""The rules of routing and disclosure, read from their tables and checked word by word.

`rules_from` takes the text of the three tables; `packaged_rules` reads those that come with the package. Every word
is one of `hub.routing.vocabulary`, every row has a source, and no routing row asks for more classes than disclosure
grants its role for its purpose. A table with any fault is refused whole, with file and line: a hub that is running
keeps the last good rules. What the rules decide is for `hub.routing.owed` and `hub.routing.disclosure`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

from hub.deadlines import DeadlineRules, packaged_deadline_rules
from hub.routing.rows import FollowRow, GrantRow, NeverRow, OnlyRow, RaiseRow, RoutingRow, Rules, UnfoundRow
from hub.routing.sentences import sentences_from
from hub.routing.vocabulary import ABOUT_ANOTHER, ASPECT_AUDIENCE, CONDITIONS, OWED_BY, PURPOSES, ROLES
from hub.rule_bounds import ASKED, closed_days, short_time
from hub.rule_text import BrokenRules, Table, read_tables
from schemas.records import Ask, DeadlineStage, Disclosure, Urgency

__all__ = ["DISCLOSURE_FILE", "ROUTING_FILE", "WORDS_FILE", "Rules", "packaged_rules", "packaged_text", "rules_from"]

ROUTING_FILE: Final = "routing.toml"
DISCLOSURE_FILE: Final = "disclosure.toml"
WORDS_FILE: Final = "words.toml"
ROUTING_TABLES: Final = ("row", "follow", "raise", "unfound", "school_closed")
"""The arrays of tables that routing.toml has."""

_CLASSES: Final = tuple(str(word) for word in Disclosure if word is not Disclosure.UNKNOWN)
_ASKS: Final = tuple(str(word) for word in Ask if word is not Ask.UNKNOWN)
_URGENCIES: Final = tuple(str(word) for word in Urgency if word is not Urgency.UNKNOWN)
_STAGES: Final = tuple(str(word) for word in DeadlineStage if word is not DeadlineStage.UNKNOWN)
_RAISED_TO: Final = (OWED_BY, *ROLES)
_ROW_KEYS: Final = (
    "id", "when", "while", "role", "purpose", "classes", "urgency", "ask", "within", "words", "must_be_told",
    "not_telephoned", "unless_it_reported", "duties_only", "source",
)  # fmt: skip
_PARTS: Final = ("telephone", "withdrawal")
_NO_WORDS: Final = "none"


def rules_from(routing: str, disclosure: str, words: str, deadlines: DeadlineRules | None = None) -> Rules:
    """The rules from the texts of their three tables, and of the duties they speak of (the packaged ones if None).

    Raises:
        BrokenRules: with file, line, reason and nearest known word; nothing of the text is used then.
    """
    top, tables = read_tables(ROUTING_FILE, routing, ROUTING_TABLES)
    disclosed, disclosure_tables = read_tables(DISCLOSURE_FILE, disclosure, ("grant", "only", "never"))
    top.only_these(("version",), _PARTS)
    disclosed.only_these(("version",))
    said = sentences_from(WORDS_FILE, words, packaged_text(WORDS_FILE))
    grants = _grants(disclosure_tables["grant"])
    rows = tuple(_row(table, grants, said["ask"]) for table in tables["row"])
    _differ(tables["row"], "id")
    _differ(tables["follow"], "id")
    duties = deadlines or packaged_deadline_rules()
    raises = tuple(_raise(table, frozenset(row.duty for row in duties.rows)) for table in tables["raise"])
    _differ(tables["raise"], "id")
    of_messages = tables["unfound"] or _packaged_tables()["unfound"]
    unfound = tuple(_unfound(table, said) for table in of_messages)
    _differ(of_messages, "id")
    digest = sha256(f"{routing}\0{disclosure}\0{words}".encode()).hexdigest()[:8]
    return Rules(
        version=f"{_version(top)}/{_version(disclosed)}/{digest}",
        rows=rows,
        follows=tuple(_follow(table) for table in tables["follow"]),
        raises=raises,
        unfound=_each_once(unfound, of_messages),
        grants=grants,
        only=tuple(_only(table) for table in disclosure_tables["only"]),
        never=tuple(_never(table) for table in disclosure_tables["never"]),
        words=said,
        telephone_within=_part_within(top, "telephone"),
        withdrawal_within=_part_within(top, "withdrawal"),
        school_closed=tuple(_school_closed(table) for table in tables["school_closed"]),
        repeat=duties.repeat,
    )


@cache
def packaged_rules() -> Rules:
    """The rules that come with the package (read once)."""
    return rules_from(packaged_text(ROUTING_FILE), packaged_text(DISCLOSURE_FILE), packaged_text(WORDS_FILE))


def packaged_text(name: str) -> str:
    """The text of one of the packaged tables."""
    return resources.files("hub.routing").joinpath(name).read_text(encoding="utf-8")


def _packaged_tables() -> Mapping[str, tuple[Table, ...]]:
    """The packaged tables of routing: a table that was written before there were rows of a kind goes on as it was."""
    return read_tables(ROUTING_FILE, packaged_text(ROUTING_FILE), ROUTING_TABLES)[1]


def _row(table: Table, grants: Mapping[tuple[str, str], GrantRow], asks: Collection[str]) -> RoutingRow:
    table.only(_ROW_KEYS)
    role, purpose = table.word("role", ROLES), table.word("purpose", PURPOSES)
    classes = _classes(table)
    grant = grants.get((role, purpose))
    if grant is None:
        table.refuse("purpose", f"{DISCLOSURE_FILE} grants {role!r} nothing for {purpose!r}")
    if beyond := sorted(classes - grant.classes):
        table.refuse("classes", f"{DISCLOSURE_FILE} does not grant {role!r} {', '.join(beyond)} for {purpose!r}")
    ask = Ask(table.word("ask", _ASKS))
    words = table.word("words", (*asks, _NO_WORDS))
    if (ask is Ask.ACTION) != ("within" in table.values) or (ask is Ask.ACTION) != (words != _NO_WORDS):
        table.refuse("ask", "an action says what (words) and by when (within); information says neither")
    if table.flag("duties_only") and (ask is Ask.ACTION or table.words("while")):
        table.refuse("duties_only", "a row for duties alone says nothing itself: it is information, and has no while")
    if not table.words("when"):
        table.refuse("when", "a row needs at least one condition")
    return RoutingRow(
        id=table.text("id"),
        when=table.words("when", CONDITIONS),
        while_=table.words("while", CONDITIONS),
        role=role,
        purpose=purpose,
        classes=classes,
        urgency=Urgency(table.word("urgency", _URGENCIES)),
        ask=ask,
        within=short_time(table, "within", ASKED) if ask is Ask.ACTION else None,
        words=words,
        must_be_told=table.flag("must_be_told"),
        not_telephoned=table.text("not_telephoned") if "not_telephoned" in table.values else "",
        unless_it_reported=table.flag("unless_it_reported"),
        duties_only=table.flag("duties_only"),
        source=table.text("source"),
    )


def _follow(table: Table) -> FollowRow:
    table.only(("id", "fields", "to", "urgency", "telephoned", "telephoned_while", "not_telephoned", "source"))
    to = table.words("to", (*ROLES, ASPECT_AUDIENCE))
    fields = table.words("fields")
    if not fields or not to:
        table.refuse("fields", "a followed change needs fields, and roles to tell of it")
    return FollowRow(
        id=table.text("id"),
        fields=fields,
        to=None if ASPECT_AUDIENCE in to else frozenset(to),
        urgency=Urgency(table.word("urgency", _URGENCIES)),
        telephoned=table.flag("telephoned"),
        telephoned_while=table.words("telephoned_while", CONDITIONS),
        not_telephoned=table.text("not_telephoned") if "not_telephoned" in table.values else "",
        source=table.text("source"),
    )


def _raise(table: Table, duties: Collection[str]) -> RaiseRow:
    table.only(("id", "duties", "stages", "to", "urgency", "source"))
    named, stages, to = table.words("duties", duties), table.words("stages", _STAGES), table.words("to", _RAISED_TO)
    if not named or not stages or not to:
        table.refuse("duties", "say which duties, at which stages, are told to whom")
    return RaiseRow(
        id=table.text("id"),
        duties=frozenset(named),
        stages=frozenset(DeadlineStage(stage) for stage in stages),
        to=to,
        urgency=Urgency(table.word("urgency", _URGENCIES)),
        source=table.text("source"),
    )


def _unfound(table: Table, said: Mapping[str, Mapping[str, str]]) -> UnfoundRow:
    table.only(("id", "message", "by_id", "says", "urgency", "within", "words", "source"))
    return UnfoundRow(
        id=table.text("id"),
        message=table.word("message", [name for name, _ in ABOUT_ANOTHER]),
        by_id=table.flag("by_id"),
        says=table.word("says", said["own_message"]),
        urgency=Urgency(table.word("urgency", _URGENCIES)),
        within=short_time(table, "within", ASKED),
        words=table.word("words", said["ask"]),
        source=table.text("source"),
    )


def _each_once(rows: Iterable[UnfoundRow], tables: Iterable[Table]) -> dict[tuple[str, bool], UnfoundRow]:
    """The rows by what they are for. Each there may be has one: a sender is never left in silence."""
    found: dict[tuple[str, bool], UnfoundRow] = {}
    for row, table in zip(rows, tables, strict=True):
        which = row.message, row.by_id
        if which in found or which not in ABOUT_ANOTHER:
            table.refuse("message", f"{_which(*which)} {'has a row already' if which in found else 'is never sent'}")
        found[which] = row
    if missing := next((which for which in ABOUT_ANOTHER if which not in found), None):
        reason = f"an [[unfound]] row for {_which(*missing)} must be there"
        raise BrokenRules(file=ROUTING_FILE, line=1, reason=reason)
    return found


def _which(message: str, by_id: bool) -> str:  # noqa: FBT001 - as the row has them
    return f'message = "{message}" with by_id = {str(by_id).lower()}'


def _grants(tables: Iterable[Table]) -> dict[tuple[str, str], GrantRow]:
    grants: dict[tuple[str, str], GrantRow] = {}
    for table in tables:
        table.only(("role", "purposes", "classes", "fields", "fact_only", "source"))
        fields = table.words("fields")
        row = GrantRow(
            role=table.word("role", ROLES),
            purposes=table.words("purposes", PURPOSES),
            classes=_classes(table),
            fields=fields or None,
            source=table.text("source"),
            fact_only=table.flag("fact_only"),
        )
        for purpose in row.purposes:
            if (row.role, purpose) in grants:
                table.refuse("purposes", f"{row.role!r} has a grant for {purpose!r} already")
            grants[row.role, purpose] = row
    return grants


def _only(table: Table) -> OnlyRow:
    table.only(("where", "is", "fields", "to", "source"))
    fields, to = table.words("fields"), table.words("to", ROLES)
    if not fields or not to:
        table.refuse("fields", "say which fields, and which roles read them")
    return OnlyRow(
        where=table.text("where"),
        values=frozenset(table.words("is")),
        fields=fields,
        to=frozenset(to),
        source=table.text("source"),
    )


def _never(table: Table) -> NeverRow:
    table.only(("fields", "instead", "disclosure", "source"))
    instead = "instead" in table.values
    if not table.words("fields"):
        table.refuse("fields", "say which fields")
    return NeverRow(
        fields=table.words("fields"),
        instead=table.text("instead") if instead else None,
        disclosure=Disclosure(table.word("disclosure", _CLASSES)) if instead else Disclosure.RESTRICTED,
        source=table.text("source"),
    )


def _classes(table: Table) -> frozenset[Disclosure]:
    classes = frozenset(Disclosure(word) for word in table.words("classes", _CLASSES))
    if not classes:
        table.refuse("classes", "say which classes; a row without any tells nobody anything")
    return classes


def _part_within(top: Table, name: str) -> timedelta:
    return short_time(top.part(name, ("within", "source"), "within and source"), "within", ASKED)


def _school_closed(table: Table) -> tuple[str, str]:
    table.only(("from", "to", "source"))
    return closed_days(table)


def _version(top: Table) -> str:
    version = top.values.get("version")
    if not isinstance(version, str):
        top.refuse("version", 'the table must say version = "…"')
    return version


def _differ(tables: Iterable[Table], key: str) -> None:
    seen: set[str] = set()
    for table in tables:
        if (value := table.text(key)) in seen:
            table.refuse(key, f"two rows are called {value!r}")
        seen.add(value)
