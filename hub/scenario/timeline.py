"""The timeline of a scenario in plain words: what happened, when the hub knew, who was told what, what is owed.

From the hub as it stands at the end: its events in the order accepted, the notices by cause, the duties by due time.
It adds nothing to what the hub holds, and is for people to read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from hub.deadlines import Deadline, Outcome, due_stage
from hub.entry.episode_facts import EpisodeFacts, episode_facts
from hub.episode.model import ChildState, Episode
from hub.event import Event
from hub.scenario.model import Said
from hub.scenario.playing import Played
from hub.scenario.scene import Aim, is_about
from hub.scenario.simulated import Sent
from hub.scenario.wording import Reader, listed
from hub.turns import is_turn, what_has_come
from schemas.records import (
    Acknowledged,
    Ask,
    DeadlineRaised,
    Disclosure,
    NoticeKind,
    PhaseKind,
    Record,
)

_LADDER = "delivery."


class What(StrEnum):
    """What a line of the timeline is about."""

    SAID = "said"
    RAISED = "raised"
    TOLD = "told"
    ACKNOWLEDGED = "acknowledged"
    OWED = "owed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: when, what, about which child of the file, in which words, and at which line of the file it stands."""

    at: datetime
    what: What
    child: str
    text: str
    line: int | None = None


def timeline(played: Played) -> tuple[Line, ...]:
    """What was said, raised, told and read, in the order of its times; what is owed comes from `owed_lines`."""
    reader = _reader(played)
    lines = list(_said(played, reader))
    for child, state in _states(played):
        lines += _events(played, child, state, reader)
        lines += _told(played, child, state, reader)
    order = list(What)
    return tuple(sorted(lines, key=lambda line: (line.at, order.index(line.what), line.line or 0)))


def owed_lines(played: Played) -> tuple[Line, ...]:
    """Every duty as it stands at the end, by due time."""
    reader = _reader(played)
    lines = []
    for child, state in _states(played):
        for deadline in played.hub.deadlines(state.child):
            if deadline.known_at <= played.scene.at and not deadline.duty.startswith(_LADDER):
                text = _duty_words(deadline, state, reader, played.scene.at)
                lines.append(Line(at=deadline.due_at, what=What.OWED, child=child, text=text))
    return tuple(sorted(lines, key=lambda line: (line.child, line.at, line.text)))


def register_lines(played: Played) -> tuple[str, ...]:
    """Every absence as the register has it at the end."""
    reader = _reader(played)
    return tuple(
        f"{child}, absence {number}: {_episode_words(episode, episode_facts(state, episode), reader)}"
        for child in played.scenario.children
        for number, (state, episode) in enumerate(played.scene.episodes(Aim(child=child)), 1)
    )


def _reader(played: Played) -> Reader:
    return Reader(clock=played.scenario.clock, agencies=played.scenario.agencies, near=None)


def _states(played: Played) -> Iterator[tuple[str, ChildState]]:
    seen = set()
    for child in played.scenario.children:
        for state in played.scene.states(Aim(child=child)):
            if state.child not in seen:
                seen.add(state.child)
                yield child, state


def _said(played: Played, reader: Reader) -> Iterator[Line]:
    for step in played.scenario.steps:
        if isinstance(step, Said):
            sender = reader.words(step.sender)
            text = f"{sender}: {_record_words(step.message, reader)}"
            yield Line(at=step.at, what=What.SAID, child=step.child, text=text, line=step.line)


def _events(played: Played, child: str, state: ChildState, reader: Reader) -> Iterator[Line]:
    notices = {sent.owed.notice.notice_id: sent for sent in played.hub.sent}
    for event in state.events:
        body = event.body
        if is_turn(event):
            yield Line(at=event.accepted_at, what=What.RAISED, child=child, text=f"the clock: {_turn_words(event)}")
        elif isinstance(body, DeadlineRaised) and not body.duty.startswith(_LADDER):
            who = reader.words(body.owed_by) if body.owed_by else "nobody known"
            text = f"the clock: {_plain(body.duty)} is {body.stage} ({who}, due {reader.words(body.due_at)})"
            yield Line(at=event.accepted_at, what=What.RAISED, child=child, text=text)
        elif isinstance(body, DeadlineRaised):
            text = f"the clock: {_step_words(body, notices, reader)}"
            yield Line(at=event.accepted_at, what=What.RAISED, child=child, text=text)
        elif isinstance(body, Acknowledged):
            yield Line(at=event.accepted_at, what=What.ACKNOWLEDGED, child=child, text=_read_words(event, body, reader))


def _turn_words(event: Event) -> str:
    """That a time has come at which others are told, or no longer."""
    name, _, _ = what_has_come(event).partition(".")
    return f"who is told changes with the time ({_plain(name)})"


def _step_words(body: DeadlineRaised, notices: dict[str, Sent], reader: Reader) -> str:
    """A step of a ladder: of which notice, to whom."""
    notice, _, step = body.duty.removeprefix(_LADDER).partition(".")
    sent = notices.get(notice)
    if sent is None:
        return f"a notice is followed up ({step})"
    seat = reader.seat_words(sent.owed.recipient, sent.owed.notice.desk)
    return f"the notice to {seat} of {reader.words(sent.at)} is followed up (step {step})"


