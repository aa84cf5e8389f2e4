"""An absence as it was known at some time: the fold of what had been accepted by then, as a line of the register.

It holds the classes of the register and no more (nothing protected, sealed or said in an interview), and of each
message all that it said, so that the timeline shows what was later said otherwise as well. Duties are counted by the
rules and the directory of today; who was told is as the log has it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from consumers import RegisterLine
from hub.deadlines import Deadline
from hub.delivery import Call, DeliveryRules, Proof
from hub.entry.course import course
from hub.entry.episode_facts import EpisodeFacts
from hub.entry.kept import kept_of_child
from hub.entry.register_entry import REGISTER_CLASSES, blocks
from hub.entry.statements import Statement
from hub.entry.view import said_of, view
from hub.episode.model import ChildState, Episode
from hub.event import Event
from schemas.records import ClaimedField, RegisterEntry

__all__ = ["is_child_of", "line_as_of"]


def line_as_of(
    state: ChildState,
    episode: Episode,
    *,
    deadlines: Sequence[Deadline],
    proofs: Iterable[Proof],
    calls: Iterable[Call],
    delivery_rules: DeliveryRules | None = None,
) -> RegisterLine:
    """One episode of a state, every class of the register open. The state is the fold of what was accepted by then."""
    plain = view(state, episode)
    its = course(
        state, plain.facts, plain.claims, deadlines=deadlines, proofs=proofs, calls=calls,
        delivery_rules=delivery_rules,
    )  # fmt: skip
    said = () if plain.facts.is_sealed else _everything_said(plain.facts, state, episode)
    entry = RegisterEntry(
        episode_id=episode.id,
        nation=episode.nation,
        status=plain.facts.status,
        sequence=episode.sequence,
        changed_at=episode.changed_at,
        key_id="",
    )
    shown = {
        disclosure: block
        if plain.facts.is_sealed
        else replace(block, claims=tuple(_claimed(one) for one in said if one.disclosure is disclosure))
        for disclosure, block in blocks(replace(plain, course=its)).items()
    }
    return RegisterLine(entry=entry, blocks=shown, held=frozenset())


def is_child_of(events: Iterable[Event], agency: str, child_ref: str) -> bool:
    """Whether an agency calls the child of these events so."""
    return any(event.sender == agency and getattr(event.body, "child_ref", None) == child_ref for event in events)


def _everything_said(facts: EpisodeFacts, state: ChildState, episode: Episode) -> tuple[Statement, ...]:
    said = said_of(facts, episode.standing, of_child=kept_of_child(state))
    return tuple(one for one in said if one.disclosure in REGISTER_CLASSES)


def _claimed(one: Statement) -> ClaimedField:
    return ClaimedField(
        agency=one.sender,
        sender_kind=one.sender_kind,
        field=one.field,
        value=one.value,
        occurred_at=one.occurred_at,
        recorded_at=one.recorded_at,
        accepted_at=one.accepted_at,
        message_id=one.event,
    )
