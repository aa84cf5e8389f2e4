"""Who is owed a notice that they have not been told: level, not edge.

For every desk that some row of the rules entitles, what it should know of an episode is compared with what `Told`
says it knows; the difference is one notice. Nothing is owed because an event arrived: the same state gives the same
notices under the same ids, whatever triggered the computation, and once `Told` is folded nothing more is owed. The
shell asks as of each event in the order accepted, folding `Told` before the next; a repeat after a crash is asked as
of the repeated event, and finds the same.

Rules kept here:

1. A desk's first notice of an episode is `news`, later ones are `update`, and what it should no longer hold is a
   `withdrawal` that names fields and never values. A second report of an absence is never news again.
2. The cause of a notice is the latest message or decision of the state as of which it is owed, or the event by which
   the clock raised what it speaks of; its id derives from that cause, the content and the recipient, so that no two
   contents ever stand under one id.
3. An agency that said something itself is not told it, unless it was told otherwise since, or others have changed it.
4. A sealed outcome (an exclusion, a death) reads the same whatever it is: one neutral notice, then nothing.
5. Whoever cannot be reached is telephoned: the owner gets an action, never a silence.
6. Of a message that is about an earlier one of its sender, and of none that the hub knows, its sender is told, and
   nobody else (`hub.routing.unfound`).
7. While the events of a claim are still on their way here from another child, nothing is said of an episode that has
   some of them: what was told travels with them, and would else be told again. Nor of a child half decided about.

`now` is not asked for: an action's time counts from the accepted time of its cause.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain, groupby
from typing import Final, NewType

from hub.deadlines import DeadlineRules
from hub.delivery.rules import DeliveryRules, packaged_delivery_rules
from hub.directory import Directory
from hub.entry.view import EpisodeView, view
from hub.episode.model import ChildState, Episode
from hub.ids import EpisodeId
from hub.reference import Reference
from hub.routing.calls import Calls
from hub.routing.case import case_of
from hub.routing.clock import Clock
from hub.routing.differences import Differences
from hub.routing.entitlement import acting_at, entitlements
from hub.routing.knowledge import knowledge
from hub.routing.level import Levels
from hub.routing.notices import Desk
from hub.routing.reach import caller_of, is_reached, notices_for
from hub.routing.recipients import Recipients
from hub.routing.rows import Rules
from hub.routing.setting import Setting
from hub.routing.unfound import unfound_notices
from hub.routing.writing import OwedNotice
from schemas.records import Told, ToldRow

__all__ = ["Cause", "OwedNotice", "owed", "told", "unsent"]

Cause = NewType("Cause", str)
"""A fact of the state: the id of an event of the set, or of a deadline."""

_MOST_ROWS: Final = 200
"""The cap of `Told.rows`."""
_MOST_BYTES: Final = 150_000
"""What the rows of one `Told` may come to: an event holds 200,000 bytes."""
_BESIDE_A_TEXT: Final = 4
_BESIDE_A_ROW: Final = 700
"""Bytes of a row besides its lists and its basis, at the most."""


def owed(
    state: ChildState,
    directory: Directory,
    rules: Rules,
    reference: Reference,
    *,
    views: Mapping[EpisodeId, EpisodeView] | None = None,
    only: Collection[EpisodeId] | None = None,
    deadline_rules: DeadlineRules | None = None,
    delivery_rules: DeliveryRules | None = None,
) -> tuple[OwedNotice, ...]:
    """Every notice that some desk should have and was not told of, sorted by recipient.

    `views` saves making the views of episodes anew where the caller has them; `only` leaves out the episodes that no
    event of interest bears on. Neither changes what is owed for an episode, or of a message. The rules of deadlines
    and of delivery are the packaged ones if None; those of deadlines are asked only where the clock has raised
    something.
    """
    clock = Clock.of(state, directory, reference, deadline_rules, delivery_rules)
    found = [
        notice
        for episode in state.episodes
        if (only is None or episode.id in only) and state.is_whole(episode)
        for notice in _owed_for(state, episode, directory, rules, reference, views or {}, clock, delivery_rules)
    ]
    found += unfound_notices(state, directory, rules, delivery_rules or packaged_delivery_rules())
    return tuple(sorted(found, key=lambda one: (one.recipient, one.notice.desk, one.id)))


def unsent(
    state: ChildState,
    directory: Directory,
    rules: Rules,
    reference: Reference,
    *,
    views: Mapping[EpisodeId, EpisodeView] | None = None,
    only: Collection[EpisodeId] | None = None,
    deadline_rules: DeadlineRules | None = None,
    delivery_rules: DeliveryRules | None = None,
) -> dict[Cause, tuple[OwedNotice, ...]]:
    """What is owed and not yet told, by cause. Empty once `Told` is folded."""
    by_cause: dict[Cause, list[OwedNotice]] = {}
    for notice in owed(
        state, directory, rules, reference, views=views, only=only, deadline_rules=deadline_rules,
        delivery_rules=delivery_rules,
    ):  # fmt: skip
        if notice.id not in state.told:
            by_cause.setdefault(Cause(notice.cause), []).append(notice)
    return {cause: tuple(notices) for cause, notices in by_cause.items()}


def told(cause: Cause, notices: Iterable[OwedNotice], rules: Rules, directory: Directory) -> tuple[Told, ...]:
    """The events that say these were sent: to be appended once the broker has acknowledged every one of them.

    Nearly always one; more where one has no room for all, of which none parts what one desk is told.
    """
    desks = (tuple(some) for _, some in groupby(notices, key=lambda one: (one.recipient, one.notice.desk)))
    return tuple(
        Told(
            cause=cause,
            rows=tuple(one.row for one in together),
            rules_version=rules.version,
            directory_version=directory.version,
        )
        for together in _with_room(desks)
    )


def _with_room(desks: Iterable[Sequence[OwedNotice]]) -> Iterator[list[OwedNotice]]:
    """The notices of as many desks together as one event has room for."""
    together: list[OwedNotice] = []
    room = _MOST_BYTES
    for some in chain.from_iterable(map(_whole, desks)):
        size = sum(_size(one.row) for one in some)
        if together and (len(together) + len(some) > _MOST_ROWS or size > room):
            yield together
            together, room = [], _MOST_BYTES
        together += some
        room -= size
    if together:
        yield together


def _whole(desk: Sequence[OwedNotice]) -> Iterable[Sequence[OwedNotice]]:
    """What one desk is told, whole; notice by notice where that alone has no room."""
    fits = len(desk) <= _MOST_ROWS and sum(_size(one.row) for one in desk) <= _MOST_BYTES
    return (desk,) if fits else tuple((one,) for one in desk)


def _size(row: ToldRow) -> int:
    """At most so many bytes."""
    texts = sum(len(text.encode()) + _BESIDE_A_TEXT for text in (*row.points, *row.fields))
    return texts + len(row.basis.encode()) + _BESIDE_A_ROW


def _owed_for(
    state: ChildState,
    episode: Episode,
    directory: Directory,
    rules: Rules,
    reference: Reference,
    views: Mapping[EpisodeId, EpisodeView],
    clock: Clock | None,
    delivery: DeliveryRules | None,
) -> Iterator[OwedNotice]:
    case = case_of(state, episode, views.get(episode.id) or view(state, episode))
    recipients = Recipients(case, directory, reference)
    entitled = entitlements(case, recipients, rules, directory)
    knows = knowledge(case)
    reached = cache(partial(is_reached, case, directory))
    levels = Levels(case, rules)
    found = Differences(case, entitled, knows, levels, rules, reached=reached)
    caller = cache(
        partial(caller_of, case=case, entitled=entitled, recipients=recipients, reached=reached, directory=directory)
    )
    delivery = delivery or packaged_delivery_rules()
    desk = Desk(case, directory, rules, reference, delivery, entitled.barred)
    calls = Calls(desk, directory, rules, delivery)
    yield from notices_for(desk, found, knows, caller, reached, entitled, calls)
    if clock is not None:
        setting = Setting(
            desk=desk, entitled=entitled, recipients=recipients, levels=levels, knows=knows, rules=rules,
            reached=reached, caller=caller, calls=calls, acting=partial(acting_at, directory=directory),
        )  # fmt: skip
        yield from clock.notices(setting)
