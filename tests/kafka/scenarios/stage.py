"""A real hub on which scenario files are played as they stand, and judged by their own expectations.

The hub is a demonstration's, whose clock is told beforehand how the night goes: it stands at each moment of the file
for a few seconds of real time, and then at the next. So messages are accepted when the file says, sealed and signed,
through broker and workers; the clock raises and the ladders climb by themselves; agencies open and take what comes into
their mailboxes as the file says they do. Nights are played eleven years later than they are written, in a year with
the same weekdays and the same changes of the clocks, because a hub's time never lies behind its broker's.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from deploy import agencies, directory
from deploy.bringup import Hub
from deploy.config import Settings
from deploy.home import Home
from deploy.hub_time import publish_hub_time, read_hub_times
from deploy.identities import Identity
from deploy.joining import make_keys
from hub.hub_time import HubTimes
from hub.ids import AgencyId, EventId, derived_id
from hub.rulebook import packaged_rulebook
from hub.scenario import Scenario, play, read_scenario
from hub.scenario.model import Acknowledges, Said
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    AgencyMessage,
    Ask,
    HubTime,
    Notice,
    NoticeRef,
    Record,
)
from tests.faults import points
from tests.kafka.scenarios.recorded import Recorded, notices
from tests.kafka.way import town as towns
from tests.kafka.way.town import PATIENCE, Town
from tests.unit.scenario.nights import REFERENCE

LATER: Final = 11
"""Years: 2037 begins on the weekday of 2026, and has as many days."""
A_MOMENT: Final = timedelta(seconds=2.5)
"""How long, in real time, the hub stands at each moment of a file."""
_A_MINUTE: Final = timedelta(minutes=1)
_BEFORE_THE_FIRST: Final = timedelta(seconds=20)
"""For the workers to come back, which read how hub time runs when they start."""
_WORKERS: Final = ("intake", "identity", "register", "statements")


def later(file: Path) -> Scenario:
    """A scenario as it is written, eleven years later."""
    text = file.read_text("utf-8")
    assert "year:" not in text
    dated = re.sub(r"\b(20\d\d)-(\d\d)-(\d\d)\b", lambda date: f"{int(date[1]) + LATER}-{date[2]}-{date[3]}", text)
    return _with_ids_of_its_own(read_scenario(file.name, f"{dated}\nyear: {2026 + LATER}\n", REFERENCE))


def _with_ids_of_its_own(scenario: Scenario) -> Scenario:
    """The same, but no message has the id of one of another file: files number theirs from the first."""
    said = [step for step in scenario.steps if isinstance(step, Said)]
    derived = {str(step.id): derived_id(step.id, "on a stage", scenario.file) for step in said}
    ids = {name: f"{other[:14]}7{other[15:]}" for name, other in derived.items()}  # version 5 is the hub's own

    def renamed(value: Any) -> Any:  # noqa: ANN401 - whatever a record holds
        if isinstance(value, str):
            return ids.get(value, value)
        if isinstance(value, tuple):
            return tuple(renamed(each) for each in value)
        if isinstance(value, Record):
            names = [field.name for field in fields(value)]  # type: ignore[arg-type]  # every record is a dataclass
            return type(value)(**{name: renamed(getattr(value, name)) for name in names})
        return value

    steps = tuple(
        replace(step, id=EventId(ids[step.id]), message=renamed(step.message)) if isinstance(step, Said) else step
        for step in scenario.steps
    )
    return replace(scenario, steps=steps)


@dataclass(frozen=True, kw_only=True)
class _Night:
    """One file, and what the pure code made of it: its messages as they go over the wire, and everybody it told."""

    scenario: Scenario
    messages: Mapping[EventId, AgencyMessage]
    members: frozenset[AgencyId]
    told_at: tuple[datetime, ...]
    """Every time at which the pure code told somebody something."""

    @classmethod
    def of(cls, scenario: Scenario) -> "_Night":
        played = play(scenario, packaged_rulebook(), REFERENCE)
        said = [step for step in scenario.steps if isinstance(step, Said)]
        bodies = {event.id: event.body for child in played.hub.children for event in played.hub.state(child).events}
        messages = {step.id: body for step in said if isinstance(body := bodies[step.id], AgencyMessage)}
        senders = {step.sender for step in scenario.steps if isinstance(step, Said | Acknowledges)}
        told = {sent.owed.recipient for sent in played.hub.sent}
        times = tuple(sent.at for sent in played.hub.sent)
        return cls(scenario=scenario, messages=messages, members=frozenset(senders | told), told_at=times)

    def moments(self) -> list[datetime]:
        """Every moment of the file; where something falls due between two of them, the minute before the later as well.

        Otherwise it would be told at the later moment, or not at all, by whichever of clock and message comes first.
        """
        said = sorted({each.at for each in (*self.scenario.steps, *self.scenario.expectations)})
        before = {
            later - _A_MINUTE
            for earlier, later in pairwise(said)
            if any(earlier < told < later for told in self.told_at)
        }
        return sorted({*said, *before})


@dataclass(kw_only=True)
class Stage:
    """A running hub with everybody of these nights in it."""

    town: Town
    nights: Sequence[_Night]
    times: HubTimes = field(default_factory=HubTimes.real)
    _answered: set[str] = field(default_factory=set)

    async def play(self) -> Recorded:
        """Play all nights, one after the other, and read what the hub made of them."""
        nights = sorted(self.nights, key=lambda night: night.moments()[0])
        first = datetime.now(UTC) + _BEFORE_THE_FIRST
        moments = [moment for night in nights for moment in night.moments()]
        assert moments == sorted(set(moments)), "the nights overlap"
        at = {moment: first + number * A_MOMENT for number, moment in enumerate(moments)}
        home, hub = self.town.home, self.town.hub
        stretches = [HubTime(origin=moment, scale=1.0, real_origin=real) for moment, real in at.items()]
        await publish_hub_time(home, hub.broker.bootstrap, self.town.ids, stretches)
        self.times = await read_hub_times(home, hub.broker.bootstrap, self.town.ids)
        await self._read_the_time_anew()
        assert datetime.now(UTC) < first, "the workers took too long to come back"
        for night in nights:
            await self._play(night, at)
        return await Recorded.of(self.town, self.times)

    async def _play(self, night: _Night, at: Mapping[datetime, datetime]) -> None:
        """One night, of whose moments it is known at what real time each begins."""
        moments = night.moments()
        answering = asyncio.create_task(self._answer(night), name="answer what comes into mailboxes")
        try:
            for moment in moments:
                await _until(at[moment] + timedelta(milliseconds=20))
                for step in night.scenario.steps:
                    if step.at == moment:
                        await self._do(step, night)
            await _until(at[moments[-1]] + A_MOMENT)
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    async def _read_the_time_anew(self) -> None:
        """Workers read how hub time runs when they start."""
        before = {name: self.town.log(name).count("worker_ready") for name in _WORKERS}
        await asyncio.gather(*(self.town.hub.supervisor.child(name).stop() for name in _WORKERS))
        async with asyncio.timeout(PATIENCE):
            for name, count in before.items():
                while self.town.log(name).count("worker_ready") == count:
                    await asyncio.sleep(0.1)  # what stands in a file has to be looked for
                    assert self.town.hub.supervisor.restarts(name) < 9, self.town.log(name)

    async def _do(self, step: object, night: _Night) -> None:
        """What an agency says, or acknowledges, at its moment."""
        match step:
            case Said():
                sender = self.town.shared_installation(step.sender)
                await self.town.send(sender.write(night.messages[step.id], step.id))
            case Acknowledges():
                assert step.which == "all", "only `all` is played here"
                acknowledged = [one for each in {step.whose, step.sender} for _, one in notices(self.town, each)]
                record = Acknowledged(
                    pairs=tuple(map(_ref, acknowledged)), layer=step.layer, role=step.role or step.desk or "duty",
                    by=step.by, occurred_at=step.at,
                )  # fmt: skip
                assert acknowledged, "nothing has come that could be acknowledged"
                await self.town.shared_installation(step.sender).send(record)
            case _:
                message = f"a stage cannot do this: {step}"
                raise NotImplementedError(message)

    async def _answer(self, night: _Night) -> None:
        """Whoever answers at once opens what comes in, and takes what it is asked."""
        answers = night.scenario.settings.answers
        members = sorted(agency for agency in night.members if answers.get(agency, answers.get("", 0)) == 0)
        while True:
            async with self.town._changed:
                await self.town._changed.wait()
            for agency in members:
                new = [one for _, one in notices(self.town, agency) if one.notice_id not in self._answered]
                self._answered |= {notice.notice_id for notice in new}
                for record in _answers_to(new):
                    await self.town.shared_installation(agency).send(record)


@contextlib.asynccontextmanager
async def running_stage(folder: Path, scenarios: Iterable[Scenario]) -> AsyncIterator[Stage]:
    """Bring a demonstration's hub up, and let everybody of these nights join it, with the duty rows of the files."""
    nights = [_Night.of(scenario) for scenario in scenarios]
    members = sorted({agency for night in nights for agency in night.members})
    faults = folder / points.FOLDER
    faults.mkdir()
    home = Home(folder / "home")
    home.mark_demo()
    hub = Hub(home=home, settings=Settings(), progress=towns.quiet, worker_module="tests.faults.faulty_{name}")
    async with hub:
        joining = [
            agencies.Joining(request=make_keys(home.agencies / agency, _identity(agency, nights)), folder=at)
            for agency in members
            for at in (home.agencies / agency,)
        ]
        known = await agencies.join(home, hub.running, joining, hub.ids)
        opening = {
            agency: towns.opening_keys(home.agencies / agency / "sealing.key", known, agency) for agency in members
        }
        town = Town(hub=hub, faults=faults, known=known, opening=opening)
        await towns.list_installations(town, members, 1)
        entries = [
            replace(entry, duty=duty, roles=roles, version=entry.version + 1)
            for agency in members
            if (entry := town.known.agency(agency)) is not None
            for duty, roles in _rows(agency, nights)
        ]
        await directory.publish(home, hub.broker.bootstrap, entries, town.ids)
        for entry in entries:
            town.known = town.known.with_entry(entry)
        async with towns.clients(town, members):
            yield Stage(town=town, nights=nights)


