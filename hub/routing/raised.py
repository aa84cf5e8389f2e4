"""What the raised duties of an episode make owed: who is told that something is soon due, due or overdue, and asked.

A level like every other: of each duty the latest stage that still stands is compared with what `Told` says each desk
was told of it. Rules kept here:

1. Whoever owes a duty is asked to do it; others are informed by the rows of the table, where they are entitled to the
   episode and some row of theirs opens the class of the duty. Nobody else is told, and nobody who is shut out.
2. Nothing is told of a duty that was done, or that ended with the absence: the news of that is told by itself. What a
   desk was told of a duty that was never owed is withdrawn, from everyone who was told of it; a due time that moved
   later is told again. After a death not a word is said of its duties; where the whole episode is withdrawn, only of
   those that outlive it, to whoever owes them and could read of them before.
3. The cause of a notice is the event by which the clock raised the stage; of a withdrawal, what made it wrong.
4. Whoever owes and cannot be reached is telephoned by the owner of the episode: of an action at every stage, of
   information whose row says so once, when it is due.
5. While others act for a desk they are told what it is told, as of the absence itself: of one that is over, only what
   must be seen at once.
6. Whoever is asked in an enquiry reads the question, because its sender put it to them; nobody else does by this.

Who is told is for `hub.routing.audience`, and which stage stands for `hub.deadlines`; the steps of ladders are for
`hub.routing.steps`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from hub.deadlines import Deadline, Outcome, Raised
from hub.delivery.ladder import PREFIX
from hub.delivery.points import WITHDRAWN, Seat, ToldDuty, acted_for, rung, told_duty, urgent
from hub.event import Event
from hub.ids import AgencyId, EventId
from hub.routing import wording
from hub.routing.audience import BOTH_SIDES, Audience, Audiences
from hub.routing.case import Case
from hub.routing.checks import could_look_at
from hub.routing.setting import Setting, ToldDuties
from hub.routing.vocabulary import DUTY_DESK
from hub.routing.writing import Content, OwedNotice
from schemas.records import (
    AgencyKind,
    Ask,
    DeadlineStage,
    DisclosedField,
    Disclosure,
    EnquiryRequested,
    Means,
    NoticeKind,
    Urgency,
)

PURPOSE: Final = "duty"
MOVED: Final = "moved"
"""In place of a stage: told that the due time is another one."""

_LONGEST: Final = 8_000
"""The cap of `DisclosedField.value`."""
_HANDOVER: Final = "handover_proposed"
_RANK: Final = {MOVED: 0, DeadlineStage.SOON: 1, DeadlineStage.DUE: 2, DeadlineStage.OVERDUE: 3}


class RaisedNotices:
    """The notices that the raised duties of one episode make owed."""

    def __init__(self, setting: Setting, told: ToldDuties) -> None:
        self._desk = setting.desk
        self._calls = setting.calls
        self._case = setting.case
        self._entitled = setting.entitled
        self._knows = setting.knows
        self._rules = setting.rules
        self._reached = setting.reached
        self._caller = setting.caller
        self._audiences = Audiences(setting)
        self._told = told

    def of(self, raised: Iterable[Raised], present: Iterable[Deadline]) -> Iterator[OwedNotice]:
        """What is owed of these raised stages, `present` being every duty of the episode as it stands."""
        standing: dict[str, Raised] = {each.deadline.id: each for each in raised}
        for each in standing.values():
            if not each.deadline.duty.startswith(PREFIX):
                for audience in self._audiences.of(each):
                    yield from self._stage(each, audience)
        yield from self._taken_back(standing, tuple(present))

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
        if duty.base == _HANDOVER and self._desk.has_case(audience.seat[0], duty.about):
            happened = f"{happened} {self._rules.words['handover']['yours']}"
        if duty.owed_by_role == BOTH_SIDES and audience.seat[0] in duty.owed_by:
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
        elif self._is_rung(duty, stage, audience, told) and (caller := self._caller_of(audience.seat)) is not None:
            yield self._telephone(caller, audience.seat, content, audience.row, said, cause, duty.disclosure)

    def _is_rung(self, duty: Deadline, stage: str, audience: Audience, told: Iterable[ToldDuty]) -> bool:
        """Whether somebody rings a desk that cannot be reached: of whatever is asked of it at every stage; of
        information that it owes and must not miss once, when it is due.
        """
        if audience.ask is Ask.ACTION:
            return True
        was_rung = any(one.due_at == duty.due_at and one.stage != MOVED for one in told)
        is_due = _RANK[stage] >= _RANK[DeadlineStage.DUE]
        return duty.is_telephoned and audience.seat[0] in duty.owed_by and is_due and not was_rung

    def _caller_of(self, seat: Seat) -> AgencyId | None:
        """Who rings this desk, if that tells the caller nothing that it may not know."""
        caller = self._caller(seat)
        if caller is None:
            return None
        opened = self._entitled.opened_to_caller((caller, DUTY_DESK))
        return caller if self._calls.may_ring(seat[0], opened) else None

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
        self,
        caller: AgencyId,
        seat: Seat,
        content: Content,
        row: str,
        said: ToldDuty,
        cause: Event | None,
        disclosure: Disclosure,
    ) -> OwedNotice:
        """Somebody is asked to ring whoever owes a duty and cannot be reached: with the duty in words where the caller
        may read its class, and else about the reference alone.
        """
        at = (cause or self._case.cause).accepted_at
        may_read = disclosure in self._entitled.opened_to_caller((caller, DUTY_DESK))
        whom = self._desk.to_ring(seat, is_named=may_read or DUTY_DESK in (seat[1], (acted_for(seat[1]) or ("",))[0]))
        if may_read:
            whom = f"{whom}: {content.happened.rstrip('.')}"
        task = Content(
            kind=NoticeKind.UPDATE,
            purpose=wording.TELEPHONE,
            urgency=content.urgency,
            happened=self._rules.words["happened"]["telephone"],
            asked=wording.telephone_these(self._rules, [whom]),
            due_at=self._calls.due_at(caller, (seat,), content.urgency, at),
        )
        points = (said.point, f"@{seat[0]}/{seat[1]} r={row}", urgent(content.urgency))
        return self._desk.notice(
            (caller, DUTY_DESK), task, role=wording.TELEPHONE, basis=row, points=points, means=Means.TELEPHONE,
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
        "differ": duty.about if duty.owed_by_role == BOTH_SIDES else "",
        "due_at": duty.due_at.isoformat(),
        "owed_by": "; ".join(duty.owed_by),
        "raw_due_at": duty.raw_due_at.isoformat(),
        "stage": stage or "",
    }
    return tuple(
        DisclosedField(
            name=f"{PURPOSE}.{duty.duty}.{name}",
            disclosure=duty.disclosure,
            value=value[:_LONGEST],
            source_kind=AgencyKind.HUB,
        )
        for name, value in said.items()
        if value
    )
