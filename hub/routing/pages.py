"""The reference pages of routing and disclosure, written from the tables, so that they cannot differ from them.

`python -m hub.routing.pages routing > docs/reference/routing.md`, and `disclosure` likewise, write them; a test fails
when they are stale.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Final

from hub.delivery.rules import DeliveryRules, packaged_delivery_rules
from hub.routing.rows import FollowRow, GrantRow, RoutingRow, Rules
from hub.routing.rules import packaged_rules
from hub.routing.vocabulary import CONDITIONS, DESKS, DUTY_DESK, PURPOSES, ROLES
from schemas.records import DeadlineStage, Disclosure

_HOUR: Final = 60
_WRITTEN: Final = "<!-- Written by hub/routing/pages.py from the tables beside it; edit those. -->"
_LETTERS: Final = {
    Disclosure.ROUTING: "R",
    Disclosure.IDENTITY: "I",
    Disclosure.DESCRIPTION: "D",
    Disclosure.CIRCUMSTANCES: "C",
    Disclosure.SAFEGUARDING: "S",
    Disclosure.HEALTH: "H",
    Disclosure.INTERVIEW: "V",
    Disclosure.PROTECTED: "P",
    Disclosure.RESTRICTED: "X",
}
_ALWAYS: Final = (
    """A desk's first notice of an episode is *news*; every later one is an *update*. A second report of one absence is
    never news again, and an agency is not told what it said itself: unless it was told otherwise since, or somebody
    else has changed it.""",
    """What a row asks is asked once; and once more where what it rested on has passed, and it asks again: a return that
    was none, a child that was located and is missing again, an answer that was taken back. Only the latest notice that
    asks has a ladder.""",
    """What somebody should no longer go by is *withdrawn*: the notice names fields and never values, and asks to act
    within {withdrawal}.""",
    """An excluded agency, and everybody but named roles after a death, reads one neutral sentence, the same whatever
    the reason: “{stood_down}” Then nothing.""",
    """Where the excluded is somebody who works for an authority or a force, the child told of harm by such a person, or
    an agency says that the child is linked to its staff, its named officers read on, because nobody else could do what
    it owes the child, and its other desks that sentence, once. Where the whole agency is excluded by a decision, and of
    a home or a school that employs the excluded, nobody reads.""",
    """Of a child in hospital, in custody or abroad everybody reads that it is located, until it is back from there;
    that it is in hospital or in custody only those read who have the class health or interview. Of one that adult
    services have taken on everybody reads that the absence has ended.""",
    """A placement that has ended while the child is away reads that the matter is closed to it, and no more.""",
    """Whoever must be told (marked ☎: so is every urgent row and every action, but not of a protected address or a
    death) and cannot be reached through the hub becomes an action of the responsible authority, otherwise of the owning
    force, otherwise of whoever reported: telephone these, within {telephone}. A withdrawal is telephoned too: which
    fields, never what they said. What need not be known at once is telephoned when the day team is there, on both
    sides. `ToldByOtherMeans` answers it.""",
    """A reporter who may only be told that the child is safe reads: “{safe_only}”. One who may be told nothing reads
    nothing, the child's own school and the ward of its area included.""",
    """What police answered is said in its words: “{not_recorded}” is no confirmation.""",
    """Family, the public and inspectorates are never told by the hub.""",
)
_ALSO_KEPT: Final = (
    """A statement that the child agreed to share is read only by the roles it names in `share_with` (or `all`), until
    the time it gives; or by a decision over that, which names its decider, its ground, and when the child was told.""",
    """Where an address is protected, an agency that stands behind a protected field is not named to those who may not
    read the field, and nobody is told by way of that address: where the child lives, is placed, was found or went.""",
    """Where a name occurs in several classes, the reader gets the narrowest that it may open.""",
)
_DELIVERY: Final = (
    """An absence that is over is as pressing as `{over}`. As long again passes between two contacts; at most {contacts}
    are tried before somebody is asked to telephone.""",
    """What need not be seen at once climbs in the day team's hours only; where the directory names no day team, from
    {day_from} to {day_to}.""",
    """What a night team acknowledged is shown to the day team as new when its hours begin, to be taken within
    {handover}.""",
    """A mailbox that nobody has read for {silent} s is silent. What lies in one unread for {again} days is sent again,
    once, under the same id, before the broker drops it.""",
    """The sender reads who has not opened what it caused, of these roles only.""",
)
_STAGES: Final = (DeadlineStage.SOON, DeadlineStage.DUE, DeadlineStage.OVERDUE)
_LEGEND: Final = (
    "Classes: R routing, I identity, D description, C circumstances, S safeguarding, H health, "
    "V agreed interview statements, P protected, X restricted."
)


