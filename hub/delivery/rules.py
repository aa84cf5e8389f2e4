"""The aims of delivery and its ladders, read from their table and checked word by word.

`delivery_rules_from` takes the text; `packaged_delivery_rules` reads the table that comes with the package. A table
with any fault is refused whole, with file, line, reason and nearest known word. What the rules decide is for
`hub.delivery.ladder`, `hub.delivery.mailboxes` and `hub.routing.raised`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

from hub.rule_bounds import CONTACTS, DELIVERED, SENT_AGAIN, hour, number, short_time
from hub.rule_text import BrokenRules, Table, read_tables
from schemas.records import Acknowledgement, AgencyKind, RiskGrade

DELIVERY_FILE: Final = "delivery.toml"

_GRADES: Final = tuple(grade.value for grade in RiskGrade if grade not in (RiskGrade.UNKNOWN, RiskGrade.UNGRADED))
_STOPS: Final = (Acknowledgement.OPENED.value, Acknowledgement.TAKEN.value)
_KINDS: Final = tuple(kind.value for kind in AgencyKind if kind is not AgencyKind.UNKNOWN)
_UNITS: Final = "smhd"
_PARTS: Final = {
    "over": ("risk",),
    "ladder": ("contacts",),
    "day": ("from", "to"),
    "handover": ("within",),
    "mailbox": ("silent_after", "sent_again_after"),
}
"""The parts of the table and what each says, a source apart."""


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
    top, tables = read_tables(name, text, ("aim", "told"))
    top.only_these(("version",), _PARTS)
    aims: dict[RiskGrade, Aim] = {}
    for table in tables["aim"]:
        aim = _aim(table)
        if aim.risk in aims:
            table.refuse("risk", f"{aim.risk.value!r} has an aim already")
        aims[aim.risk] = aim
    if RiskGrade.HIGH not in aims:
        raise BrokenRules(file=name, line=1, reason='an [[aim]] for risk = "high" must be there')
    version = top.values.get("version")
    if not isinstance(version, str):
        top.refuse("version", 'the table must say version = "…"')
    parts = {part: top.part(part, (*keys, "source"), "a source") for part, keys in _PARTS.items()}
    for part in parts.values():
        part.text("source")
    day_from, day_to = hour(parts["day"], "from"), hour(parts["day"], "to")
    if day_from >= day_to:
        parts["day"].refuse("from", f"'from' ({day_from:%H:%M}) must lie before 'to' ({day_to:%H:%M})")
    return DeliveryRules(
        version=f"{version}/{sha256(text.encode()).hexdigest()[:8]}",
        aims=aims,
        told=tuple(_told(table, roles) for table in tables["told"]),
        over=RiskGrade(parts["over"].word("risk", _GRADES)),
        contacts=number(parts["ladder"], "contacts", CONTACTS),
        day_from=day_from,
        day_to=day_to,
        handover_within=short_time(parts["handover"], "within", DELIVERED, _UNITS),
        silent_after=short_time(parts["mailbox"], "silent_after", DELIVERED, _UNITS),
        sent_again_after=short_time(parts["mailbox"], "sent_again_after", SENT_AGAIN, _UNITS),
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
        opened_within=short_time(table, "opened_within", DELIVERED, _UNITS),
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
