"""The aims of delivery and its ladders, read from their table and checked word by word.

`delivery_rules_from` takes the text; `packaged_delivery_rules` reads the table that comes with the package. A table
with any fault is refused whole, with file, line, reason and nearest known word. What the rules decide is for
`hub.delivery.ladder`, `hub.delivery.mailboxes` and `hub.routing.raised`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any, Final

from hub.rule_text import BrokenRules, Table, nearest_word, read_tables
from schemas.records import Acknowledgement, AgencyKind, RiskGrade

DELIVERY_FILE: Final = "delivery.toml"

_GRADES: Final = tuple(grade.value for grade in RiskGrade if grade not in (RiskGrade.UNKNOWN, RiskGrade.UNGRADED))
_STOPS: Final = (Acknowledgement.OPENED.value, Acknowledgement.TAKEN.value)
_KINDS: Final = tuple(kind.value for kind in AgencyKind if kind is not AgencyKind.UNKNOWN)
_WITHIN: Final = re.compile(r"^(\d{1,4})([smhd])$")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PARTS: Final = ("over", "ladder", "day", "handover", "mailbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """For one risk: how soon a notice is to be opened, and what ends the ladder of an action."""

    risk: RiskGrade
    opened_within: timedelta
    stops_at: Acknowledgement
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRow:
    """Whose silence the sender may read of: these roles, to senders of these kinds (None: of any)."""

    roles: tuple[str, ...]
    senders: frozenset[AgencyKind] | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRules:
    """Everything that decides when silence climbs, in one immutable value. `version` names the very text."""

    version: str
    aims: Mapping[RiskGrade, Aim]
    told: tuple[ToldRow, ...]
    over: RiskGrade
    contacts: int
    day_from: time
    day_to: time
    handover_within: timedelta
    silent_after: timedelta
    sent_again_after: timedelta

    def aim(self, risk: RiskGrade) -> Aim:
        """The aim for a risk; that of high where the table has none."""
        return self.aims.get(risk) or self.aims[RiskGrade.HIGH]

    def may_read_of(self, role: str, sender: AgencyKind) -> bool:
        """Whether a sender of this kind may read that whoever has this role has not opened what it caused."""
        return any(role in row.roles and (row.senders is None or sender in row.senders) for row in self.told)


def delivery_rules_from(text: str, name: str = DELIVERY_FILE, *, roles: Collection[str] | None = None) -> DeliveryRules:
    """The rules from the text of their table, which names these roles and no others (any where None is given).

    Raises:
        BrokenRules: with file, line, reason and nearest known word; nothing of the text is used then.
    """
    plain, tables = read_tables(name, text, ("aim", "told"))
    for key in plain:
        if key not in (*_PARTS, "version"):
            reason = f"[{key}] is no part of this file"
            raise BrokenRules(file=name, line=_line(text, key), reason=reason, nearest=nearest_word(key, _PARTS))
    aims: dict[RiskGrade, Aim] = {}
    for table in tables["aim"]:
        aim = _aim(table)
        if aim.risk in aims:
            table.refuse("risk", f"{aim.risk.value!r} has an aim already")
        aims[aim.risk] = aim
    if RiskGrade.HIGH not in aims:
        raise BrokenRules(file=name, line=1, reason='an [[aim]] for risk = "high" must be there')
    version = plain.get("version")
    if not isinstance(version, str):
        raise BrokenRules(file=name, line=1, reason='the table must say version = "…"')
    parts = {part: _part(name, text, plain, part) for part in _PARTS}
    contacts = parts["ladder"].values.get("contacts")
    if not isinstance(contacts, int) or isinstance(contacts, bool) or contacts < 1:
        parts["ladder"].refuse("contacts", "'contacts' must be a number from 1")
    return DeliveryRules(
        version=f"{version}/{sha256(text.encode()).hexdigest()[:8]}",
        aims=aims,
        told=tuple(_told(table, roles) for table in tables["told"]),
        over=RiskGrade(parts["over"].word("risk", _GRADES)),
        contacts=contacts,
        day_from=_time(parts["day"], "from"),
        day_to=_time(parts["day"], "to"),
        handover_within=_within(parts["handover"], "within"),
        silent_after=_within(parts["mailbox"], "silent_after"),
        sent_again_after=_within(parts["mailbox"], "sent_again_after"),
    )


@cache
def packaged_delivery_rules() -> DeliveryRules:
    """The rules that come with the package (read once)."""
    return delivery_rules_from(packaged_delivery_text())


def packaged_delivery_text() -> str:
    """The text of the packaged table."""
    return resources.files("hub.delivery").joinpath(DELIVERY_FILE).read_text(encoding="utf-8")


def _aim(table: Table) -> Aim:
    table.only(("risk", "opened_within", "stops_at", "source"))
    return Aim(
        risk=RiskGrade(table.word("risk", _GRADES)),
        opened_within=_within(table, "opened_within"),
        stops_at=Acknowledgement(table.word("stops_at", _STOPS)),
        source=table.text("source"),
    )


def _told(table: Table, roles: Collection[str] | None) -> ToldRow:
    table.only(("roles", "senders", "source"))
    if not table.words("roles", roles):
        table.refuse("roles", "say whose silence it is")
    senders = table.words("senders", _KINDS)
    return ToldRow(
        roles=table.words("roles"),
        senders=frozenset(AgencyKind(kind) for kind in senders) or None,
        source=table.text("source"),
    )


def _part(name: str, text: str, plain: Mapping[str, Any], part: str) -> Table:
    values = plain.get(part)
    if not isinstance(values, dict):
        raise BrokenRules(file=name, line=1, reason=f"[{part}] must be there, with a source")
    start = _line(text, f"[{part}]")
    table = Table(file=name, line=start, values=values, lines={key: _line(text, key, start) for key in values})
    table.text("source")
    return table


def _line(text: str, word: str, after: int = 0) -> int:
    lines = enumerate(text.splitlines(), 1)
    return next(
        (number for number, line in lines if number > after and line.lstrip(" [").startswith(word.lstrip("["))), 1
    )


def _within(table: Table, key: str) -> timedelta:
    match = _WITHIN.match(table.text(key))
    if match is None:
        table.refuse(key, 'a time is written "60s", "15m" or "24h"')
    return timedelta(**{_UNITS[match.group(2)]: int(match.group(1))})


def _time(table: Table, key: str) -> time:
    try:
        return time.fromisoformat(table.text(key))
    except ValueError:
        table.refuse(key, 'a time of day is written "08:00"')
