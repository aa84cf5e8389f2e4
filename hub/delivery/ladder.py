"""Who is tried next when nobody opens or takes a notice, and when: the steps of its ladder, from the duty rows.

Rules kept here:

1. Only an `action` climbs. It stops when it is taken (high and medium risk) or opened (the rest), or when its
   recipient was told by other means. Whoever opened it has as long again to say who takes it.
2. The first contact is the notice itself. Every further one follows after the time that the risk allows; the contacts
   are those on duty at that moment, in the order of the directory. After the last, somebody is asked to telephone.
3. A graver risk hastens the next step and a lesser one slows the steps after it; what was raised stays where it was.
4. Nothing routine rings at night: what need not be seen at once waits for the day team.
5. A call stands for the ladder that it ends: where that has stopped meanwhile, nobody is asked again to make it.
6. What a night team acknowledged is shown again to the day team when its hours begin, until that team takes it; and
   a team that acts for a desk is told, when its own begin, what the desk was told of a child who is still away.

Pure: the risks, the proofs and what was raised come in as values; the clock raises what is listed here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hub.delivery.points import Seat
from hub.delivery.proof import Call, Layer, Proof
from hub.delivery.rota import (
    DutyContact,
    acting_desk,
    acting_teams,
    contacts,
    day_team,
    is_on_duty,
    next_start,
)
from hub.delivery.rules import DeliveryRules
from hub.delivery.waking import until_awake
from hub.directory import Directory
from hub.episode.model import Episode
from hub.ids import EpisodeId, NoticeId
from schemas.records import Acknowledgement, DutyRow, RiskGrade, Urgency

PREFIX: Final = "delivery."
"""What the names of these duties begin with."""

DAY: Final = "day"
NIGHT: Final = "night"
CALL: Final = "telephone"

_FEWEST: Final = 2
"""A notice whose desk has one contact, or none that the directory knows, is shown twice before anybody telephones."""


class StepKind(StrEnum):
    """What is done at a step."""

    CONTACT = "contact"
    """The next contact is shown the notice, and the sender is told that it was not opened or taken."""
    TELEPHONE = "telephone"
    """Every contact was tried: somebody who can be reached is asked to telephone."""
    DAY_TEAM = "day_team"
    """The day team is shown what a night team acknowledged."""
    NIGHT_TEAM = "night_team"
    """A team that acts for a desk comes on duty while the child is away: it is told what the desk knows."""
    CALL = "call"
    """A call that somebody was asked to make was not made in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step for one notice. `due_at` is when it is taken (aware UTC); `missed` the layer that was not reached.

    `key` tells the steps of a notice apart. `contact` is who is tried, where the directory says.
    """

    notice: NoticeId
    key: str
    kind: StepKind
    due_at: datetime
    missed: Acknowledgement | None = None
    contact: DutyContact | None = None

    @property
    def duty(self) -> str:
        """The name under which the clock raises it."""
        return f"{PREFIX}{self.notice}.{self.key}"


def steps(
    proof: Proof,
    episode: Episode,
    urgency: Urgency,
    *,
    raised: Mapping[str, datetime],
    directory: Directory,
    rules: DeliveryRules,
) -> tuple[Step, ...]:
    """The steps that are still ahead or still true of a notice that asks for something; none once it has its answer.

    `raised` are the due times of those steps (by the name of their duty) that the clock has raised already.
    """
    aims = _Aims(episode, rules)
    missed = _missed(proof, aims.now)
    if missed is None:
        return ()
    wait = _Wait(proof, urgency, directory, rules)
    base = wait.until_awake(proof.stored_at)
    on_duty = contacts(directory, proof.recipient, proof.desk, base)
    last = min(max(_FEWEST, len(on_duty)), max(_FEWEST, rules.contacts)) + 1
    opened = proof.opened.at if proof.opened else None
    found: list[Step] = []
    previous = base
    for number in range(_FEWEST, last + 1):
        step = Step(
            notice=proof.notice,
            key=str(number),
            kind=StepKind.TELEPHONE if number == last else StepKind.CONTACT,
            due_at=previous,
            missed=missed,
        )
        due = raised.get(step.duty)
        if due is None:
            due = aims.next(previous)
            if opened is not None and due > opened:
                due = max(due, aims.next(opened))
            due = wait.until_awake(due)
        previous = due
        if opened is None or due > opened:
            tried = contacts(directory, proof.recipient, proof.desk, due)
            found.append(
                Step(
                    notice=step.notice,
                    key=step.key,
                    kind=step.kind,
                    due_at=due,
                    missed=missed,
                    contact=tried[min(number, len(tried)) - 1] if tried else None,
                )
            )
    return tuple(found)


def shown_again(proved: Iterable[Proof], directory: Directory) -> tuple[Step, ...]:
    """One step for each desk and episode of which a night team acknowledged what the day team has not taken."""
    groups: dict[tuple[EpisodeId, Seat, datetime], list[Proof]] = {}
    rows: dict[Seat, DutyRow | None] = {}
    for proof in proved:
        seat = (proof.recipient, proof.desk)
        if proof.opened is None:
            continue
        if seat not in rows:
            rows[seat] = day_team(directory, *seat)
        row = rows[seat]
        if row is None or not _is_by_night(proof.opened, row):
            continue
        start = next_start(row, proof.opened.at)
        if start is not None:
            groups.setdefault((proof.episode, seat, start), []).append(proof)
    found = []
    for (_, seat, start), some in groups.items():
        row = rows[seat]
        if row is not None and not any(_is_taken_by_day(proof, row) for proof in some):
            first = min(some, key=lambda proof: (proof.stored_at, proof.notice))
            found.append(Step(notice=first.notice, key=DAY, kind=StepKind.DAY_TEAM, due_at=start))
    return tuple(found)


def handed_over(proved: Iterable[Proof], directory: Directory) -> tuple[Step, ...]:
    """For each desk that others act for: the step at which they come on duty, if the desk was told something since."""
    latest: dict[tuple[EpisodeId, Seat], Proof] = {}
    for proof in proved:
        place = (proof.episode, (proof.recipient, proof.desk))
        if place not in latest or (latest[place].stored_at, latest[place].notice) < (proof.stored_at, proof.notice):
            latest[place] = proof
    found = []
    for (episode, (agency, desk)), proof in latest.items():
        acting = acting_teams(directory, agency, desk)
        for number, team in enumerate(dict.fromkeys(each.agency for each in acting), start=1):
            copy = latest.get((episode, (team, acting_desk(desk, agency))))
            if copy is not None and copy.stored_at >= proof.stored_at:
                continue
            upcoming = (next_start(each.row, proof.stored_at) for each in acting if each.agency == team)
            due = min((start for start in upcoming if start is not None), default=None)
            if due is not None:
                key = f"{NIGHT}-{number}"
                found.append(Step(notice=proof.notice, key=key, kind=StepKind.NIGHT_TEAM, due_at=due))
    return tuple(found)


def is_off(call: Call, proved: Mapping[NoticeId, Proof], episode: Episode, rules: DeliveryRules) -> bool:
    """Whether a call need not be made any more: what its desk had not seen has been taken since, or opened where that
    is enough, or told by other means.
    """
    proof = None if call.unseen is None else proved.get(call.unseen)
    return proof is not None and _missed(proof, _Aims(episode, rules).now) is None


def unmade_calls(made: Iterable[Call]) -> tuple[Step, ...]:
    """One step for each telephone task with a call in it that nobody has made yet."""
    found: dict[NoticeId, Step] = {}
    for call in made:
        if call.answered is None and call.due_at is not None:
            found[call.task] = Step(notice=call.task, key=CALL, kind=StepKind.CALL, due_at=call.due_at)
    return tuple(found.values())


def _missed(proof: Proof, stops_at: Acknowledgement) -> Acknowledgement | None:
    """The layer that is still wanting; None where the ladder has stopped."""
    if proof.told_otherwise or proof.taken:
        return None
    if proof.opened is None:
        return Acknowledgement.OPENED
    return Acknowledgement.TAKEN if stops_at is Acknowledgement.TAKEN else None


def _is_by_night(layer: Layer, row: DutyRow) -> bool:
    return layer.is_delegated or not is_on_duty(row, layer.at)


def _is_taken_by_day(proof: Proof, row: DutyRow) -> bool:
    return any(said is Acknowledgement.TAKEN and not _is_by_night(layer, row) for said, layer in proof.counted)


class _Aims:
    """The aims that hold for an episode over time: by police's grades, and as it is treated while there is none."""

    def __init__(self, episode: Episode, rules: DeliveryRules) -> None:
        self._rules = rules
        risk = episode.risk
        self._over = rules.over if not episode.is_open else None
        graded = [
            (each.accepted_at, each.grade) for each in risk.assessments if each.event not in risk.lowered_without_reason
        ]
        self._first = risk.ungraded_as
        self._graded: Sequence[tuple[datetime, RiskGrade]] = sorted(graded, key=lambda each: each[0])
        self._now = self._over or risk.treated_as

    @property
    def now(self) -> Acknowledgement:
        """What stops a ladder now."""
        return self._rules.aim(self._now).stops_at

    def next(self, previous: datetime) -> datetime:
        """When the step after one at `previous` is due: by the grade that held then, or sooner by one given since."""
        if self._over is not None:
            return previous + self._within(self._over)
        held, since = self._first, []
        for at, grade in self._graded:
            if at <= previous:
                held = grade
            else:
                since.append(at + self._within(grade))
        return min([previous + self._within(held), *since])

    def _within(self, grade: RiskGrade) -> timedelta:
        return self._rules.aim(grade).opened_within


class _Wait:
    """Until when a step for one notice has to wait so that nothing routine rings at night."""

    def __init__(self, proof: Proof, urgency: Urgency, directory: Directory, rules: DeliveryRules) -> None:
        self._rings_at_night = urgency is Urgency.NOW
        self._seat = (proof.recipient, proof.desk)
        self._directory = directory
        self._rules = rules

    def until_awake(self, when: datetime) -> datetime:
        """The same moment, or the next at which somebody of the day team is there."""
        return when if self._rings_at_night else until_awake(self._directory, self._rules, self._seat, when)