def routing_page(rules: Rules, delivery: DeliveryRules) -> str:
    """The page of who is told: every row, every followed change, every word."""
    return _page(
        "# Who is told",
        _WRITTEN,
        "Which agency is told of an episode, for what purpose, how soon, and whether something is asked of it. The "
        "table is `hub/routing/routing.toml`; [how to change a rule](../how-to/change-a-rule.md) says what may be "
        "written there. *(c)* in a source marks a cautious default, to be settled locally; it is not law.",
        "A row tells somebody anew only while all its conditions hold. Whoever was told by a row stays entitled while "
        "those under *when* hold: they look at all that still stands, so a risk that was lowered does not withdraw "
        "what it sent, and one that was entered by mistake does.",
        _LEGEND,
        "## Rows",
        _table(
            (
                "row",
                "when",
                "told anew, and asked, only while",
                "role",
                "purpose",
                "classes",
                "urgency",
                "ask",
                "if it cannot be reached",
                "source",
            ),
            (
                (
                    f"`{row.id}`",
                    _words(row.when),
                    _words(row.while_) or "always",
                    _role(row),
                    row.purpose,
                    _letters(row.classes),
                    row.urgency.replace("_", " "),
                    _ask(row, rules),
                    "telephoned" if row.is_telephoned else f"not telephoned: {row.not_telephoned or 'it can wait'}",
                    row.source,
                )
                for row in rules.rows
            ),
        ),
        "## Changes that are told to those who know",
        "A change of a field is told only to whoever may see the field.",
        _table(
            ("aspect", "fields", "told to", "urgency", "if it cannot be reached", "source"),
            (
                (
                    row.id,
                    _words(row.fields),
                    _words(sorted(row.to)) if row.to else "everyone told",
                    row.urgency.replace("_", " "),
                    _rung(row),
                    row.source,
                )
                for row in rules.follows
            ),
        ),
        "## What the clock raises",
        "When a [duty](deadlines.md) is soon due, due or overdue, whoever owes it is asked to do it. "
        "Others are informed if they are entitled to the episode and to the class of the duty.",
        _table(
            ("row", "duties", "stages", "told to", "urgency", "source"),
            (
                (
                    f"`{row.id}`",
                    _words(sorted(row.duties)),
                    _words(stage for stage in _STAGES if stage in row.stages),
                    _words(row.to),
                    row.urgency.replace("_", " "),
                    row.source,
                )
                for row in rules.raises
            ),
        ),
        "## A message about nothing that its sender has said",
        "A cancellation, a correction or an amendment that is about no message which the hub knows from its sender of "
        "that child changes nothing. Its sender is told, at its duty desk, under a reference of the message itself; "
        "nobody else is, and no ladder climbs. Once the message that was meant has come, or its own is taken back, it "
        "hears that nothing more is asked.",
        _table(
            ("row", "message", "what it is about", "said", "urgency", "asked", "source"),
            (
                (
                    f"`{row.id}`",
                    row.message,
                    "a message, by its id" if row.by_id else "all of an absence, or the latest report",
                    rules.words["own_message"][row.says],
                    row.urgency.replace("_", " "),
                    f"**action** within {_time(row.within)}: {rules.words['ask'][row.words]}",
                    row.source,
                )
                for row in rules.unfound.values()
            ),
        ),
        "## How soon it is to be opened, and who is tried next",
        "The table is `hub/delivery/delivery.toml`; [proof of delivery](../explanation/proof-of-delivery.md) says how "
        "it works.",
        _table(
            ("risk", "opened within", "the ladder of an action stops at", "source"),
            ((f"`{aim.risk}`", _time(aim.opened_within), aim.stops_at, aim.source) for aim in delivery.aims.values()),
        ),
        _list(line.format(**_delivery_parts(delivery)) for line in _DELIVERY),
        _table(
            ("whose silence", "read by senders of kind", "source"),
            (
                (_words(row.roles), _words(sorted(row.senders)) if row.senders else "any", row.source)
                for row in delivery.told
            ),
        ),
        "## What every rule obeys",
        _list(line.format(**_parts(rules)) for line in _ALWAYS),
        "## Conditions",
        _glossary(CONDITIONS),
        "## Roles",
        _glossary(ROLES, lambda role: f" Desk: {DESKS.get(role, DUTY_DESK).replace('_', ' ')}."),
        "## Purposes",
        _glossary(PURPOSES),
    )


