"""What a raised step of a ladder makes owed: the next contact is shown it, the sender reads who has not seen it.

Rules kept here:

1. The next contact is shown that something waits: the recipient's own inbox, or that of the team that acts for it.
   Where that team cannot be reached, and after the last contact, the owner is asked to telephone.
2. The sender of what the notice was about reads by whom it was not opened or not taken, if it may be told of the
   absence in full, and if the table lets it know that this role is told at all (P4: no list of recipients by silence).
3. The day team is shown again, as new, what a night team acknowledged; it is asked to take over what is still asked.
4. Nothing is said to whoever is shut out, and nothing of anything after a death but to the owning force.

When a step is due is for `hub.delivery.ladder`, which notices climb for `hub.routing.ladders`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from hub.deadlines import Raised
from hub.delivery.ladder import PREFIX, StepKind
from hub.delivery.points import Seat, ToldDuty, step_for, urgent
from hub.delivery.proof import Call
from hub.delivery.rota import acting_desk
from hub.delivery.rules import DeliveryRules
from hub.event import Event
from hub.ids import HUB, AgencyId, EventId
from hub.routing import wording
from hub.routing.disclosure import fitting
from hub.routing.ladders import Climb, ended_by
from hub.routing.reach import owner_of
from hub.routing.setting import Setting, ToldDuties
from hub.routing.vocabulary import DUTY_DESK, ROLES
from hub.routing.writing import Content, OwedNotice
from schemas.records import Ask, MayBeTold, Means, NoticeKind, Urgency

LADDER: Final = "ladder"
HANDOVER: Final = "handover"
SILENCE: Final = "silence"
"""Purposes of the hub's own: the next contact, the day team, and the sender."""


