"""Which notices of an episode still climb, and the steps of their ladders as deadlines that the clock can raise.

A notice climbs while what it asks is still asked of a desk that may still be told: a row that no longer asks, an
exclusion, a death, a cancellation or an answer ends its ladder without a word. What is climbed is for
`hub.delivery.ladder`; what a raised step makes owed is for `hub.routing.steps`. Notices of raised duties do not climb:
their stages are their ladder.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

from hub.deadlines import Deadline, at_one_moment
from hub.delivery.ladder import Step, StepKind, handed_over, is_off, shown_again, steps, unmade_calls
from hub.delivery.points import ROWS_READ, climbed_for, heard_by, is_of_the_clock, rung, unpacked, urgency_of
from hub.delivery.proof import Call, Proof, calls, proofs
from hub.delivery.rota import acted_for
from hub.delivery.rules import DeliveryRules, packaged_delivery_rules
from hub.directory import Directory
from hub.entry.view import EpisodeView, view
from hub.episode.model import ChildState, ToldFact
from hub.ids import AgencyId, EpisodeId, EventId, NoticeId
from hub.reference import Reference
from hub.routing.case import Case, case_of
from hub.routing.entitlement import AFTER_A_DEATH, Entitlements, entitlements
from hub.routing.recipients import Recipients
from hub.routing.rows import Rules
from schemas.records import Ask, DeadlineRaised, Means, NoticeKind, Urgency

_SOURCE: Final = "the project's own standard of delivery (c)"
_ASKED: Final = "q="
_ENDED: Final = "x="
_CLIMBS: Final = "climbs"
_BY_URGENCY: Final = (Urgency.NOW, Urgency.SOON, Urgency.HELD_FOR_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """One step of the ladder of one notice: the fact that it was sent, how far it got, and the step as a deadline."""

    step: Step
    fact: ToldFact
    proof: Proof
    urgency: Urgency
    deadline: Deadline


def ladder_deadlines(
    state: ChildState,
    directory: Directory,
    rules: Rules,
    reference: Reference,
    *,
    delivery_rules: DeliveryRules | None = None,
    views: Mapping[EpisodeId, EpisodeView] | None = None,
    proved: Mapping[NoticeId, Proof] | None = None,
) -> tuple[Deadline, ...]:
    """The open steps of every ladder of a child, for the clock to raise beside its duties.

    Each has one stage, overdue: `soon_at`, `due_at` and `overdue_at` are the same moment. Closed steps are not listed.
    `views` and `proved` save making views and proofs anew where the caller has them.
    """
    concerned = _concerned(state)
    if not concerned:
        return ()
    known, proved, made = views or {}, proofs(state, directory) if proved is None else proved, calls(state)
    found: list[Climb] = []
    for episode in state.episodes:
        if episode.id in concerned:
            case = case_of(state, episode, known.get(episode.id) or view(state, episode))
            entitled = entitlements(case, Recipients(case, directory, reference), rules, directory)
            delivery = delivery_rules or packaged_delivery_rules()
            found += climbs_of(case, entitled, proved, made, directory, delivery)
    return tuple(climb.deadline for climb in found)


def climbs_of(
    case: Case,
    entitled: Entitlements,
    proved: Mapping[NoticeId, Proof],
    made: Iterable[Call],
    directory: Directory,
    rules: DeliveryRules,
) -> tuple[Climb, ...]:
    """The open steps of one episode, in the order in which their notices were sent; worked out once of what it is given
    again.
    """
    by = (case.view, entitled, proved, made, directory, rules)
    known = case.state.worked_out.get(f"{_CLIMBS}/{case.episode.id}")
    if not isinstance(known, _Worked) or any(one is not other for one, other in zip(known.by, by, strict=True)):
        found = tuple(_Climbing(case, entitled, proved, tuple(made), directory, rules))
        known = case.state.worked_out[f"{_CLIMBS}/{case.episode.id}"] = _Worked(by, found)
    return known.found


@dataclass(frozen=True, slots=True)
class _Worked:
    """The open steps of an episode, and by what they were worked out."""

    by: tuple[object, ...]
    found: tuple[Climb, ...]


class _Climbing:
    """The ladders of one episode."""

    def __init__(
        self,
        case: Case,
        entitled: Entitlements,
        proved: Mapping[NoticeId, Proof],
        made: tuple[Call, ...],
        directory: Directory,
        rules: DeliveryRules,
    ) -> None:
        self._case = case
        self._entitled = entitled
        self._directory = directory
        self._rules = rules
        self._proved = {notice: proof for notice, proof in proved.items() if proof.episode == case.episode.id}
        self._facts = {notice: case.state.told[notice] for notice in self._proved}
        self._unmade = still_to_make(case, entitled, proved, made, rules)
        raised = [
            (event.accepted_at, event.body) for event in case.state.standing if isinstance(event.body, DeadlineRaised)
        ]
        self._raised = {body.duty: body.due_at for _, body in sorted(raised, key=lambda each: each[0], reverse=True)}

        self._last_asked = {
            ((AgencyId(fact.row.recipient), fact.row.desk), name): notice
            for notice, fact in sorted(self._facts.items(), key=lambda each: (each[1].accepted_at, each[0]))
            for name in _asked_by(fact)
        }

    def __iter__(self) -> Iterator[Climb]:
        for notice, fact in self._facts.items():
            urgency = self._climbs(fact)
            if urgency is not None:
                proof = self._proved[notice]
                for step in steps(
                    proof,
                    self._case.episode,
                    urgency,
                    raised=self._raised,
                    directory=self._directory,
                    rules=self._rules,
                ):
                    yield self._climb(step, urgency)
        known = tuple(self._shown())
        away = known if self._case.episode.is_open else ()
        others = (shown_again(known, self._directory), handed_over(away, self._directory), unmade_calls(self._unmade))
        for step in chain.from_iterable(others):
            is_call = step.kind is StepKind.CALL
            yield self._climb(step, self._urgency_of_task(self._facts[step.notice]) if is_call else Urgency.SOON)

    def _climbs(self, fact: ToldFact) -> Urgency | None:
        """How urgent a notice is whose ladder goes on; None for one that does not climb."""
        row, episode = fact.row, self._case.episode
        seat = (AgencyId(row.recipient), row.desk)
        if row.ask is not Ask.ACTION or is_of_the_clock(row) or self._entitled.is_shut_out(seat):
            return None
        if self._is_a_copy(fact):
            return None
        if row.means is Means.TELEPHONE:
            is_unmade = any(call.task == row.notice_id for call in self._unmade)
            return self._urgency_of_task(fact) if is_unmade else None
        if row.kind is NoticeKind.WITHDRAWAL:
            return None if episode.deceased else Urgency.SOON
        asked = {name for name in _asked_by(fact) if self._last_asked[seat, name] == row.notice_id}
        asking = [
            one.row
            for one in self._entitled.seats.get(seat, ())
            if one.is_current and one.row.id in asked and (not episode.deceased or one.row.purpose == AFTER_A_DEATH)
        ]
        if not asking:
            return None
        return urgency_of(row) or min((one.urgency for one in asking), key=_BY_URGENCY.index)

    def _urgency_of_task(self, fact: ToldFact) -> Urgency:
        """How urgent a telephone task is: as its row says; at once, where an older row does not."""
        return urgency_of(fact.row) or Urgency.NOW

    def _is_a_copy(self, fact: ToldFact) -> bool:
        """Whether it went to a team that acts for a desk which has a notice of its own: that one climbs."""
        whose = acted_for(fact.row.desk)
        return whose is not None and any(
            (other.row.desk, other.row.recipient) == whose and other.row.ask is Ask.ACTION
            for other in self._facts.values()
        )

    def _shown(self) -> Iterator[Proof]:
        """What one team may hand over to another: notices of desks that may still be told of the episode."""
        if self._case.episode.deceased:
            return
        for notice, fact in self._facts.items():
            seat = (AgencyId(fact.row.recipient), fact.row.desk)
            if not is_of_the_clock(fact.row) and seat in self._entitled.seats and not self._entitled.is_shut_out(seat):
                yield self._proved[notice]

    def _climb(self, step: Step, urgency: Urgency) -> Climb:
        fact, proof, episode = self._facts[step.notice], self._proved[step.notice], self._case.episode
        step_taken = at_one_moment(
            episode=episode.id,
            child=episode.child,
            duty=step.duty,
            at=step.due_at,
            base_event=EventId(fact.cause),
            source=_SOURCE,
            base="told",
            base_at=fact.accepted_at,
            owed_by_role=step.kind,
            owed_by=(step.contact.agency if step.contact is not None else proof.recipient,),
            ask=Ask.ACTION,
        )
        return Climb(step=step, fact=fact, proof=proof, urgency=urgency, deadline=step_taken)


def still_to_make(
    case: Case,
    entitled: Entitlements,
    proved: Mapping[NoticeId, Proof],
    made: Iterable[Call],
    rules: DeliveryRules,
) -> tuple[Call, ...]:
    """The calls of one episode that nobody has made and that are not off.

    Off is what would tell somebody who may be told no more: who is shut out, to whom the matter is closed, and after a
    death everybody. The last word that a desk which is shut out is to hear stands.
    """
    return tuple(
        call
        for call in made
        if call.episode == case.episode.id
        and call.answered is None
        and not case.episode.deceased
        and (ended_by(case.state, call) is not None or not entitled.is_shut_out(call.seat))
        and not _is_told_through_hub(case, call)
        and not is_off(call, proved, case.episode, rules)
    )


def _is_told_through_hub(case: Case, call: Call) -> bool:
    """Whether whoever was to be telephoned has been reached by a notice of its own since."""
    return any(
        (fact.row.recipient, fact.row.desk) == call.seat and fact.accepted_at >= call.asked_at
        for fact in case.state.told.values()
    )


def _asked_by(fact: ToldFact) -> frozenset[str]:
    """The rows by which a notice asks; one that was asked again since climbs with the later notice alone."""
    return _asked(fact.row.points)


@lru_cache(maxsize=ROWS_READ)
def _asked(points: tuple[str, ...]) -> frozenset[str]:
    return frozenset(point.removeprefix(_ASKED) for point in unpacked(points) if point.startswith(_ASKED))


def _concerned(state: ChildState) -> frozenset[EpisodeId]:
    """The episodes of which something was told that asks, or that a night team may have acknowledged."""
    superseded = state.superseded
    return frozenset(
        superseded.get(named, named)
        for fact in state.told.values()
        if not fact.has_departed
        and (fact.row.ask is Ask.ACTION or fact.opened_at is not None or rung(fact.row) or climbed_for(fact.row))
        for named in (EpisodeId(fact.row.episode_id),)
    )


def ended_by(state: ChildState, call: Call) -> str | None:
    """How the matter ends for the desk that a call is to: stood down, closed to it; None where it does not."""
    fact = state.told.get(call.task)
    if fact is None:
        return None
    heard = (heard_by((AgencyId(fact.row.recipient), fact.row.desk), point) for point in unpacked(fact.row.points))
    ends = (said.removeprefix(_ENDED) for seat, said in heard if seat == call.seat and said.startswith(_ENDED))
    return next(ends, None)
