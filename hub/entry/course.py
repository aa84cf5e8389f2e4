"""What an episode owes, and who was told of it and how far that got, as the register shows it: line by line, each in
the class of those who may know it.

Rules kept here:

1. A duty has the class of its row in `deadlines.toml`; that a recipient was told, the class of its role in
   `told.toml`. A role without a row is not shown, and neither is the one text that goes out for a sealed outcome.
2. What lies ahead only if nothing happens until then (a child still missing after 72 hours) is shown once it has come.
3. No stage and nothing that depends on what the time is: a reader compares the due time with its own clock. So an
   entry is written again because something was said, told or answered, never because a clock ticked.
4. Of each desk the first notice and the latest one; `fetched` is left out, because a program did that and no person.
5. From the event that sealed an outcome on, nothing that was told is shown.
6. Who is known from a protected place alone is not named: neither as owing something nor as told.
7. Whoever is to be telephoned is shown as that once, until somebody has: no more once the desk itself has seen what it
   was to be told of, or anything that it was sent since.
8. A duty that is owed no longer, though nobody did it, is shown as that, last of all; not one that a death ended.

The same set of events gives the same course, in any order.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

from hub.deadlines.model import Deadline, Outcome
from hub.delivery.ladder import is_off
from hub.delivery.proof import Call, Layer, Proof
from hub.delivery.rules import DeliveryRules, packaged_delivery_rules
from hub.entry.episode_facts import EpisodeFacts
from hub.entry.statements import Statement
from hub.episode import leaves_register_as_it_is
from hub.episode.model import ChildState, Episode
from hub.ids import AgencyId
from hub.reference import packaged_reference
from schemas.records import (
    Acknowledgement,
    Disclosure,
    DutyState,
    Means,
    NoticeKind,
    ToldSummary,
)

__all__ = ["NO_COURSE", "Course", "ToldRules", "course", "told_rules"]

_STAND_DOWN: Final = "stand_down"
_OWN_PURPOSES: Final = frozenset({"telephone", "withdraw", "withdraw_all", "duty", "ladder", "silence", "handover"})
"""Roles of notices that are the hub's own (a task, a clock, a step of a ladder): not why a desk is told of a child."""
_STEP_OF_A_LADDER: Final = "delivery."
_PLACES: Final = ("area_code", "host_authority", "responsible_authority", "provider_agency")
_MOST_DUTIES: Final = 100
_MOST_TOLD: Final = 200


@dataclass(frozen=True, slots=True)
class Course:
    """Duties, open ones first and those owed no longer last, and who was told, in order of time; each with the class of
    those who may know.
    """

    duties: tuple[tuple[Disclosure, DutyState], ...] = ()
    told: tuple[tuple[Disclosure, ToldSummary], ...] = ()

    def duties_in(self, disclosure: Disclosure) -> tuple[DutyState, ...]:
        """What one class holds of the duties."""
        return tuple(duty for of, duty in self.duties if of is disclosure)[:_MOST_DUTIES]

    def told_in(self, disclosure: Disclosure) -> tuple[ToldSummary, ...]:
        """What one class holds of who was told."""
        return tuple(told for of, told in self.told if of is disclosure)[:_MOST_TOLD]

    @property
    def digest(self) -> str:
        """Equal for equal courses: says whether an entry has to be written again."""
        return sha256(repr((self.duties, self.told)).encode()).hexdigest()[:16]


NO_COURSE: Final = Course()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRules:
    """The table `told.toml`: the class in which each role is shown, and the class of telephone calls."""

    version: str
    classes: Mapping[str, Disclosure]
    telephoned: Disclosure

    @classmethod
    def from_text(cls, table: str) -> "ToldRules":
        """Read the table from TOML."""
        document = tomllib.loads(table)
        return cls(
            version=document["version"],
            classes={role: Disclosure(row["class"]) for row in document["told"] for role in row["roles"]},
            telephoned=Disclosure(document["telephoned"]["class"]),
        )


_BY_FETCHING: Final = frozenset({"authority_reached", "national_unit_reached"})
"""Words of the rules that close a duty once a notice was fetched."""


