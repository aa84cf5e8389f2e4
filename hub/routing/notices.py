"""Turns what is owed of an absence into notices: which words, which fields, whom to ring.

The notice that asks its reader to telephone others is written by `hub.routing.calls`; times, ids and the rows of `Told`
are for `hub.routing.writing`.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from hub.delivery.points import Seat
from hub.delivery.rota import acted_for, contacts
from hub.delivery.rules import DeliveryRules
from hub.directory import Directory
from hub.episode.holding import INVESTIGATION
from hub.event import Event
from hub.ids import AgencyId, EpisodeId
from hub.reference import Reference
from hub.routing import wording
from hub.routing.case import Case
from hub.routing.differences import Difference
from hub.routing.disclosure import fitting
from hub.routing.knowledge import WITHDRAWN, Knowledge
from hub.routing.rows import Rules
from hub.routing.vocabulary import ROLES
from hub.routing.writing import Content, OwedNotice, Writer
from schemas.records import (
    AgencyKind,
    DisclosedField,
    EpisodeStatus,
    Means,
    NoticeKind,
    PoliceDecision,
    PolicePosition,
)

_POSITION: Final = "episode.police_position"
_HANDED_OVER: Final = "ownership.kind"
_NOT_AS_MISSING: Final = frozenset({PoliceDecision.NOT_RECORDED, PoliceDecision.CONCERN_ONLY})

_Fields: TypeAlias = tuple[DisclosedField, ...]


class Desk:
    """Writes the notices of one episode. `barred` are agencies that nobody is to ring in place of others."""

    def __init__(
        self,
        case: Case,
        directory: Directory,
        rules: Rules,
        reference: Reference,
        delivery: DeliveryRules,
        barred: Collection[AgencyId] = (),
    ) -> None:
        self.case = case
        self._barred = barred
        self._delivery = delivery
        self._directory = directory
        self._rules = rules
        self._reference = reference
        self._cause = case.cause
        self._fitted: dict[int, tuple[_Fields, _Fields]] = {}
        """By the place in memory of fields that are kept with it; desks that are told the same share them."""
        self._writer = Writer(directory, rules.version, delivery)

    def written(self, owed: Difference, knows: Knowledge) -> OwedNotice:
        """The notice for a seat that the hub can reach."""
        content = replace(self._content(owed), fields=self._fitting(owed.fields), withdrawn=owed.withdrawn)
        main = owed.asks[0] if owed.asks else owed.rows[0] if owed.rows else None
        return self.notice(
            owed.seat,
            content,
            role=main.row.role if main else content.purpose,
            basis="; ".join(row.row.id for row in owed.rows) or content.purpose,
            points=(f"n={knows.told + owed.number}", *owed.points),
            means=Means.HUB,
            under=owed.under,
        )

    def _content(self, owed: Difference) -> Content:
        rules = self._rules
        if owed.is_safe_only:
            return self._fixed(owed, rules.words["fixed"]["safe_only"])
        if last := wording.last_word(rules, owed.ended):
            return self._fixed(owed, last)
        if owed.kind is NoticeKind.WITHDRAWAL:
            is_whole = owed.ended == WITHDRAWN
            return Content(
                kind=owed.kind,
                purpose=wording.WITHDRAW_ALL if is_whole else wording.WITHDRAW,
                urgency=owed.urgency,
                happened=rules.words["happened"]["withdrawal_of_all" if is_whole else "withdrawal"],
                asked=wording.asked(rules, ["acknowledge_withdrawal"]),
                within=owed.within,
            )
        shown = {field.name: field.value for field in owed.fields}
        position = PolicePosition(shown.get(_POSITION, PolicePosition.UNKNOWN))
        return Content(
            kind=owed.kind,
            purpose=(owed.asks or owed.rows)[0].row.purpose,
            urgency=owed.urgency,
            happened=" ".join(
                (
                    wording.happened(rules, owed.kind, shown, self._position(position, shown), owed.changed),
                    *wording.of_handover(
                        rules, shown, owed.changed, is_yours=self.has_case(owed.seat[0], shown.get(_HANDED_OVER, ""))
                    ),
                    *wording.of_references(rules, owed.joined, is_parted=owed.is_parted),
                )
            ),
            asked=wording.asked(rules, (row.row.words for row in owed.asks)),
            within=owed.within,
            position=position,
        )

    def has_case(self, agency: AgencyId, kind: str) -> bool:
        """Whether an agency is the force that has the case, where a handover of this kind is one of the case."""
        return kind in INVESTIGATION and self.case.episode.forces.owning == agency

    def _position(self, position: PolicePosition, shown: Mapping[str, str]) -> str:
        """How police hold it, in the words' keys: an answer that they do not record the child is no confirmation.

        Nobody is told to ring about a child who is away and not missing, which is for police on request only, nor that
        one is found or back which was away alone.
        """
        is_away = shown.get("episode.status") == EpisodeStatus.AWAY or self.case.episode.was_away_only
        if position is PolicePosition.UNCONFIRMED and is_away:
            return str(PolicePosition.UNKNOWN)
        decision = self.case.episode.police.decision
        has_answered = position is PolicePosition.CONFIRMED
        return str(decision if has_answered and decision in _NOT_AS_MISSING else position)

    def _fixed(self, owed: Difference, words: str) -> Content:
        """A notice of which nothing varies but when it is sent."""
        return Content(
            kind=NoticeKind.UPDATE,
            purpose=wording.STAND_DOWN,
            urgency=owed.urgency,
            happened=words,
            asked="",
        )

    def name_of(self, agency: AgencyId) -> str:
        """What people call an agency."""
        entry = self._directory.agency(agency)
        return entry.name if entry else self._reference.name_of(agency) or ROLES.get(agency, agency)

    def kind_of(self, agency: AgencyId) -> AgencyKind:
        """What an agency is; unknown where the directory does not say."""
        return self._directory.kind(agency)

    def to_ring(self, seat: Seat, role: str | None = None, say: str = "", *, is_named: bool = True) -> str:
        """Whom to ring, at which number, for what role, and what to say where the words are fixed.

        Without `is_named` no role or desk is said: the agency is rung about the reference.
        """
        agency, desk = seat
        acts = acted_for(desk)
        sits_at = desk if acts is None else acts[0]
        on_duty = contacts(self._directory, agency, sits_at, self.case.as_of)
        may_act = (contact.row for contact in on_duty if not contact.is_acting or contact.agency not in self._barred)
        listed = (*may_act, *self._directory.duty(agency, sits_at))
        number = next((row.contact.telephone for row in listed if row.contact and row.contact.telephone), None)
        number = number or self._preferred_number(agency)
        named = (role if role in ROLES else sits_at).replace("_", " ")
        whom = self.name_of(agency) if acts is None else f"{self.name_of(agency)} for {self.name_of(acts[1])}"
        parts = (
            whom,
            named if is_named and named != agency else "",
            number or "",
            f"say only: {say}" if say else "",
        )
        return ", ".join(part for part in parts if part)

    def _preferred_number(self, agency: AgencyId) -> str | None:
        """The number at which an agency would be rung at any hour, where the directory says one."""
        entry = self._directory.agency(agency)
        return None if entry is None or entry.delivery is None else entry.delivery.telephone

    def notice(
        self,
        seat: Seat,
        content: Content,
        *,
        role: str,
        basis: str,
        points: tuple[str, ...],
        means: Means,
        cause: Event | None = None,
        under: EpisodeId | None = None,
    ) -> OwedNotice:
        """The notice with this content, and its row of `Told`. `cause` is the case's own unless given; `under` is the
        id of the episode that its reader knows, where that is another than it has now.
        """
        return self._writer.notice(
            seat,
            content,
            episode=under or self.case.episode.id,
            cause=cause or self._cause,
            role=role,
            basis=basis,
            points=points,
            means=means,
        )

    def _fitting(self, fields: _Fields) -> _Fields:
        """As many of these as a notice can carry."""
        known = self._fitted.get(id(fields))
        if known is None:
            known = self._fitted[id(fields)] = (fields, fitting(fields))
        return known[1]
