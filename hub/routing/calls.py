"""The notice that asks an owner to telephone others: whom, at which number, by when, and in which words.

A call tells whoever makes it: what is asked is said within the classes that the caller may read itself, and for which
role somebody is told only where the caller may know that this role is. Otherwise it rings an agency about the
reference, and no more. Who must be telephoned, and by whom, is for `hub.routing.reach`. What somebody knows from a call
is kept in the row of `Told` of whoever was asked to make it (`hub.routing.knowledge`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from hub.delivery.points import MOST, Seat, packed, telephoned, urgent
from hub.delivery.rules import DeliveryRules
from hub.delivery.waking import until_awake
from hub.directory import Directory
from hub.ids import AgencyId
from hub.routing import wording
from hub.routing.conditions import holds
from hub.routing.differences import SAFE, Difference, withdrawn_in_parts
from hub.routing.knowledge import STATUS, Knowledge, rung_off
from hub.routing.notices import Desk
from hub.routing.rows import RoutingRow, Rules
from hub.routing.vocabulary import DUTY_DESK, ROLES
from hub.routing.writing import Content, OwedNotice
from schemas.records import AgencyKind, Disclosure, Means, NoticeKind, Urgency

_TOGETHER: Final = 6
"""How many calls one telephone task may ask for; more become several tasks."""
_MOST_WITHDRAWN: Final = 250
"""So many fields are withdrawn by one call; of more, several are asked for."""
_ROOM_FOR_NAMES: Final = 900
"""Signs of the names of fields in one call; of what is over, their number is said."""
_OTHER_FIELDS: Final = "what else it was told"
"""In place of the names of fields that the caller may not read."""
Call: TypeAlias = tuple[Difference, Knowledge]
"""What somebody is to be told by telephone, and what it knew before."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One call of a task: what is to be told, whom to ring and in which words, and what it knows by it."""

    owed: Difference
    whom: str
    points: tuple[str, ...]


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

    def tasks(
        self, owner: AgencyId, calls: Iterable[Call], urgency: Urgency, opened: Collection[Disclosure]
    ) -> Iterator[OwedNotice]:
        """The notices that ask an owner to telephone others, as few as hold them. `opened` are the classes that the
        owner itself may read: what others are asked, and as whom they are told, is told to it within those.

        Where it may read nothing of what is withdrawn, the words of several may be the same: those after the first are
        numbered, because a notice with the words of another one would be that one.
        """
        words: Counter[tuple[str, ...]] = Counter()
        for together in self._together(calls, owner, opened):
            said = tuple(one.whom for one in together)
            words[said] += 1
            if (number := words[said]) > 1:
                together[0] = replace(together[0], whom=f"{together[0].whom} (call {number})")
            yield self._task(owner, together, urgency)

    def _together(
        self, calls: Iterable[Call], owner: AgencyId, opened: Collection[Disclosure]
    ) -> Iterator[list["_Told"]]:
        """The calls that one task holds, task by task."""
        together: list[_Told] = []
        for owed, knows in calls:
            for part in withdrawn_in_parts(owed, _MOST_WITHDRAWN):
                one = _Told(part, self._whom(part, knows, owner, opened), self._points(part, knows))
                if together and not self._fit([*together, one]):
                    yield together
                    together = []
                together.append(one)
        if together:
            yield together

    def _fit(self, calls: Sequence["_Told"]) -> bool:
        """Whether one task holds all of these: in its words, and in its row of `Told`."""
        if len(calls) > _TOGETHER:
            return False
        asked = wording.telephone_these(self._rules, (one.whom for one in calls))
        return len(asked) <= wording.MOST_WORDS and len(packed(_points(calls, Urgency.NOW))) <= MOST

    def _points(self, owed: Difference, knows: Knowledge) -> tuple[str, ...]:
        return telephoned(owed.seat, (f"n={knows.told + owed.number}", *self._spoken(owed)))

    def _task(self, owner: AgencyId, tasks: Sequence["_Told"], urgency: Urgency) -> OwedNotice:
        words, case = self._rules.words, self._desk.case
        is_ended = any(one.owed.ended for one in tasks)
        is_of_the_status = not is_ended and any(one.owed.kind is not NoticeKind.WITHDRAWAL for one in tasks)
        status = words["status"].get(str(case.view.facts.status), "") if is_of_the_status else ""
        content = Content(
            kind=NoticeKind.UPDATE,
            purpose=wording.TELEPHONE,
            urgency=urgency,
            happened=" ".join(part for part in (words["happened"]["telephone"], status) if part),
            asked=wording.telephone_these(self._rules, (one.whom for one in tasks)),
            due_at=self.due_at(owner, (one.owed.seat for one in tasks), urgency, case.cause.accepted_at),
        )
        return self._desk.notice(
            (owner, DUTY_DESK),
            content,
            role=wording.TELEPHONE,
            basis=wording.TELEPHONE,
            points=_points(tasks, urgency),
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
            yield from rung_off(owed.withdrawn)

    def _field_names(self, owed: Difference, opened: Collection[Disclosure]) -> list[str]:
        """The fields that somebody is to withdraw, as far as the caller may read fields of these names."""
        known = {claim.field for claim in self._desk.case.view.claims if claim.disclosure in opened}
        shown = [name for name in owed.withdrawn if name in known]
        return [*_shortened(shown), *(() if len(shown) == len(owed.withdrawn) else (_OTHER_FIELDS,))]


def _points(calls: Iterable[_Told], urgency: Urgency) -> tuple[str, ...]:
    return (*(point for one in calls for point in one.points), urgent(urgency))


def _shortened(names: list[str]) -> list[str]:
    """As many of these names as a call has room for, and how many there are besides."""
    room = _ROOM_FOR_NAMES
    for place, name in enumerate(names):
        room -= len(name)
        if room < 0:
            left = len(names) - place
            return [*names[:place], f"{left} more field{'' if left == 1 else 's'}"]
    return names