@cache
def told_rules() -> ToldRules:
    """The table that is part of this package."""
    return ToldRules.from_text(resources.files("hub.entry").joinpath("told.toml").read_text("utf-8"))


def course(
    state: ChildState,
    facts: EpisodeFacts,
    claims: Sequence[Statement],
    *,
    deadlines: Iterable[Deadline],
    proofs: Iterable[Proof],
    calls: Iterable[Call] = (),
    rules: ToldRules | None = None,
    delivery_rules: DeliveryRules | None = None,
) -> Course:
    """The course of one episode, from the fold, its view's facts and claims, and what was computed of the whole child.

    Deadlines, proofs and calls of other episodes are left out. Rules are the packaged tables unless others are given.
    """
    hidden = _behind_protection(claims)
    seal = _sealed_at(state, facts)
    so_far = max(
        (event.accepted_at for event in state.events if not leaves_register_as_it_is(event)), default=facts.changed_at
    )
    mine = [each for each in proofs if each.episode == facts.episode and each.recipient not in hidden]
    rung = [each for each in calls if each.episode == facts.episode and each.seat[0] not in hidden]
    if rung:
        off = _Off(state.episode(facts.episode), mine, seal, delivery_rules or packaged_delivery_rules())
        rung = [each for each in rung if each.answered is not None or not off.holds(each)]
    table = rules or told_rules()
    told = [
        *_told(mine, table, seal),
        *((table.telephoned, one) for one in _all_rung(each for each in rung if _before(each.asked_at, seal))),
    ]
    return Course(
        duties=tuple(_duties(facts, deadlines, so_far, hidden)),
        told=tuple(sorted(told, key=lambda one: _told_place(one[1]))),
    )


def _duties(
    facts: EpisodeFacts, deadlines: Iterable[Deadline], so_far: datetime, hidden: Collection[AgencyId]
) -> Iterable[tuple[Disclosure, DutyState]]:
    shown = [
        each
        for each in deadlines
        if each.episode == facts.episode
        and (each.outcome is not Outcome.WITHDRAWN or _was_owed(each, facts))
        and each.known_at <= so_far
        and not each.duty.startswith(_STEP_OF_A_LADDER)
    ]

    def place(duty: Deadline) -> tuple[int, datetime, str, str]:
        is_open = duty.is_open or _was_only_fetched(duty, so_far)
        rank = 0 if is_open else 2 if duty.outcome is Outcome.WITHDRAWN else 1
        return rank, duty.due_at, duty.duty, duty.id

    for each in sorted(shown, key=place):
        named = [agency for agency in each.owed_by if agency not in hidden]
        for agency in named or (None,):
            yield (
                each.disclosure,
                DutyState(
                    duty=each.duty,
                    owed_by=agency,
                    due_at=each.due_at,
                    raw_due_at=each.raw_due_at,
                    met_at=None if _was_only_fetched(each, so_far) else each.closed_at,
                    is_withdrawn=each.outcome is Outcome.WITHDRAWN,
                ),
            )


def _was_owed(duty: Deadline, facts: EpisodeFacts) -> bool:
    """Whether a duty that is withdrawn may be shown as one that is owed no longer: it was owed for a time, and no death
    ended it, of which not a word is said, in whichever absence.
    """
    is_by_death = facts.is_sealed or duty.closed_because == "deceased"
    return not is_by_death and duty.closed_at is not None and duty.closed_at > duty.base_at


def _was_only_fetched(duty: Deadline, so_far: datetime) -> bool:
    """Whether a duty was met by a notice being fetched since the last event that can change an entry.

    That somebody fetched something makes no entry anew: hundreds of times a second it would. So the entry shows it
    with whatever happens next, whether it was published then or is made again from the log.
    """
    return duty.closed_because in _BY_FETCHING and duty.closed_at is not None and duty.closed_at > so_far