def _identity(agency: AgencyId, nights: Iterable[_Night]) -> Identity:
    entry = next(found for night in nights if (found := night.scenario.directory.agency(agency)) is not None)
    return Identity(
        agency_id=agency,
        name=entry.name,
        official_name=entry.official_name,
        kind=entry.kind,
        nation=entry.nation,
        areas=entry.areas,
        force_code=entry.force_code or (agency if agency in REFERENCE.forces else None),
    )


def _rows(agency: AgencyId, nights: Iterable[_Night]) -> Iterator[tuple[tuple, tuple[str, ...]]]:  # type: ignore[type-arg]
    """The duty rows and roles of an agency: as the first night has them in which it is."""
    entry = next(
        found
        for night in nights
        if agency in night.members and (found := night.scenario.directory.agency(agency)) is not None
    )
    yield entry.duty, entry.roles


def _answers_to(new: Sequence[Notice]) -> Iterator[Acknowledged]:
    """One acknowledgement of each desk and layer."""
    due: dict[tuple[str, Acknowledgement], list[Notice]] = {}
    for notice in new:
        layer = Acknowledgement.TAKEN if notice.ask is Ask.ACTION else Acknowledgement.OPENED
        due.setdefault((notice.desk, layer), []).append(notice)
    for (desk, layer), some in due.items():
        by = min((each.due_at for each in some if each.due_at), default=None)
        at = min(each.issued_at for each in some)
        yield Acknowledged(pairs=tuple(map(_ref, some)), layer=layer, role=desk, by=by, occurred_at=at)


def _ref(notice: Notice) -> NoticeRef:
    return NoticeRef(notice_id=notice.notice_id, episode_id=notice.episode_id)


async def _until(moment: datetime) -> None:
    await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
