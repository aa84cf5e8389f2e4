"""The dry run of a change of rules: who would newly be told what, who no longer, and what would be owed.

The same events are gone through twice, once by each set of rules, and everything that each seat is told is compared.
Events come from scenarios or from the log of a hub; what was told then is left out, because that is what each set of
rules decides anew. A difference says fields and classes by name, and never a value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hub.deadlines import deadlines
from hub.directory import Directory
from hub.episode import fold
from hub.event import Event
from hub.ids import HUB, AgencyId, ChildId, EpisodeId, EventId, derived_id
from hub.reference import Reference
from hub.routing import told, unsent
from hub.rulebook import Rulebook
from hub.scenario.playing import Played
from hub.scenario.scene import is_about
from schemas.records import Acknowledged, AgencyKind, Ask, DeadlineRaised, Notice, Told

_HUBS_OWN: Final = (Told, DeadlineRaised, Acknowledged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One absence that the rules are tried on: where it comes from, and which it is there."""

    source: str
    episode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldOf:
    """Everything that one seat is told of one absence: fields with their class, what is asked, by which rows."""

    fields: frozenset[tuple[str, str]] = frozenset()
    asks: frozenset[str] = frozenset()
    urgencies: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one set of rules makes of one absence: who is told what, and which duties have which due times."""

    told: Mapping[tuple[AgencyId, str], ToldOf] = field(default_factory=dict)
    duties: Mapping[tuple[str, str], tuple[datetime, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a change of rules would change for one seat, or of one duty, in one absence.

    `what` is `newly_told`, `no_longer_told`, `told_more`, `told_less`, `told_otherwise` (other urgency or request),
    `newly_owed`, `no_longer_owed` or `other_due_time`. `fields` are names with their class; `rows` the rows of the
    rules that make the difference.
    """

    what: str
    case: Case
    who: AgencyId
    desk: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    asks: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    duty: str = ""
    due: tuple[datetime, ...] = ()
    due_before: tuple[datetime, ...] = ()


def outcomes_of(played: Played, source: str) -> dict[Case, Outcome]:
    """What was told and owed in a scenario, by absence."""
    hub = played.hub
    found: dict[Case, Outcome] = {}
    for child in hub.children:
        state = hub.state(child)
        notices = [sent.owed.notice for sent in hub.sent if is_about(sent, state)]
        rows = {sent.owed.notice.notice_id: sent.owed.row.basis for sent in hub.sent}
        for number, episode in enumerate(sorted(state.episodes, key=lambda one: (one.began_at, one.id)), 1):
            ids = {episode.id, *episode.aliases}
            about = [notice for notice in notices if EpisodeId(notice.episode_id) in ids]
            due: dict[tuple[str, str], tuple[datetime, ...]] = {}
            for one in deadlines(state, hub.rulebook.deadlines, hub.directory, hub.reference):
                if one.episode == episode.id and one.known_at <= played.scene.at:
                    for agency in one.owed_by or (AgencyId(""),):
                        due[agency, one.duty] = tuple(sorted((*due.get((agency, one.duty), ()), one.due_at)))
            name = f"{_name_of(played, child)}, absence {number}"
            found[Case(source=source, episode=name)] = Outcome(told=_told(about, rows), duties=due)
    return found


def outcomes_of_log(
    events: Iterable[Event], rulebook: Rulebook, directory: Directory, reference: Reference, since: datetime
) -> dict[Case, Outcome]:
    """What these rules would have told of one child, from its events; absences that ended before `since` are left out.

    Goes through the events in the order accepted, as the register does; what the clock raised is left out.
    """
    said = sorted((event for event in events if not isinstance(event.body, _HUBS_OWN)), key=_order)
    if not said:
        return {}
    child = said[0].child
    kept: list[Event] = []
    notices: list[Notice] = []
    rows: dict[str, str] = {}
    state = fold(child, kept)
    for event in said:
        kept.append(event)
        state = fold(child, kept)
        for cause, owed in unsent(state, directory, rulebook.routing, reference).items():
            notices += [one.notice for one in owed]
            rows.update((one.notice.notice_id, one.row.basis) for one in owed)
            for record in told(cause, owed, rulebook.routing, directory):
                kept.append(_told_event(kept, cause, record))
    found: dict[Case, Outcome] = {}
    for episode in state.episodes:
        if episode.ended_at is not None and episode.ended_at < since and episode.changed_at < since:
            continue
        ids = {episode.id, *episode.aliases}
        about = [notice for notice in notices if EpisodeId(notice.episode_id) in ids and notice.issued_at >= since]
        due: dict[tuple[str, str], tuple[datetime, ...]] = {}
        for one in deadlines(state, rulebook.deadlines, directory, reference):
            if one.episode == episode.id and one.due_at >= since:
                for agency in one.owed_by or (AgencyId(""),):
                    due[agency, one.duty] = tuple(sorted((*due.get((agency, one.duty), ()), one.due_at)))
        found[Case(source="log", episode=episode.id)] = Outcome(told=_told(about, rows), duties=due)
    return found


