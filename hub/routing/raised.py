"""What the raised duties of an episode make owed: who is told that something is soon due, due or overdue, and asked.

A level like every other: of each duty the latest stage that still stands is compared with what `Told` says each desk
was told of it. Rules kept here:

1. Whoever owes a duty is asked to do it; others are informed by the rows of the table, where they are entitled to the
   episode and some row of theirs opens the class of the duty. Nobody else is told, and nobody who is shut out.
2. Nothing is told of a duty that was done, or that ended with the absence: the news of that is told by itself. What a
   desk was told of a duty that was never owed is withdrawn, from everyone who was told of it; a due time that moved
   later is told again. After a death not a word is said of its duties, and where the whole episode is withdrawn, only of
   those that outlive it, to whoever owes them and could read of them before.
3. The cause of a notice is the event by which the clock raised the stage; of a withdrawal, what made it wrong.
4. Whoever owes and cannot be reached is telephoned by the owner of the episode.
5. While others act for a desk they are told what it is told, as of the absence itself: of one that is over, only what
   must be seen at once.
6. Whoever is asked in an enquiry reads the question, because its sender put it to them; nobody else does by this.

Which stage stands is for `hub.deadlines`; the steps of ladders are for `hub.routing.steps`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.deadlines import Deadline, Outcome, Raised
from hub.delivery.ladder import PREFIX
from hub.delivery.points import WITHDRAWN, Seat, ToldDuty, acted_for, rung, told_duty, urgent
from hub.event import Event
from hub.ids import AgencyId, EventId
from hub.routing import wording
from hub.routing.case import Case
from hub.routing.checks import could_look_at
from hub.routing.notices import Content, OwedNotice
from hub.routing.recipients import desk_of
from hub.routing.rows import RaiseRow
from hub.routing.setting import Setting, ToldDuties
from hub.routing.vocabulary import DUTY_DESK, NAMED_OFFICERS, OWED_BY
from schemas.records import (
    AgencyKind,
    Ask,
    DeadlineStage,
    DisclosedField,
    Disclosure,
    EnquiryRequested,
    MayBeTold,
    Means,
    NoticeKind,
    Urgency,
)

PURPOSE: Final = "duty"
MOVED: Final = "moved"
"""In place of a stage: told that the due time is another one."""

_RANK: Final = {MOVED: 0, DeadlineStage.SOON: 1, DeadlineStage.DUE: 2, DeadlineStage.OVERDUE: 3}
_BOTH_SIDES: Final = "both_sides"
_PARTIES: Final = frozenset(
    {
        "asked_agency", _BOTH_SIDES, "disputing_authorities", "forces_in_handover", "holder_of_order",
        "placing_authority", "setter",
    }
)  # fmt: skip
"""Roles that an agency has by what it said, or was asked, itself: its duty is no news to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """One desk that a raised stage is told to, and how."""

    seat: Seat
    ask: Ask
    urgency: Urgency
    row: str


