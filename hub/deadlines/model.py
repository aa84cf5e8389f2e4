"""What a duty with a due time is, as values: the deadline, its pauses, how it ended, and what was raised of it.

Nothing is decided here. Times are aware UTC. `raw_due_at` is the due time without pauses, `due_at` the one that counts;
both are always shown, so that a pause can never hide a delay. None of it depends on what the time is now: the stages
that do are asked of `hub.deadlines.stages`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NewType

from hub.ids import AgencyId, ChildId, EpisodeId, EventId, derived_id
from schemas.records import Ask, DeadlineStage, Disclosure, RiskGrade

DeadlineId = NewType("DeadlineId", str)
"""Which duty: derived from the episode, the duty and the event that it counts from, so a new due time keeps it."""


class Outcome(StrEnum):
    """How a duty stands."""

    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    WITHDRAWN = "withdrawn"
    """What it rested on is over or was wrong; nobody failed it by that."""


class Oddity(StrEnum):
    """What is odd about a duty, mostly about its times: kept and flagged, never a reason to drop it."""

    CLOSED_BEFORE_BASE = "closed_before_base"
    """What closes it happened before it began, such as an interview before the return."""
    BEFORE_ABSENCE = "before_absence"
    """What would close it is said to be of this absence, and was done before that began: it is owed all the same."""
    STATED_AHEAD = "stated_ahead"
    """A past event was stated to lie after its acceptance; it counts from the acceptance."""
    SEVERAL_RETURNS = "several_returns"
    """Agencies tell of more than one return of this absence, or give different times for it."""
    ENDED_UNSEEN = "ended_unseen"
    """The return is only implied by a later absence: it counts from the latest moment at which it can have been."""
    TRIED = "tried"
    """Somebody recorded that it could not be done, or not yet: it is owed all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What one deadline counts from. `at` never lies after acceptance, unless it lies ahead by nature.

    `about` tells several deadlines of one duty and event apart (a flag, an order). `agencies` are those the base itself
    names. `grade` is the risk it stands on, where it has one of its own. `stated` is a time that the message itself
    asks for. `said_at` is when the hub heard of a base that lies ahead: from then on it can be soon. `oddities` as in
    `Deadline`.
    """

    event: EventId
    at: datetime
    about: str = ""
    agencies: tuple[AgencyId, ...] = ()
    grade: RiskGrade | None = None
    stated: datetime | None = None
    said_at: datetime | None = None
    oddities: frozenset[Oddity] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something that closes a duty happened, and the event that says so."""

    at: datetime
    event: EventId


def earliest(moments: Iterable[Moment]) -> Moment | None:
    """The first of them; None of none."""
    return min(moments, key=lambda moment: (moment.at, moment.event), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch in which a duty could not be done. `ended` is None while it lasts; `why` is a word of the rules."""

    began: datetime
    ended: datetime | None
    why: str
    event: EventId


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """One duty of one episode: who owes it, since when, by when, and how it stands.

    While a pause lasts, `due_at` is the due time as if it ended at once, and no further stage is reached. A duty whose
    `base_at` lies ahead exists only if nothing happens until then, unless it lies ahead by nature: `known_at` is from
    when it can be shown. `owed_by` is empty where nobody is known to owe it.
    `closed_because` is the word of the rules that closed it: declined, for example, is told apart from held by it.
    """

    episode: EpisodeId
    child: ChildId
    duty: str
    says: str
    about: str
    owed_by_role: str
    owed_by: tuple[AgencyId, ...]
    base: str
    base_event: EventId
    base_at: datetime
    known_at: datetime
    due_at: datetime
    raw_due_at: datetime
    soon_at: datetime
    overdue_at: datetime
    pauses: tuple[Pause, ...]
    outcome: Outcome
    closed_at: datetime | None
    closed_by: EventId | None
    closed_because: str | None
    oddities: tuple[Oddity, ...]
    source: str
    disclosure: Disclosure
    ask: Ask
    is_telephoned: bool = True
    """Whether whoever owes it and cannot be reached is rung: always of an action, of information if its row says so."""

    @cached_property
    def id(self) -> DeadlineId:
        """Which duty this is: the same for the same absence, duty, base event and subject, whatever its times."""
        return DeadlineId(derived_id(self.episode, f"deadline:{self.duty}:{self.base}:{self.base_event}", self.about))

    @property
    def is_open(self) -> bool:
        """True while it is owed."""
        return self.outcome is Outcome.OPEN

    @property
    def paused_since(self) -> datetime | None:
        """Since when it does not run; None while it runs, or once it is closed."""
        if self.outcome is not Outcome.OPEN or not self.pauses or self.pauses[-1].ended is not None:
            return None
        return self.pauses[-1].began


def at_one_moment(  # noqa: PLR0913 - each by its name
    *,
    episode: EpisodeId,
    child: ChildId,
    duty: str,
    at: datetime,
    base_event: EventId,
    source: str,
    base: str = "",
    base_at: datetime | None = None,
    owed_by_role: str = "",
    owed_by: tuple[AgencyId, ...] = (),
    ask: Ask = Ask.INFORMATION,
) -> Deadline:
    """What the clock watches beside duties: its one stage, overdue, is reached at one moment.

    It counts from that moment, and nobody owes it, unless `base` and `base_at` or `owed_by` are given.
    """
    counted_from = at if base_at is None else base_at
    return Deadline(
        episode=episode,
        child=child,
        duty=duty,
        says="",
        about="",
        owed_by_role=owed_by_role,
        owed_by=owed_by,
        base=base,
        base_event=base_event,
        base_at=counted_from,
        known_at=counted_from,
        due_at=at,
        raw_due_at=at,
        soon_at=at,
        overdue_at=at,
        pauses=(),
        outcome=Outcome.OPEN,
        closed_at=None,
        closed_by=None,
        closed_because=None,
        oddities=(),
        source=source,
        disclosure=Disclosure.ROUTING,
        ask=ask,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A stage that the clock raised and that is still true: the event that says so, and the duty as it stands now."""

    event: EventId
    accepted_at: datetime
    stage: DeadlineStage
    deadline: Deadline