def disclosure_page(rules: Rules, _: DeliveryRules) -> str:
    """The page of what a role may read: every grant, and what no grant opens."""
    return _page(
        "# What a role may read",
        _WRITTEN,
        "Which classes of fields a role may have for a purpose. Silence means no: a role, a purpose, a class or a "
        "field without a row gets nothing. The table is `hub/routing/disclosure.toml`. Every row is a starting point "
        "that two controllers approve. The class of a field is in the message reference; what is said may raise it (a "
        "protected address, a hospital, a death), never lower it.",
        _LEGEND,
        "## Grants",
        _table(
            ("role", "purposes", "classes", "only these fields", "source"),
            (
                (grant.role, _words(grant.purposes), _letters(grant.classes), _fields_of(grant), grant.source)
                for grant in dict.fromkeys(rules.grants.values())
            ),
        ),
        "## What only some roles read",
        "While a field is said, with one of these values, some fields are closed to all but these roles. This opens "
        "nothing that a grant does not open.",
        _table(
            ("while", "fields", "read by", "source"),
            (
                (
                    f"`{row.where}`" + (f" is {_words(sorted(row.values))}" if row.values else " is said"),
                    _words(row.fields),
                    _words(sorted(row.to)),
                    row.source,
                )
                for row in rules.only
            ),
        ),
        "## What no grant opens",
        _table(
            ("fields", "given instead", "source"),
            (
                (
                    _words(row.fields),
                    f"`{row.instead}`: how many ({_letters({row.disclosure})})" if row.instead else "nothing",
                    row.source,
                )
                for row in rules.never
            ),
        ),
        "## Also kept",
        _list(_ALSO_KEPT),
    )


def _fields_of(grant: GrantRow) -> str:
    return _words(grant.fields or ()) + (" (missing or found, and no more)" if grant.fact_only else "")


PAGES: Final[Mapping[str, Callable[[Rules, DeliveryRules], str]]] = {
    "routing": routing_page,
    "disclosure": disclosure_page,
}


def _parts(rules: Rules) -> dict[str, str]:
    return {
        **rules.words["fixed"],
        "not_recorded": rules.words["position"]["not_recorded"],
        "withdrawal": _time(rules.withdrawal_within),
        "telephone": _time(rules.telephone_within),
    }


def _delivery_parts(rules: DeliveryRules) -> dict[str, str]:
    return {
        "over": rules.over,
        "contacts": str(rules.contacts),
        "day_from": f"{rules.day_from:%H:%M}",
        "day_to": f"{rules.day_to:%H:%M}",
        "handover": _time(rules.handover_within),
        "silent": str(round(rules.silent_after.total_seconds())),
        "again": str(rules.sent_again_after.days),
    }


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {' '.join(line.split())}" for line in lines)


def _page(*parts: str) -> str:
    return "\n".join(f"{part}\n" for part in parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |" for line in lines)


def _glossary(words: Mapping[str, str], more: Callable[[str], str] = lambda _: "") -> str:
    return "\n".join(f"- `{word}`: {meaning}.{more(word)}" for word, meaning in words.items())


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _letters(classes: Iterable[Disclosure]) -> str:
    opened = frozenset(classes)
    return "".join(letter for disclosure, letter in _LETTERS.items() if disclosure in opened)


def _rung(row: FollowRow) -> str:
    """Whether whoever cannot be reached is rung of a change, and while what holds."""
    if not row.telephoned:
        return f"not telephoned: {row.not_telephoned or 'it can wait'}"
    return f"telephoned while {_words(row.telephoned_while)}" if row.telephoned_while else "telephoned"


def _role(row: RoutingRow) -> str:
    return f"{row.role} ☎" if row.is_telephoned else row.role


def _ask(row: RoutingRow, rules: Rules) -> str:
    if row.duties_only:
        return "nothing but duties of its own"
    if row.within is None:
        return "information"
    reported = ", unless it reported itself" if row.unless_it_reported else ""
    return f"**action** within {_time(row.within)}{reported}: {rules.words['ask'][row.words]}"


def _time(within: timedelta) -> str:
    minutes = int(within.total_seconds() // 60)
    return f"{minutes // _HOUR} h" if minutes > _HOUR and minutes % _HOUR == 0 else f"{minutes} min"


if __name__ == "__main__":
    sys.stdout.write(PAGES[sys.argv[1]](packaged_rules(), packaged_delivery_rules()))