class RaisedNotices:
    """The notices that the raised duties of one episode make owed."""

    def __init__(self, setting: Setting, told: ToldDuties) -> None:
        self._desk = setting.desk
        self._calls = setting.calls
        self._case = setting.case
        self._entitled = setting.entitled
        self._recipients = setting.recipients
        self._knows = setting.knows
        self._rules = setting.rules
        self._reached = setting.reached
        self._owner = setting.owner
        self._acting = setting.acting
        self._told = told

    def of(self, raised: Iterable[Raised], present: Iterable[Deadline]) -> Iterator[OwedNotice]:
        """What is owed of these raised stages, `present` being every duty of the episode as it stands."""
        standing: dict[str, Raised] = {each.deadline.id: each for each in raised}
        for each in standing.values():
            if not each.deadline.duty.startswith(PREFIX):
                for audience in self._audience(each):
                    yield from self._stage(each, audience)
        yield from self._taken_back(standing, tuple(present))

    def _audience(self, raised: Raised) -> Iterator[Audience]:
        """Every desk that a stage is told to: one line each, whoever owes it first."""
        found: dict[Seat, Audience] = {}
        for row in self._rules.raises:
            if raised.deadline.duty not in row.duties or raised.stage not in row.stages:
                continue
            for seat, ask in self._with_acting(row, raised.deadline):
                if seat not in found and not self._entitled.is_shut_out(seat):
                    found[seat] = Audience(seat=seat, ask=ask, urgency=row.urgency, row=row.id)
        yield from found.values()

    def _with_acting(self, row: RaiseRow, duty: Deadline) -> Iterator[tuple[Seat, Ask]]:
        is_for_the_night = row.urgency is Urgency.NOW or (self._case.episode.is_open and row.urgency is Urgency.SOON)
        for seat, ask in self._seats(row, duty):
            yield seat, ask
            if is_for_the_night and not self._entitled.is_shut_out(seat):
                yield from ((each, ask) for each in self._acting(seat) if self._reached(each[0]))

    def _seats(self, row: RaiseRow, duty: Deadline) -> Iterator[tuple[Seat, Ask]]:
        for role in row.to:
            if role == OWED_BY:
                for agency in duty.owed_by:
                    seat = self._seat_of_ower(agency, duty)
                    if seat is not None:
                        yield seat, duty.ask
            else:
                for agency in self._recipients.of(role):
                    seat = (agency, NAMED_OFFICERS if agency in self._entitled.named else desk_of(role))
                    if self._opens(seat, duty.disclosure) and self._may_read(seat):
                        yield seat, Ask.INFORMATION

    def _seat_of_ower(self, agency: AgencyId, duty: Deadline) -> Seat | None:
        """The desk that is asked: the duty desk, or one that alone may know of it; None where none may."""
        seats = self._entitled.outlived if self._case.episode.cancelled is not None else self._entitled.seats
        desks = sorted(desk for owner, desk in seats if owner == agency)
        for desk in sorted(desks, key=lambda desk: (acted_for(desk) is not None, desk != DUTY_DESK)):
            if any(duty.disclosure in one.row.classes for one in seats[agency, desk]):
                return agency, desk
        is_party = duty.owed_by_role in _PARTIES and not self._case.episode.deceased
        named = NAMED_OFFICERS if agency in self._entitled.named else DUTY_DESK
        return (agency, named) if is_party else None

    def _opens(self, seat: Seat, disclosure: Disclosure) -> bool:
        return any(disclosure in one.row.classes for one in self._entitled.seats.get(seat, ()))

    def _may_read(self, seat: Seat) -> bool:
        """Whether somebody who is only informed was told of the absence, or reported it and may be told of it."""
        knows = self._knows.get(seat)
        if knows is not None and knows.holds:
            return True
        has_reported = seat[1] == DUTY_DESK and seat[0] in self._case.reporters
        return has_reported and self._case.may_be_told(seat[0]) is MayBeTold.FULL

    def _stage(self, raised: Raised, audience: Audience) -> Iterator[OwedNotice]:
        """The notice of one stage to one desk, unless it was told that, or more, of the same due time."""
        duty, stage = raised.deadline, raised.stage
        told = [
            one
            for name, some in self._told.get(audience.seat, {}).items()
            for one in some
            if name == duty.id or (one.duty, one.due_at) == (duty.duty, duty.due_at)
        ]
        last = told[-1] if told else None
        is_told = any(one.due_at == duty.due_at and _RANK.get(one.stage, 0) >= _RANK[stage] for one in told)
        if is_told and last is not None and last.stage != WITHDRAWN:
            return
        said = ToldDuty(deadline=duty.id, stage=stage, due_at=duty.due_at, duty=duty.duty)
        cause = None if last is not None and last.stage == WITHDRAWN else self._event(raised.event)
        is_asked = audience.ask is Ask.ACTION
        owers = ", ".join(self._desk.name_of(agency) for agency in duty.owed_by)
        words = self._rules.words["duty"]
        happened = words[stage].format(says=duty.says)
        if not is_asked and owers:
            happened = f"{happened} {words['owed'].format(whom=owers)}"
        if duty.owed_by_role == _BOTH_SIDES and audience.seat[0] in duty.owed_by:
            kind = self._desk.kind_of(audience.seat[0])
            happened = f"{happened} {could_look_at(duty.about, kind, self._rules)}"
        content = Content(
            kind=NoticeKind.UPDATE,
            purpose=PURPOSE,
            urgency=audience.urgency,
            happened=happened,
            asked=wording.asked(self._rules, ["do_what_is_owed"]) if is_asked else "",
            due_at=duty.due_at if is_asked else None,
            fields=(*_fields(duty, stage), *(self._question(duty) if is_asked else ())),
        )
        if self._reached(audience.seat[0]):
            yield self._notice(audience.seat, content, audience.row, said, cause)
        elif is_asked and self._owner is not None:
            yield self._telephone(audience.seat, content, audience.row, said, cause, duty.disclosure)

    def _question(self, duty: Deadline) -> Iterator[DisclosedField]:
        """What an enquiry asks."""
        asking = next((event for event in self._case.episode.standing if event.id == duty.base_event), None)
        if asking is not None and isinstance(asking.body, EnquiryRequested) and asking.body.what:
            yield DisclosedField(
                name="enquiry.what",
                disclosure=Disclosure.CIRCUMSTANCES,
                value=asking.body.what,
                source_kind=asking.sender_kind,
                source_agency=asking.sender,
                occurred_at=asking.body.occurred_at,
                recorded_at=asking.body.recorded_at,
            )

    def _taken_back(self, standing: Mapping[str, Raised], present: tuple[Deadline, ...]) -> Iterator[OwedNotice]:
        """What desks were told of duties that were never owed, or are due later than they were told."""
        if self._case.episode.deceased:
            return
        by_id: dict[str, Deadline] = {duty.id: duty for duty in present}
        by_name = {(duty.duty, duty.due_at): duty for duty in present}
        for seat, duties in sorted(self._told.items()):
            if self._entitled.is_shut_out(seat) or not self._reached(seat[0]) or self._is_withdrawn_whole(seat):
                continue
            for name, told in duties.items():
                last = told[-1]
                if last.stage == WITHDRAWN or last.duty.startswith(PREFIX):
                    continue
                duty = by_id.get(name) or by_name.get((last.duty, last.due_at))
                if duty is None:
                    yield self._withdrawal(seat, last)
                elif _is_later(duty, last) and duty.id not in standing:
                    yield self._moved(seat, duty)

    def _is_withdrawn_whole(self, seat: Seat) -> bool:
        """Whether the seat is, or was, told that the whole episode no longer concerns it."""
        knows = self._knows.get(seat)
        return knows is not None and (self._case.episode.cancelled is not None or seat not in self._entitled.seats)

    def _withdrawal(self, seat: Seat, last: ToldDuty) -> OwedNotice:
        content = Content(
            kind=NoticeKind.WITHDRAWAL,
            purpose=wording.WITHDRAW,
            urgency=Urgency.SOON,
            happened=self._rules.words["duty"]["withdrawn"],
            withdrawn=tuple(f"{PURPOSE}.{last.duty}.{part}" for part in ("due_at", "stage")),
        )
        said = ToldDuty(deadline=last.deadline, stage=WITHDRAWN, due_at=last.due_at, duty=last.duty)
        return self._notice(seat, content, wording.WITHDRAW, said, None)

    def _moved(self, seat: Seat, duty: Deadline) -> OwedNotice:
        content = Content(
            kind=NoticeKind.UPDATE,
            purpose=PURPOSE,
            urgency=Urgency.SOON,
            happened=self._rules.words["duty"]["moved"].format(says=duty.says),
            fields=_fields(duty, None),
        )
        said = ToldDuty(deadline=duty.id, stage=MOVED, due_at=duty.due_at, duty=duty.duty)
        return self._notice(seat, content, PURPOSE, said, None)

    def _notice(self, seat: Seat, content: Content, row: str, said: ToldDuty, cause: Event | None) -> OwedNotice:
        return self._desk.notice(
            seat,
            content,
            role=PURPOSE,
            basis=row,
            points=(said.point, urgent(content.urgency)),
            means=Means.HUB,
            cause=cause,
        )

    def _telephone(
        self, seat: Seat, content: Content, row: str, said: ToldDuty, cause: Event | None, disclosure: Disclosure
    ) -> OwedNotice:
        """The owner is asked to ring whoever owes a duty and cannot be reached: with the duty in words where the owner
        may read its class, and else about the reference alone.
        """
        owner = self._owner or AgencyId("")
        at = (cause or self._case.cause).accepted_at
        may_read = self._opens((owner, DUTY_DESK), disclosure)
        whom = self._desk.to_ring(seat, is_named=may_read or seat[1] == DUTY_DESK)
        if may_read:
            whom = f"{whom}: {content.happened.rstrip('.')}"
        task = Content(
            kind=NoticeKind.UPDATE,
            purpose=wording.TELEPHONE,
            urgency=content.urgency,
            happened=self._rules.words["happened"]["telephone"],
            asked=wording.telephone_these(self._rules, [whom]),
            due_at=self._calls.due_at(owner, (seat,), content.urgency, at),
        )
        points = (said.point, f"@{seat[0]}/{seat[1]} r={row}", urgent(content.urgency))
        return self._desk.notice(
            (owner, DUTY_DESK), task, role=wording.TELEPHONE, basis=row, points=points, means=Means.TELEPHONE,
            cause=cause,
        )  # fmt: skip

    def _event(self, event: EventId) -> Event:
        return self._case.by_id[event]


