"""The notice that asks an owner to telephone others: whom, at which number, by when, and in which words.

A call tells whoever makes it: what is asked is said within the classes that the caller may read itself, and for which
role somebody is told only where the caller may know that this role is. Otherwise it rings an agency about the
reference, and no more. Who must be telephoned, and by whom, is for `hub.routing.reach`. What somebody knows from a call
is kept in the row of `Told` of whoever was asked to make it (`hub.routing.knowledge`).
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final, TypeAlias

from hub.delivery.points import Seat, telephoned, urgent
from hub.delivery.rules import DeliveryRules
from hub.delivery.waking import until_awake
from hub.directory import Directory
from hub.ids import AgencyId
from hub.routing import wording
from hub.routing.conditions import holds
from hub.routing.differences import SAFE, Difference
from hub.routing.knowledge import STATUS, Knowledge
from hub.routing.notices import Content, Desk, OwedNotice
from hub.routing.rows import RoutingRow, Rules
from hub.routing.vocabulary import DUTY_DESK, ROLES
from schemas.records import AgencyKind, Disclosure, Means, NoticeKind, Urgency

_OTHER_FIELDS: Final = "what else it was told"
"""In place of the names of fields that the caller may not read."""
Call: TypeAlias = tuple[Difference, Knowledge]
"""What somebody is to be told by telephone, and what it knew before."""


class Calls:
    """Writes the telephone tasks of one episode."""

    def __init__(self, desk: Desk, directory: Directory, rules: Rules, delivery: DeliveryRules) -> None:
        self._desk = desk
        self._directory = directory
        self._rules = rules
        self._delivery = delivery
        self.rung_aspects: Final = frozenset(
            row.id
            for row in rules.follows
            if row.telephoned and all(holds(condition, desk.case, rules) for condition in row.telephoned_while)
        )
        """The aspects of whose change somebody is telephoned now."""

    def task(
        self, owner: AgencyId, calls: Iterable[Call], urgency: Urgency, opened: Collection[Disclosure]
    ) -> OwedNotice:
        """The notice that asks an owner to telephone others. `opened` are the classes that the owner itself may read:
        what others are asked, and as whom they are told, is told to it within those.
        """
        tasks = tuple(calls)
        words, case = self._rules.words, self._desk.case
        is_ended = any(owed.ended for owed, _ in tasks)
        is_of_the_status = not is_ended and any(owed.kind is not NoticeKind.WITHDRAWAL for owed, _ in tasks)
        status = words["status"].get(str(case.view.facts.status), "") if is_of_the_status else ""
        content = Content(
            kind=NoticeKind.UPDATE,
            purpose=wording.TELEPHONE,
            urgency=urgency,
            happened=" ".join(part for part in (words["happened"]["telephone"], status) if part),
            asked=wording.telephone_these(
                self._rules, (self._whom(owed, knows, owner, opened) for owed, knows in tasks)
            ),
            due_at=self.due_at(owner, (owed.seat for owed, _ in tasks), urgency, case.cause.accepted_at),
        )
        points = [
            point
            for owed, knows in tasks
            for point in telephoned(owed.seat, (f"n={knows.told + owed.number}", *self._spoken(owed)))
        ]
        return self._desk.notice(
            (owner, DUTY_DESK),
            content,
            role=wording.TELEPHONE,
            basis=wording.TELEPHONE,
            points=(*points, urgent(urgency)),
            means=Means.TELEPHONE,
        )

    def due_at(self, owner: AgencyId, rung: Iterable[Seat], urgency: Urgency, at: datetime) -> datetime:
        """By when an owner who is asked at a time is to have rung these: nothing routine rings anybody at night."""
        if urgency is not Urgency.NOW:
            for seat in ((owner, DUTY_DESK), *rung):
                at = until_awake(self._directory, self._delivery, seat, at)
        return at + self._rules.telephone_within

    def may_name(self, caller: AgencyId, row: RoutingRow, opened: Collection[Disclosure]) -> bool:
        """Whether a caller may know that the role of a row is told: everybody who reports knows it, or the caller reads
        what safeguards the child, on which such rows rest, and all that the row opens.
        """
        if self._delivery.may_read_of(row.role, self._desk.kind_of(caller)):
            return True
        return Disclosure.SAFEGUARDING in opened and row.classes <= frozenset(opened)

    def may_ring(self, agency: AgencyId, opened: Collection[Disclosure]) -> bool:
        """Whether somebody who reads these classes may be asked to ring an agency at all: not where the very name says
        what it may not know, as that of a national desk does, or of a team for one kind of harm.
        """
        says_it_all = agency in ROLES or self._desk.kind_of(agency) is AgencyKind.NATIONAL
        return not says_it_all or Disclosure.SAFEGUARDING in opened

    def _whom(self, owed: Difference, knows: Knowledge, owner: AgencyId, opened: Collection[Disclosure]) -> str:
        named = [one.row.role for one in owed.rows if self.may_name(owner, one.row, opened)]
        safe_only = self._rules.words["fixed"]["safe_only"] if owed.is_safe_only else ""
        say = wording.last_word_by_telephone(self._rules, owed.ended, opened) or safe_only
        is_named = bool(named) or (not owed.rows and owed.seat[1] == DUTY_DESK)
        ring = self._desk.to_ring(owed.seat, next(iter(named), None), say, is_named=is_named)
        if owed.withdrawn and owed.ended is None:
            return f"{ring}, to withdraw {', '.join(self._field_names(owed, opened))}"
        asks = wording.asked(self._rules, (one.row.words for one in owed.asks if one.row.classes <= frozenset(opened)))
        changed = self._changed(owed, opened) if knows.told else ""
        said = " ".join(part for part in (changed, asks) if part)
        return f"{ring}: {said.rstrip('.')}" if said else ring

    def _changed(self, owed: Difference, opened: Collection[Disclosure]) -> str:
        """What has changed besides the status, of which somebody is rung; as far as the caller may read it."""
        shown = [
            name.replace("_", " ")
            for name in owed.changed
            if name != STATUS and name in self.rung_aspects and self._may_read(name, opened)
        ]
        return self._rules.words["happened"]["changed"].format(changed=", ".join(shown)) if shown else ""

    def _may_read(self, aspect: str, opened: Collection[Disclosure]) -> bool:
        """Whether a caller may read every field of an aspect that anybody has said."""
        said = [
            known.disclosure
            for known in self._desk.case.view.golden
            if any(row.id == aspect for row in self._rules.following(known.name))
        ]
        return bool(said) and frozenset(said) <= frozenset(opened)

    def _spoken(self, owed: Difference) -> Iterator[str]:
        """What somebody told by telephone knows from it: by which rows, what is asked, the status and what else is rung
        of, what is withdrawn, and that it ended.
        """
        is_withdrawal = owed.kind is NoticeKind.WITHDRAWAL
        aspects = (*(f"a={name}:" for name in sorted({*self.rung_aspects, STATUS})), f"a={SAFE}:")
        for point in owed.points:
            if is_withdrawal or point.startswith(("r=", "q=", "x=", *aspects)):
                yield point
        if owed.ended is None:
            yield from (f"w={name}" for name in owed.withdrawn)

    def _field_names(self, owed: Difference, opened: Collection[Disclosure]) -> list[str]:
        """The fields that somebody is to withdraw, as far as the caller may read fields of these names."""
        known = {claim.field for claim in self._desk.case.view.claims if claim.disclosure in opened}
        shown = [name for name in owed.withdrawn if name in known]
        return shown if len(shown) == len(owed.withdrawn) else [*shown, _OTHER_FIELDS]
