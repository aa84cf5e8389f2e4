"""A night with a clock: the worker's loop, and before every message whatever the clock raises until then."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime

from hub.deadlines import Deadline, deadlines, next_change, packaged_deadline_rules, raised_id, to_raise
from hub.directory import Directory
from hub.entry.view import EpisodeView, view
from hub.episode import fold
from hub.episode.model import ChildState
from hub.episode.told import with_told
from hub.event import Event
from hub.ids import HUB, AgencyId, EpisodeId
from hub.routing import ladder_deadlines, turning_points
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    AgencyKind,
    Contact,
    DeadlineRaised,
    DutyRow,
    Notice,
    NoticeRef,
    Record,
    Told,
    Weekday,
)
from tests.unit.routing.world import REFERENCE, RULES, Night, joined, kind_of, local

OUT_OF_HOURS = AgencyId("edt-pennine")
_SAYS_NO_FIELD = (Acknowledged, DeadlineRaised, Told)
WORKING_DAYS = (Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY)


def day_row(number: str = "01 day") -> DutyRow:
    """A duty desk on working days from nine to five."""
    return DutyRow(
        role="duty", days=WORKING_DAYS, hours_from="09:00", hours_to="17:00", calendar="england",
        contact=Contact(role="duty team", telephone=number),
    )  # fmt: skip


def night_rows(*councils: AgencyId) -> tuple[DutyRow, ...]:
    """An out-of-hours team that acts for councils: nights from five to nine, weekends and bank holidays all day."""
    known = {"role": "duty", "calendar": "england", "acts_for": councils}
    return (
        DutyRow(hours_from="17:00", hours_to="09:00", contact=Contact(telephone="02 night"), **known),  # type: ignore[arg-type]
        DutyRow(
            hours_from="00:00", hours_to="00:00",
            days=(Weekday.SATURDAY, Weekday.SUNDAY, Weekday.BANK_HOLIDAY), **known,  # type: ignore[arg-type]
        ),
    )  # fmt: skip


def with_rota(directory: Directory, *councils: AgencyId) -> Directory:
    """A directory in which these councils have a day team, and one out-of-hours team acts for all of them."""
    for council in councils:
        directory = directory.with_entry(joined(council, duty=(day_row(),), version=2))
    team = joined(OUT_OF_HOURS, name="Pennine out of hours", kind=AgencyKind.AUTHORITY, duty=night_rows(*councils))
    return directory.with_entry(team)


@dataclass
class ClockedNight(Night):
    """A night in which time passes. `raised` is what the clock has said.

    That nothing is owed once `Told` is folded is checked at the end of every stretch of time, from the whole log;
    between two moments the state goes on with what was told, as a worker's does.
    """

    checks: bool = False
    is_out: bool = False
    """Whether the clock is out: nothing is raised."""
    dies: bool = False
    """Whether the worker dies before it sends what is owed."""
    now: datetime = field(default_factory=lambda: local("1 Jan 00:00"))
    raised: list[Event] = field(default_factory=list)
    _known: tuple[int, ChildState] | None = None
    _due: tuple[int, tuple[Deadline, ...]] | None = None
    _views: tuple[int, dict[EpisodeId, EpisodeView]] | None = None

    def hears(self, when: str | datetime, sender: AgencyId, body: Record) -> list[Notice]:
        """One message is accepted, after what the clock raised until then; what the message caused to be sent."""
        accepted = when if isinstance(when, datetime) else local(when)
        if self.events and accepted > self.now:
            self.until(accepted)
        self.now = accepted
        found = super().hears(accepted, sender, body)
        self._raise()
        return found

    def until(self, when: str | datetime) -> list[Notice]:
        """Time passes; what was sent because of it."""
        end = when if isinstance(when, datetime) else local(when)
        before = len(self.inbox)
        while not self.is_out:
            changes = [next_change(each, self.now) for each in self.duties()]
            upcoming = min((at for at in changes if at is not None and at <= end), default=None)
            if upcoming is None:
                break
            self.now = upcoming
            self._raise()
        self.now = end
        self._known = None
        assert self.is_out or self.dies or not self.owed(), "once Told is folded, nothing more is owed"
        return self.inbox[before:]

    def after_an_outage(self, when: str) -> list[Notice]:
        """The clock was out until this time, and raises what is true then."""
        before = len(self.inbox)
        self.now = local(when)
        self._raise()
        return self.inbox[before:]

    @property
    def state(self) -> ChildState:
        """The fold of everything so far, made once for as many events."""
        if self._known is None or self._known[0] != len(self.events):
            self._known = (len(self.events), fold(self.child, self.events))
        return self._known[1]

    def views(self) -> dict[EpisodeId, EpisodeView]:
        """Views of the episodes, made once for as many messages: of what the hub itself says no field is read."""
        said = sum(not isinstance(event.body, _SAYS_NO_FIELD) for event in self.events)
        if self._views is None or self._views[0] != said:
            state = self.state
            self._views = (said, {episode.id: view(state, episode) for episode in state.episodes})
        return self._views[1]

    def duties(self) -> tuple[Deadline, ...]:
        """Every duty and every step of a ladder, as the clock sees them; made once for as many events."""
        if self._due is None or self._due[0] != len(self.events):
            state = self.state
            found = (
                *deadlines(state, packaged_deadline_rules(), self.directory, REFERENCE),
                *ladder_deadlines(state, self.directory, RULES, REFERENCE, views=self.views()),
                *turning_points(state, RULES),
            )
            self._due = (len(self.events), found)
        return self._due[1]

    def acknowledges(
        self, when: str, sender: AgencyId, notices: list[Notice], layer: Acknowledgement, role: str = "duty"
    ) -> None:
        """Somebody says how far it came with notices, at a local time."""
        self.acknowledges_at(local(when), sender, notices, layer, role)

    def acknowledges_at(
        self, when: datetime, sender: AgencyId, notices: list[Notice], layer: Acknowledgement, role: str = "duty"
    ) -> None:
        """The same, at any time."""
        pairs = tuple(NoticeRef(notice_id=one.notice_id, episode_id=one.episode_id) for one in notices)
        self.hears(when, sender, Acknowledged(pairs=pairs, layer=layer, role=role))

    def settle(self) -> None:
        """Send what is owed, and say so; unless the worker is dead."""
        if not self.dies:
            super().settle()

    def has_told(self, before: ChildState, words: Sequence[Event]) -> None:
        """The state with these words in it, without folding everything again."""
        self._known = (len(self.events), with_told(before, words))

    def _raise(self) -> None:
        if self.is_out:
            return
        raised = [self._said_by_clock(record) for record in to_raise(self.state, self.duties(), self.now)]
        if raised:
            self.events += raised
            self.raised += raised
            self.settle()

    def _said_by_clock(self, record: DeadlineRaised) -> Event:
        newest = max(self.events, key=lambda event: event.order)
        return Event(
            id=raised_id(EpisodeId(record.episode_id), record.duty, record.due_at, record.stage),
            child=self.child,
            claim=None,
            sender=HUB,
            sender_kind=kind_of(HUB),
            accepted_at=self.now,
            order=newest.order,
            body=record,
        )


def copied(night: ClockedNight) -> ClockedNight:
    """The same night, to go on with: what is told in the copy is not told in the first."""
    return replace(
        night,
        events=list(night.events),
        inbox=list(night.inbox),
        raised=list(night.raised),
        orders=copy(night.orders),
    )