def told_duties(case: Case) -> ToldDuties:
    """What every desk was told of the duties and steps of an episode, each in the order told."""
    ids = {case.episode.id, *case.episode.aliases}
    found: dict[Seat, dict[str, list[tuple[datetime, int, ToldDuty]]]] = {}
    for fact in case.state.told.values():
        if fact.row.episode_id in ids and (said := told_duty(fact.row)) is not None:
            for seat in rung(fact.row) or ((AgencyId(fact.row.recipient), fact.row.desk),):
                some = found.setdefault(seat, {}).setdefault(said.deadline, [])
                some.append((fact.accepted_at, _RANK.get(said.stage, len(_RANK)), said))
    return {
        seat: {name: [one for *_, one in sorted(told, key=lambda one: one[:2])] for name, told in duties.items()}
        for seat, duties in found.items()
    }


def _is_later(duty: Deadline, last: ToldDuty) -> bool:
    """Whether an open duty that does not stand still is due later than somebody was told."""
    return duty.outcome is Outcome.OPEN and duty.paused_since is None and duty.due_at > last.due_at


def _fields(duty: Deadline, stage: str | None) -> tuple[DisclosedField, ...]:
    """What a notice says of a duty, each of the duty's own class, sorted by name; of a difference, on which fields."""
    said = {
        "differ": duty.about if duty.owed_by_role == _BOTH_SIDES else "",
        "due_at": duty.due_at.isoformat(),
        "owed_by": "; ".join(duty.owed_by),
        "raw_due_at": duty.raw_due_at.isoformat(),
        "stage": stage or "",
    }
    return tuple(
        DisclosedField(
            name=f"{PURPOSE}.{duty.duty}.{name}", disclosure=duty.disclosure, value=value, source_kind=AgencyKind.HUB
        )
        for name, value in said.items()
        if value
    )
