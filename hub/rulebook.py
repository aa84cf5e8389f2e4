"""All the rules that a hub goes by, as one value: who is told and what, what is owed by when, who is tried next.

A rules folder holds the files that are to be other than the packaged ones; what is not there is as packaged. It reads
nothing from disk: whoever reads the files hands their texts over.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches

from hub.deadlines import DEADLINES_FILE, DeadlineRules, packaged_deadline_rules
from hub.deadlines.rows import Repeat
from hub.delivery import DeliveryRules, delivery_rules_from, packaged_delivery_rules
from hub.delivery.rules import DELIVERY_FILE
from hub.routing import Rules, packaged_rules, rules_from
from hub.routing.rules import DISCLOSURE_FILE, ROUTING_FILE, ROUTING_TABLES, WORDS_FILE, packaged_text
from hub.routing.vocabulary import ROLES
from hub.rule_text import BrokenRules, nearest_word, read_tables

FILES = (ROUTING_FILE, DISCLOSURE_FILE, WORDS_FILE, DEADLINES_FILE, DELIVERY_FILE)
"""The files that a rules folder may hold."""
MOST_BYTES = 1_000_000
"""The most that one of them may hold."""
_NEARLY = 0.8
_CONTENT = re.compile(r"^\s*[^\s#]", re.MULTILINE)
_COPIES = ("~", ".swp", ".swo", ".bak", ".orig", ".old", ".save", ".rej", ".tmp", ".new")
"""How copies end that editors and people leave beside a table; hidden files and `#...#` are such as well."""
_OF_ROUTING = frozenset({ROUTING_FILE, DISCLOSURE_FILE, WORDS_FILE, DEADLINES_FILE})
"""What the rules of routing are read from: they speak of the duties of the deadlines as well."""
_ARRAYS = {DEADLINES_FILE: ("deadline",), ROUTING_FILE: ROUTING_TABLES}
"""The arrays of tables of those that name duties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Routing, disclosure and words; deadlines; delivery."""

    routing: Rules
    deadlines: DeadlineRules
    delivery: DeliveryRules

    @property
    def version(self) -> str:
        """The versions of its tables."""
        return f"{self.routing.version} {self.deadlines.version} {self.delivery.version}"

    def with_repeats(self, repeats: tuple[int, int] | None) -> "Rulebook":
        """The same with another local rule of repeat episodes: so many within so many days; None leaves it."""
        if repeats is None:
            return self
        repeat = Repeat(count=repeats[0], within=timedelta(days=repeats[1]))
        rows = tuple(replace(row, repeat=repeat) for row in self.deadlines.rows)
        return replace(self, deadlines=replace(self.deadlines, repeat=repeat, rows=rows))


def packaged_rulebook() -> Rulebook:
    """The rules that come with the package."""
    return Rulebook(routing=packaged_rules(), deadlines=packaged_deadline_rules(), delivery=packaged_delivery_rules())


def tables_among(names: Iterable[str]) -> tuple[str, ...]:
    """The tables among the files of a rules folder, in order; copies that editors leave and other papers lie there too.

    Raises:
        BrokenRules: one was meant for a table and is called by no name that one has: it would change nothing.
    """
    found = frozenset(name for name in names if is_meant_for_a_table(name))
    for name in sorted(found.difference(FILES)):
        reason = f"no table of rules is called {name!r}; a rules folder may hold {', '.join(FILES)}"
        raise BrokenRules(file=name, line=1, reason=reason, nearest=nearest_word(name.lower(), FILES))
    return tuple(name for name in FILES if name in found)


def is_meant_for_a_table(name: str) -> bool:
    """Whether a file of a rules folder is a table by its name, or nearly: `rooting.toml`, `routing.tml`, `routing`."""
    if name.startswith((".", "#")) or name.lower().endswith(_COPIES):
        return False
    lower = name.lower()
    ending = lower.rpartition(".")[2]
    return ".toml" in lower or f"{lower}.toml" in FILES or bool(get_close_matches(ending, ("toml",), cutoff=_NEARLY))


def table_text(name: str, raw: bytes) -> str:
    """The text of a table from the bytes of its file.

    Raises:
        BrokenRules: it is larger than a table can be, or no text, with the line where that shows.
    """
    if len(raw) > MOST_BYTES:
        raise BrokenRules(file=name, line=1, reason=f"a table of rules has at most {MOST_BYTES} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BrokenRules(file=name, line=line, reason="not UTF-8 text: save it as UTF-8") from None


def rulebook_from(texts: Mapping[str, str]) -> Rulebook:
    """The rules of these files; those that are not among them are the packaged ones.

    Raises:
        BrokenRules: with file, line, reason and nearest known word; an empty file is none of the packaged ones either.
    """
    given = {name for name in FILES if name in texts}
    for name in FILES:
        if name in given and not _CONTENT.search(texts[name]):
            raise BrokenRules(
                file=name, line=1, reason="nothing stands in it; take the file away for the packaged table"
            )
    deadlines, rules, delivery = packaged_deadline_rules(), packaged_rules(), packaged_delivery_rules()
    if DEADLINES_FILE in given:
        deadlines = DeadlineRules.from_text(texts[DEADLINES_FILE], DEADLINES_FILE)
    if given & _OF_ROUTING:
        routing, disclosure, words = (
            texts[name] if name in given else packaged_text(name)
            for name in (ROUTING_FILE, DISCLOSURE_FILE, WORDS_FILE)
        )
        if DEADLINES_FILE in given:
            _check_duties(texts[DEADLINES_FILE], routing, _called(ROUTING_FILE, given))
        try:
            rules = rules_from(routing, disclosure, words, deadlines)
        except BrokenRules as refused:
            raise _as_packaged(refused, given) from refused
    if DELIVERY_FILE in given:
        delivery = delivery_rules_from(texts[DELIVERY_FILE], roles=ROLES)
    return Rulebook(routing=rules, deadlines=deadlines, delivery=delivery)


def _check_duties(deadlines: str, routing: str, called: str) -> None:
    """Refuse a table of deadlines in which a duty was renamed or left out that the rules of routing speak of.

    The fault lies there, and not in the row of routing that names the duty as everybody else does.
    """
    own = _lines(DEADLINES_FILE, deadlines, "deadline", "duty")
    packaged = {row.duty for row in packaged_deadline_rules().rows}
    for duty, line in _lines(ROUTING_FILE, routing, "raise", "duties").items():
        if duty in own or duty not in packaged:
            continue
        raises = f"which {called} raises in line {line}"
        renamed = nearest_word(duty, own.keys() - packaged)
        if renamed is None:
            reason = f"the duty {duty!r} is missing, {raises}; keep it, or take it out of that row as well"
            raise BrokenRules(file=DEADLINES_FILE, line=1, reason=reason)
        reason = f"no table knows the duty {renamed!r}, and {duty!r} is missing, {raises}"
        raise BrokenRules(file=DEADLINES_FILE, line=own[renamed], reason=reason, nearest=duty)


def _lines(file: str, text: str, array: str, key: str) -> dict[str, int]:
    """Every word under a key of the rows of one array, with the line in which it stands first."""
    found: dict[str, int] = {}
    for table in read_tables(file, text, _ARRAYS[file])[1][array]:
        value = table.values.get(key)
        for word in value if isinstance(value, list) else [value]:
            if isinstance(word, str):
                found.setdefault(word, table.lines.get(key, table.line))
    return found


def _as_packaged(refused: BrokenRules, given: Collection[str]) -> BrokenRules:
    """The refusal, where a packaged table does not fit those that were given: that table is called the packaged one."""
    if refused.file in given:
        return refused
    reason = f"{refused.reason} (it does not fit the {', '.join(name for name in FILES if name in given)} given)"
    return BrokenRules(file=_called(refused.file, given), line=refused.line, reason=reason, nearest=refused.nearest)


def _called(file: str, given: Collection[str]) -> str:
    return file if file in given else f"{file} (as packaged)"
