"""All the rules that a hub goes by, as one value: who is told and what, what is owed by when, who is tried next.

A rules folder holds the files that are to be other than the packaged ones; what is not there is as packaged. It reads
nothing from disk: whoever reads the files hands their texts over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from hub.deadlines import DEADLINES_FILE, DeadlineRules, packaged_deadline_rules
from hub.deadlines.rows import Repeat
from hub.delivery import DeliveryRules, delivery_rules_from, packaged_delivery_rules
from hub.delivery.rules import DELIVERY_FILE
from hub.routing import Rules, packaged_rules, rules_from
from hub.routing.rules import DISCLOSURE_FILE, ROUTING_FILE, WORDS_FILE, packaged_text
from hub.routing.vocabulary import ROLES

FILES = (ROUTING_FILE, DISCLOSURE_FILE, WORDS_FILE, DEADLINES_FILE, DELIVERY_FILE)
"""The files that a rules folder may hold."""
_OF_ROUTING = frozenset({ROUTING_FILE, DISCLOSURE_FILE, WORDS_FILE, DEADLINES_FILE})
"""What the rules of routing are read from: they speak of the duties of the deadlines as well."""


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


def rulebook_from(texts: Mapping[str, str]) -> Rulebook:
    """The rules of these files; those that are not among them are the packaged ones.

    Raises:
        BrokenRules: with file, line, reason and nearest known word.
    """
    given = {name for name in FILES if texts.get(name)}
    deadlines, rules, delivery = packaged_deadline_rules(), packaged_rules(), packaged_delivery_rules()
    if DEADLINES_FILE in given:
        deadlines = DeadlineRules.from_text(texts[DEADLINES_FILE], DEADLINES_FILE)
    if given & _OF_ROUTING:
        routing, disclosure, words = (
            texts.get(name) or packaged_text(name) for name in (ROUTING_FILE, DISCLOSURE_FILE, WORDS_FILE)
        )
        rules = rules_from(routing, disclosure, words, deadlines)
    if DELIVERY_FILE in given:
        delivery = delivery_rules_from(texts[DELIVERY_FILE], roles=ROLES)
    return Rulebook(routing=rules, deadlines=deadlines, delivery=delivery)