def _read_words(event: Event, body: Acknowledged, reader: Reader) -> str:
    role = f" ({body.role})" if body.role and body.role != "duty" else ""
    number = len(body.pairs)
    return f"{reader.words(event.sender)}{role} has {body.layer} {number} notice{'s' if number > 1 else ''}"


def _told(played: Played, child: str, state: ChildState, reader: Reader) -> Iterator[Line]:
    """One line for everybody who was told the same at the same moment."""
    alike: dict[tuple[datetime, str], list[str]] = {}
    for sent in played.hub.sent:
        if is_about(sent, state):
            notice = sent.owed.notice
            seat = reader.seat_words(notice.recipient, notice.desk)
            alike.setdefault((sent.at, _notice_words(sent, reader)), []).append(seat)
    for (at, text), seats in alike.items():
        yield Line(at=at, what=What.TOLD, child=child, text=f"told {listed(sorted(seats))}: {text}")


def _notice_words(sent: Sent, reader: Reader) -> str:
    notice = sent.owed.notice
    classes = {field.disclosure for field in notice.fields}
    order = [one for one in Disclosure if one in classes]
    if notice.kind is NoticeKind.WITHDRAWAL:
        within = f" [withdrawn: {', '.join(notice.withdrawn_fields)}]"
    else:
        within = f" [{', '.join(map(str, order))}]" if order else " [no field]"
    asked = ""
    if notice.ask is Ask.ACTION:
        due = f" by {reader.words(notice.due_at)}" if notice.due_at else ""
        asked = f" Asked{due}: {notice.asked_of_you}"
    return f"{notice.kind}, {notice.urgency}: {notice.what_happened}{asked}{within}"


def _record_words(record: Record, reader: Reader) -> str:
    """A message by its name, with the fields that a reader of the timeline looks for."""
    left_out = {
        "child_ref", "episode_ref", "recorded_at", "occurred_at", "person", "external_refs", "contact", "on_behalf_of",
        "care_status", "authority_roles", "SCHEMA_NAME",
    }  # fmt: skip
    said = [f"{_plain(name)} {_value_words(value, reader)}" for name, value in _given(record) if name not in left_out]
    return f"{record.SCHEMA_NAME}" + (f" ({'; '.join(said)})" if said else "")


def _given(record: Record) -> Iterator[tuple[str, object]]:
    """The fields that say something."""
    for each in fields(record):  # type: ignore[arg-type]
        value = getattr(record, each.name)
        if value not in (None, (), False) and str(value) != "unknown":
            yield each.name, value


def _value_words(value: object, reader: Reader) -> str:
    if isinstance(value, Record):
        return " ".join(_value_words(one, reader) for name, one in _given(value) if name != "SCHEMA_NAME")
    if isinstance(value, tuple):
        return ", ".join(_value_words(one, reader) for one in value)
    return reader.words(value)


def _episode_words(episode: Episode, facts: EpisodeFacts, reader: Reader) -> str:
    phases = "; ".join(
        f"{_short(each.kind)} {reader.words(each.began_at)} to "
        f"{reader.words(each.ended_at) if each.ended_at else 'now'}"
        for each in facts.phases
        if each.began_at is not None
    )
    ended = f", ended {reader.words(facts.ended_at)}" if facts.ended_at else ""
    risk = f", risk {episode.risk.grade}"
    return f"{facts.status}, began {reader.words(episode.began_at)}{ended}{risk}; {phases or 'no phase'}"


def _short(kind: PhaseKind) -> str:
    return {PhaseKind.MISSING: "M", PhaseKind.AWAY: "A"}.get(kind, str(kind))


def _duty_words(deadline: Deadline, state: ChildState, reader: Reader, now: datetime) -> str:
    number = sorted(state.episodes, key=lambda one: (one.began_at, one.id))
    place = next((place for place, one in enumerate(number, 1) if one.id == deadline.episode), 0)
    who = listed(reader.words(agency) for agency in deadline.owed_by) if deadline.owed_by else "nobody known"
    raw = f" (without pauses {reader.words(deadline.raw_due_at)})" if deadline.raw_due_at != deadline.due_at else ""
    if deadline.outcome is Outcome.OPEN:
        stage = due_stage(deadline, now)
        stands = f"open, {stage}" if stage else "open"
    else:
        because = f", {_plain(deadline.closed_because)}" if deadline.closed_because else ""
        when = f" {reader.words(deadline.closed_at)}" if deadline.closed_at else ""
        stands = f"{_plain(str(deadline.outcome))}{when}{because}"
    flags = f" (flagged: {', '.join(_plain(each) for each in deadline.oddities)})" if deadline.oddities else ""
    due = reader.words(deadline.due_at)
    return f"absence {place}: {_plain(deadline.duty)}, {who}, due {due}{raw}: {stands}{flags}"


def _plain(word: str) -> str:
    return word.replace("_", " ")


__all__ = ["Line", "What", "owed_lines", "register_lines", "timeline"]