class StepNotices:
    """The notices that the raised steps of one episode make owed."""

    def __init__(self, setting: Setting, delivery: DeliveryRules, unmade: Iterable[Call], told: ToldDuties) -> None:
        self._setting = setting
        self._desk = setting.desk
        self._case = setting.case
        self._entitled = setting.entitled
        self._rules = setting.rules
        self._delivery = delivery
        self._unmade = tuple(unmade)
        self._reached = setting.reached
        self._told = told

    def of(self, climb: Climb, raised: Raised) -> Iterator[OwedNotice]:
        """What one raised step makes owed and was not told yet."""
        match climb.step.kind:
            case StepKind.CONTACT:
                yield from self._contact(climb, raised)
            case StepKind.TELEPHONE:
                yield from self._telephone(climb, raised)
            case StepKind.DAY_TEAM:
                yield from self._day_team(climb, raised)
            case StepKind.CALL:
                yield from self._call(climb, raised)
            case StepKind.NIGHT_TEAM:
                """That time has passed is enough: the team is on duty, and what it does not know is owed to it."""

    def _contact(self, climb: Climb, raised: Raised) -> Iterator[OwedNotice]:
        proof, contact = climb.proof, climb.step.contact
        seat = (proof.recipient, proof.desk)
        if contact is not None and contact.agency != proof.recipient:
            seat = (contact.agency, acting_desk(proof.desk, proof.recipient))
        if not self._reached(seat[0]) or self._entitled.is_shut_out(seat):
            yield from self._telephone(climb, raised)
            return
        words = self._rules.words["delivery"]
        whom = self._desk.name_of(proof.recipient)
        content = self._content(
            climb,
            happened=f"{words[climb.step.missed or ''].format(whom=whom)} {words['next_contact']}",
            asked=wording.asked(self._rules, ["open_this"]),
        )
        yield from self._notice(seat, content, climb, raised, LADDER)
        yield from self._sender(climb, raised)

    def _telephone(self, climb: Climb, raised: Raised) -> Iterator[OwedNotice]:
        proof, contact = climb.proof, climb.step.contact
        owner = owner_of(self._case, self._entitled, self._setting.recipients, self._reached, besides=proof.recipient)
        seat = (proof.recipient, proof.desk)
        if owner is not None and not self._may_ring(owner, seat):
            owner = None
        if owner is not None:
            is_named = self._may_name(owner, seat, proof.role)
            words = self._rules.words["delivery"][climb.step.missed or ""]
            is_barred = contact is None or (contact.is_acting and contact.agency in self._entitled.barred)
            ring = seat if contact is None or is_barred else (contact.agency, contact.row.role)
            content = self._content(
                climb,
                happened=words.format(whom=self._desk.name_of(proof.recipient)),
                asked=wording.telephone_these(self._rules, [self._desk.to_ring(ring, proof.role, is_named=is_named)]),
            )
            content = replace(content, purpose=wording.TELEPHONE, due_at=None, within=self._rules.telephone_within)
            yield from self._notice((owner, DUTY_DESK), content, climb, raised, wording.TELEPHONE, rings=seat)
        yield from self._sender(climb, raised, telephones=owner)

    def _may_ring(self, caller: AgencyId, seat: Seat) -> bool:
        return self._setting.calls.may_ring(seat[0], self._entitled.opened_to_caller((caller, DUTY_DESK)))

    def _may_name(self, caller: AgencyId, seat: Seat, role: str | None = None) -> bool:
        """Whether a caller may know as whom a desk was told: of a duty desk that is no secret where no role is said."""
        if role not in ROLES and seat[1] == DUTY_DESK:
            return True
        opened = self._entitled.opened_to_caller((caller, DUTY_DESK))
        rows = [one.row for one in self._entitled.seats.get(seat, ()) if role not in ROLES or one.row.role == role]
        return any(self._setting.calls.may_name(caller, row, opened) for row in rows)

    def _sender(self, climb: Climb, raised: Raised, telephones: AgencyId | None = None) -> Iterator[OwedNotice]:
        """The sender is told who has not seen what it sent, if it may know that they were told."""
        sender = self._sender_of(climb)
        if sender is None or sender == telephones:
            return
        words = self._rules.words["delivery"]
        proof = climb.proof
        happened = words[climb.step.missed or ""].format(whom=self._desk.name_of(proof.recipient))
        if telephones is not None:
            happened = f"{happened} {words['telephone'].format(whom=self._desk.name_of(telephones))}"
        content = self._content(climb, happened=happened, asked="")
        content = replace(content, purpose=SILENCE, due_at=None)
        yield from self._notice((sender, DUTY_DESK), content, climb, raised, SILENCE)

    def _sender_of(self, climb: Climb) -> AgencyId | None:
        cause = self._case.by_id.get(EventId(climb.fact.cause))
        if cause is None or cause.sender in (HUB, climb.proof.recipient) or self._case.episode.deceased:
            return None
        seat: Seat = (cause.sender, DUTY_DESK)
        is_known = seat in self._entitled.seats or cause.sender in self._case.reporters
        may_know = is_known and not self._entitled.is_shut_out(seat) and self._reached(cause.sender)
        may_read = self._delivery.may_read_of(climb.proof.role, cause.sender_kind)
        is_in_full = self._case.may_be_told(cause.sender) is MayBeTold.FULL
        return cause.sender if may_know and may_read and is_in_full else None

    def _day_team(self, climb: Climb, raised: Raised) -> Iterator[OwedNotice]:
        proof = climb.proof
        seat = (proof.recipient, proof.desk)
        rows = self._entitled.seats.get(seat, ())
        if not rows or not self._reached(seat[0]):
            return
        asking = [one.row.words for one in rows if one.is_current and one.row.ask is Ask.ACTION]
        level = self._setting.levels.of(rows)
        shown = {field.name: field.value for field in level.fields}
        whom = self._desk.name_of(proof.opened.by) if proof.opened else ""
        again = self._rules.words["delivery"]["shown_again"].format(whom=whom)
        happened = " ".join(part for part in (again, wording.standing(self._rules, shown)) if part)
        content = Content(
            kind=NoticeKind.NEWS,
            purpose=HANDOVER,
            urgency=Urgency.SOON,
            happened=happened,
            asked=wording.asked(self._rules, ["take_over", *asking]) if asking else "",
            due_at=raised.deadline.due_at + self._delivery.handover_within if asking else None,
            fields=fitting(level.fields),
        )
        yield from self._notice(seat, content, climb, raised, HANDOVER)

    def _call(self, climb: Climb, raised: Raised) -> Iterator[OwedNotice]:
        """Whoever was asked to telephone is asked again, and the sender reads who has not been told."""
        proof = climb.proof
        unmade = [call for call in self._unmade if call.task == proof.notice]
        names = ", ".join(dict.fromkeys(self._desk.name_of(call.seat[0]) for call in unmade))
        happened = self._rules.words["delivery"]["not_telephoned"].format(whom=names)
        opened = self._entitled.opened_to_caller((proof.recipient, DUTY_DESK))
        ring = (
            self._desk.to_ring(
                call.seat,
                say=wording.last_word_by_telephone(self._rules, ended_by(self._case.state, call), opened),
                is_named=self._may_name(proof.recipient, call.seat),
            )
            for call in unmade
        )
        asked = wording.telephone_these(self._rules, ring)
        content = replace(self._content(climb, happened=happened, asked=asked), due_at=climb.step.due_at)
        if self._reached(proof.recipient) and not self._entitled.is_shut_out((proof.recipient, proof.desk)):
            yield from self._notice((proof.recipient, proof.desk), content, climb, raised, LADDER)

    def _content(self, climb: Climb, *, happened: str, asked: str) -> Content:
        return Content(
            kind=NoticeKind.UPDATE,
            purpose=LADDER,
            urgency=climb.urgency,
            happened=happened,
            asked=asked,
            due_at=climb.proof.due_at or climb.step.due_at,
        )

    def _notice(
        self, seat: Seat, content: Content, climb: Climb, raised: Raised, role: str, rings: Seat | None = None
    ) -> Iterator[OwedNotice]:
        """The notice, unless this desk was told of the same step (of the same time) already."""
        said = ToldDuty(
            deadline=raised.deadline.duty,
            stage=raised.stage,
            due_at=raised.deadline.due_at,
            duty=f"{PREFIX}{role}",
        )
        told = self._told.get(rings or seat, {}).get(raised.deadline.duty, [])
        if any(one.due_at == said.due_at and one.duty == said.duty for one in told) or self._entitled.is_shut_out(seat):
            return
        points = [said.point, step_for(climb.proof.notice), urgent(content.urgency)]
        if rings is not None:
            points.append(f"@{rings[0]}/{rings[1]} f={climb.proof.notice}")
        yield self._desk.notice(
            seat,
            content,
            role=role,
            basis=role,
            points=tuple(points),
            means=Means.HUB if rings is None else Means.TELEPHONE,
            cause=self._event(raised),
        )

    def _event(self, raised: Raised) -> Event:
        return self._case.by_id[EventId(raised.event)]
