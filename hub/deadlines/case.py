"""One episode as the rules of deadlines look at it: the fold's facts, sorted once, and what its child's state shares.

It answers questions that several words of the rules ask (who said what, when the child was missing, what was told to
whom) and decides nothing about any duty.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final, TypeVar, cast

from hub.deadlines.calendars import LONDON
from hub.deadlines.model import Moment, Pause
from hub.deadlines.whereabouts import stretches
from hub.directory import Directory
from hub.episode.circumstances import is_exploited, is_looked_after
from hub.episode.model import ChildState, Episode, Phase, Report, ToldFact
from hub.episode.times import happened_at
from hub.event import Event
from hub.ids import AgencyId, EpisodeId, EventId, NoticeId
from hub.reference import Reference
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    AgencyKind,
    Answer,
    EpisodeStatus,
    MissingAmended,
    Nation,
    OwnershipKind,
    OwnershipStep,
    OwnershipTransferred,
    PhaseKind,
    Record,
    ReportedStatus,
    StrategyDecision,
    StrategyDecisionRecorded,
)

_RecordT = TypeVar("_RecordT", bound=Record)
_ADULT_YEARS: Final = 18


class ChildCase:
    """What the episodes of one child share, each computed when it is first asked for."""

    def __init__(self, state: ChildState, directory: Directory, reference: Reference) -> None:
        self.state = state
        self.directory = directory
        self.reference = reference
        self._nations: dict[AgencyId, Nation] = {}

    @cached_property
    def by_id(self) -> dict[EventId, Event]:
        """All standing events by id."""
        return {event.id: event for event in self.state.standing}

    @cached_property
    def as_of(self) -> datetime | None:
        """The latest accepted time of anything about the child; the nearest thing to a present that there is."""
        return max((event.accepted_at for event in self.state.events), default=None)

    @cached_property
    def dead(self) -> Episode | None:
        """The episode in which the child was found dead, if it was."""
        return next((episode for episode in self.state.episodes if episode.death is not None), None)

    @cached_property
    def adult_from(self) -> datetime | None:
        """The beginning of the 18th birthday in local time (aware); None where no birthday is known."""
        return adult_from(self.state.born)

    @cached_property
    def told(self) -> dict[EpisodeId, list[ToldFact]]:
        """What was told of each episode, by its present id; what belongs to another child now is left out."""
        found: dict[EpisodeId, list[ToldFact]] = {}
        superseded = self.state.superseded
        for fact in self.state.told.values():
            if not fact.has_departed:
                named = EpisodeId(fact.row.episode_id)
                found.setdefault(superseded.get(named, named), []).append(fact)
        return found

    @cached_property
    def acknowledged(self) -> dict[NoticeId, list[tuple[AgencyId, datetime]]]:
        """Who said of which notice that it was fetched, opened or taken, and when the hub accepted that."""
        found: dict[NoticeId, list[tuple[AgencyId, datetime]]] = {}
        for event in self.state.events:
            if isinstance(event.body, Acknowledged) and event.body.layer is not Acknowledgement.UNKNOWN:
                for pair in event.body.pairs:
                    found.setdefault(NoticeId(pair.notice_id), []).append((event.sender, event.accepted_at))
        return found

    @cached_property
    def stretches(self) -> dict[str, list[Pause]]:
        """When the child could not be seen for another reason than being missing, by reason."""
        return stretches(self.state.standing)

    @cached_property
    def gave_up_care(self) -> list[tuple[AgencyId, datetime]]:
        """Each authority from which another accepted the duty of care in writing, and until when it had it."""
        return [
            (AgencyId(event.body.from_agency), event.accepted_at)
            for event in self.state.standing
            if isinstance(event.body, OwnershipTransferred)
            and event.body.kind is OwnershipKind.CARE_DUTY
            and event.body.step is OwnershipStep.ACCEPTED
            and event.body.in_writing is Answer.YES
            and event.sender == event.body.to_agency
        ]

    @cached_property
    def strategy_decisions(self) -> list[Moment]:
        """Every strategy decision about the child, whichever absence its message lies in, in the order of time."""
        found = [
            Moment(at=happened_at(event), event=event.id)
            for event in self.state.standing
            if isinstance(event.body, StrategyDecisionRecorded) and event.body.decision is not StrategyDecision.UNKNOWN
        ]
        return sorted(found, key=lambda moment: (moment.at, moment.event))

    @cached_property
    def counted(self) -> list[datetime]:
        """When each counted absence with a missing phase began, in order."""
        return sorted(episode.began_at for episode in self.state.episodes if episode.counts_as_repeat)

    def times_missing(self, until: datetime, within: timedelta) -> int:
        """How many counted absences began within the window that ends with `until`, itself included."""
        return sum(timedelta(0) <= until - began <= within for began in self.counted)

    def nation_of(self, agency: AgencyId) -> Nation:
        """The nation whose rules and bank holidays hold for an agency, by directory, official list or code."""
        known = self._nations.get(agency)
        if known is None:
            known = self._nations[agency] = self._nation_of(agency)
        return known

    def _nation_of(self, agency: AgencyId) -> Nation:
        entry = self.directory.agency(agency)
        if entry is not None and entry.nation is not Nation.UNKNOWN:
            return entry.nation
        listed = self.reference.authorities.get(agency) or self.reference.forces.get(agency)
        return _NATIONS.get(listed.nation if listed is not None else agency[:1], Nation.UNKNOWN)


_NATIONS: Final = {
    "England": Nation.ENGLAND,
    "Wales": Nation.WALES,
    "Scotland": Nation.SCOTLAND,
    "Northern Ireland": Nation.NORTHERN_IRELAND,
    "W": Nation.WALES,
    "S": Nation.SCOTLAND,
    "N": Nation.NORTHERN_IRELAND,
    "E": Nation.ENGLAND,
}


class Case:
    """One episode with everything a rule may ask about it."""

    def __init__(self, child: ChildCase, episode: Episode, place: int) -> None:
        self.child = child
        self.episode = episode
        self.place = place
        self.holds: dict[str, bool] = {}
        self._by_type: dict[type[Record], list[tuple[Event, Any]]] = {}
        for event in episode.standing:
            self._by_type.setdefault(type(event.body), []).append((event, event.body))

    def of(self, record: type[_RecordT]) -> list[tuple[Event, _RecordT]]:
        """The standing events of one type, each with its body, in the order accepted."""
        return cast("list[tuple[Event, _RecordT]]", self._by_type.get(record, []))

    def event(self, event: EventId) -> Event | None:
        """A standing event of the child."""
        return self.child.by_id.get(event)

    def accepted(self, event: EventId) -> datetime | None:
        """When a standing event of the child was accepted."""
        known = self.child.by_id.get(event)
        return None if known is None else known.accepted_at

    @cached_property
    def reports(self) -> tuple[Report, ...]:
        """The reports that stand; of a cancelled absence all, because what they set off has to be withdrawn."""
        reports = self.episode.reports
        return tuple(report for report in reports if not report.is_cancelled) or reports

    @property
    def reporters_areas(self) -> tuple[str, ...]:
        """The areas of those who reported: an authority's own code, or the one area that an agency serves."""
        entries = ((report.agency, self.child.directory.agency(report.agency)) for report in self.reports)
        return tuple(
            entry.areas[0] if entry is not None and len(entry.areas) == 1 else agency for agency, entry in entries
        )

    @cached_property
    def reports_of_missing(self) -> list[Report]:
        """Those among them that say missing and not away, in the order accepted."""
        return [report for report in self.reports if report.status is not ReportedStatus.AWAY]

    @cached_property
    def known_missing(self) -> tuple[datetime, EventId, AgencyKind] | None:
        """When the hub first knew that the child is missing and not only away, from which event, of what kind."""
        found = [(report.accepted_at, report.event, report.kind) for report in self.reports_of_missing[:1]]
        found.extend(
            (event.accepted_at, event.id, event.sender_kind)
            for event, body in self.of(MissingAmended)
            if body.status is ReportedStatus.MISSING
        )
        return min(found, key=lambda each: each[:2], default=None)

    @cached_property
    def missing(self) -> list[Phase]:
        """The stretches in which the child was missing."""
        return [phase for phase in self.episode.phases if phase.kind is PhaseKind.MISSING]

    @cached_property
    def missing_again_at(self) -> datetime | None:
        """When the child went missing again within this absence, after it was located; None if it did not."""
        return self.missing[-1].began_at if len(self.missing) > 1 else None

    @cached_property
    def looked_after(self) -> bool:
        """True if the child is looked after."""
        return is_looked_after(self.episode)

    @cached_property
    def exploited(self) -> bool:
        """True if the child is flagged or assessed as exploited."""
        return is_exploited(self.episode)

    @cached_property
    def is_latest(self) -> bool:
        """True for the last absence of the child that is not cancelled, or the last of all if every one is."""
        episodes = self.child.state.episodes
        latest = next((each for each in reversed(episodes) if each.is_counted), episodes[-1])
        return latest is self.episode

    @property
    def over_at(self) -> datetime | None:
        """When the absence was over at the latest; None while it is open."""
        return self.episode.ended_at or self.episode.ended_before

    @property
    def ended_as_not_missing(self) -> bool:
        """True if police or the responsible authority say that the child was not missing."""
        return self.episode.status is EpisodeStatus.NOT_MISSING

    def told(self) -> list[ToldFact]:
        """What was told of this absence."""
        return self.child.told.get(self.episode.id, []) if self.child.state.told else []

    def told_later(self) -> list[ToldFact]:
        """What was told of later absences of the child."""
        told = self.child.told if self.child.state.told else {}
        return [fact for episode in self.later() for fact in told.get(episode.id, ())] if told else []

    def later(self) -> Iterator[Episode]:
        """The absences of the child after this one, in the order of time."""
        episodes = self.child.state.episodes
        return (episodes[place] for place in range(self.place + 1, len(episodes)))


def adult_from(born: date | None) -> datetime | None:
    """The beginning of the 18th birthday in local time (aware); None where no birthday is known."""
    if born is None:
        return None
    is_leap_day = (born.month, born.day) == (2, 29)
    month, day = (3, 1) if is_leap_day else (born.month, born.day)
    return datetime(born.year + _ADULT_YEARS, month, day, tzinfo=LONDON)