def _told(proofs: Iterable[Proof], rules: ToldRules, seal: datetime | None) -> Iterable[tuple[Disclosure, ToldSummary]]:
    seats: dict[tuple[AgencyId, str], list[Proof]] = {}
    for each in sorted(proofs, key=lambda proof: (proof.stored_at, proof.notice)):
        if each.role != _STAND_DOWN and _before(each.stored_at, seal):
            seats.setdefault((each.recipient, each.desk), []).append(each)
    for notices in seats.values():
        roles = {each.role for each in notices} - _OWN_PURPOSES
        classes = {rules.classes.get(role) for role in roles}
        if not classes or None in classes:
            continue
        disclosure = max((each for each in classes if each is not None), key=list(Disclosure).index)
        for shown in {notices[0].notice: notices[0], notices[-1].notice: notices[-1]}.values():
            yield disclosure, _summary(shown, seal)


def _summary(proof: Proof, seal: datetime | None) -> ToldSummary:
    layer = None
    if _reached(proof.taken, seal):
        layer = Acknowledgement.TAKEN
    elif _reached(proof.opened, seal):
        layer = Acknowledgement.OPENED
    by_telephone = layer is None and _reached(proof.told_otherwise, seal)
    return ToldSummary(
        recipient=proof.recipient,
        desk=proof.desk,
        kind=proof.kind,
        told_at=proof.stored_at,
        means=Means.TELEPHONE if by_telephone else Means.HUB,
        layer=layer,
    )


class _Off:
    """Which calls that nobody has made need not be made any more, by what the desks themselves have seen."""

    def __init__(
        self, episode: Episode | None, proved: Sequence[Proof], seal: datetime | None, rules: DeliveryRules
    ) -> None:
        self._episode = episode
        self._proved = {proof.notice: proof for proof in proved}
        self._seal = seal
        self._rules = rules

    def holds(self, call: Call) -> bool:
        """Whether this one is off; of a sealed outcome, whether it was before."""
        if self._seal is None and self._episode is not None:
            is_seen = is_off(call, self._proved, self._episode, self._rules)
        else:
            unseen = None if call.unseen is None else self._proved.get(call.unseen)
            is_seen = unseen is not None and _reached(unseen.opened, self._seal)
        return is_seen or any(
            (proof.recipient, proof.desk) == call.seat
            and proof.stored_at >= call.asked_at
            and _reached(proof.opened, self._seal)
            for proof in self._proved.values()
        )


def _all_rung(calls: Iterable[Call]) -> Iterable[ToldSummary]:
    """Every call that was made, and once each desk that is still to be telephoned."""
    return dict.fromkeys(map(_rung, calls))


def _rung(call: Call) -> ToldSummary:
    """Somebody who is to be telephoned: `told_at` is None until somebody has."""
    agency, desk = call.seat
    return ToldSummary(
        recipient=agency,
        desk=desk,
        kind=NoticeKind.NEWS,
        told_at=None if call.answered is None else call.answered.at,
        means=Means.TELEPHONE,
        layer=None,
    )


def _told_place(told: ToldSummary) -> tuple[object, ...]:
    at = 0.0 if told.told_at is None else told.told_at.timestamp()
    return (told.told_at is not None, at, told.recipient, told.desk or "", told.kind)


def _reached(layer: Layer | None, seal: datetime | None) -> bool:
    return layer is not None and _before(layer.at, seal)


def _before(at: datetime, seal: datetime | None) -> bool:
    return seal is None or at < seal


def _sealed_at(state: ChildState, facts: EpisodeFacts) -> datetime | None:
    """When the hub accepted what sealed the outcome; None where nothing did."""
    if facts.sealed_from is None:
        return None
    sealing = [event.accepted_at for event in state.events if event.order >= facts.sealed_from]
    return min(sealing, default=facts.changed_at)


def _behind_protection(claims: Iterable[Statement]) -> frozenset[AgencyId]:
    """Agencies that only a protected field names, with the forces of protected areas."""
    secret: set[str] = set()
    known: set[str] = set()
    for claim in claims:
        is_protected = claim.disclosure is Disclosure.PROTECTED
        if not is_protected:
            known.add(claim.sender)
        if claim.field.rpartition(".")[2] in _PLACES:
            of = secret if is_protected else known
            of |= {claim.value, packaged_reference().force_of(claim.value) or claim.value}
    return frozenset(AgencyId(agency) for agency in secret - known)