def changes(old: Mapping[Case, Outcome], new: Mapping[Case, Outcome]) -> tuple[Change, ...]:
    """What differs between the outcomes of two sets of rules, absence by absence."""
    found: list[Change] = []
    for case in dict.fromkeys((*old, *new)):
        before, after = old.get(case, Outcome()), new.get(case, Outcome())
        for seat in sorted({*before.told, *after.told}):
            found += _told_changes(case, seat, before.told.get(seat), after.told.get(seat))
        for duty in sorted({*before.duties, *after.duties}):
            found += _duty_changes(case, duty, before.duties.get(duty, ()), after.duties.get(duty, ()))
    return tuple(found)


def _told_changes(
    case: Case, seat: tuple[AgencyId, str], before: ToldOf | None, after: ToldOf | None
) -> Iterable[Change]:
    who, desk = seat
    if before is None and after is not None:
        yield Change(
            what="newly_told", case=case, who=who, desk=desk, fields=tuple(sorted(after.fields)),
            asks=tuple(sorted(after.asks)), rows=tuple(sorted(after.rows)),
        )  # fmt: skip
    elif after is None and before is not None:
        yield Change(
            what="no_longer_told", case=case, who=who, desk=desk, fields=tuple(sorted(before.fields)),
            asks=tuple(sorted(before.asks)), rows=tuple(sorted(before.rows)),
        )  # fmt: skip
    elif before is not None and after is not None:
        more, less = after.fields - before.fields, before.fields - after.fields
        rows = tuple(sorted(before.rows ^ after.rows))
        if more:
            yield Change(what="told_more", case=case, who=who, desk=desk, fields=tuple(sorted(more)), rows=rows)
        if less:
            yield Change(what="told_less", case=case, who=who, desk=desk, fields=tuple(sorted(less)), rows=rows)
        if before.asks != after.asks or before.urgencies != after.urgencies:
            asks = tuple(sorted(after.asks ^ before.asks))
            yield Change(what="told_otherwise", case=case, who=who, desk=desk, asks=asks, rows=rows)


def _duty_changes(
    case: Case, duty: tuple[str, str], before: tuple[datetime, ...], after: tuple[datetime, ...]
) -> Iterable[Change]:
    if before == after:
        return
    who, name = duty
    what = "newly_owed" if not before else "no_longer_owed" if not after else "other_due_time"
    yield Change(what=what, case=case, who=AgencyId(who), duty=name, due=after, due_before=before)


def _told(notices: Iterable[Notice], rows: Mapping[str, str]) -> dict[tuple[AgencyId, str], ToldOf]:
    found: dict[tuple[AgencyId, str], ToldOf] = {}
    for notice in notices:
        seat = (AgencyId(notice.recipient), notice.desk)
        before = found.get(seat, ToldOf())
        asked = frozenset({notice.asked_of_you}) if notice.ask is Ask.ACTION else frozenset()
        found[seat] = ToldOf(
            fields=before.fields | {(each.name, str(each.disclosure)) for each in notice.fields},
            asks=before.asks | asked,
            urgencies=before.urgencies | {str(notice.urgency)},
            rows=before.rows | frozenset(rows.get(notice.notice_id, "").split("; ")),
        )
    return found


def _told_event(kept: Iterable[Event], cause: str, record: Told) -> Event:
    by_id = {event.id: event for event in kept}
    of = by_id[EventId(cause)]
    identity = EventId(derived_id(cause, "dry run", str(len(by_id))))
    return Event(
        id=identity, child=of.child, claim=None, sender=HUB, sender_kind=AgencyKind.HUB, accepted_at=of.accepted_at,
        order=of.order, body=record,
    )  # fmt: skip


def _order(event: Event) -> tuple[int, datetime, str]:
    return event.order, event.accepted_at, event.id


def _name_of(played: Played, child: ChildId) -> str:
    for name in played.scenario.children:
        if any(state.child == child for state in played.scene.states_of(name)):
            return name
    return "a child"
