"""What a hub made of a night, read from outside when all is over, in a form that the night's expectations look at.

The log, opened with the keyring, and the mailboxes, opened with each agency's key. Times are looked at to the minute,
as the files are written; everything else is as it stands on the topics.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from deploy.log_walk import ChildEvents, walk
from hub.directory import Directory
from hub.event import Event
from hub.hub_time import HubTimes
from hub.ids import AgencyId, ClaimId
from hub.routing import OwedNotice
from hub.rulebook import packaged_rulebook
from hub.scenario import Scenario
from hub.scenario.model import Said
from hub.scenario.scene import Difference, Scene
from hub.scenario.simulated import Heard, Sent, SimulatedHub
from schemas.records import DeadlineRaised, Notice, Told, ToldRow
from tests.kafka.way import town as towns
from tests.kafka.way.town import Town
from tests.unit.scenario.nights import REFERENCE


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Every event of every child, and every notice in a mailbox, in the order sent."""

    directory: Directory
    logs: ChildEvents
    sent: tuple[Sent, ...]

    @classmethod
    async def of(cls, town: Town, times: HubTimes) -> "Recorded":
        """Read everything that stands in the log and in the mailboxes of a town."""
        logs: ChildEvents = {}
        async for children in walk(town.home, town.hub.running, progress=towns.quiet):
            logs |= {child: {name: _event(one) for name, one in events.items()} for child, events in children.items()}
        return cls(directory=town.known, logs=logs, sent=tuple(_sent(town, times, logs)))

    def differences(self, night: Scenario) -> list[Difference]:
        """What is not as the file expects."""
        return [
            difference
            for expectation in night.expectations
            for check in expectation.checks
            for difference in check.run(self._scene(night, expectation.at))
        ]

    def _scene(self, night: Scenario, at: datetime) -> Scene:
        """What could be looked at then: everything accepted and sent by that minute."""
        hub = SimulatedHub(directory=self.directory, rulebook=packaged_rulebook(), reference=REFERENCE)
        hub._logs = {
            child: known
            for child, events in self.logs.items()
            if (known := {name: event for name, event in events.items() if event.accepted_at <= at})
        }
        hub.sent = [sent for sent in self.sent if sent.at <= at]
        said = {step.id: step for step in night.steps if isinstance(step, Said)}
        heard = {
            event.id: Heard(claim=event.claim or ClaimId(""), child=child, decision=None, findings=event.findings)
            for child, events in hub._logs.items()
            for event in events.values()
            if event.id in said
        }
        children = {
            name: tuple(
                dict.fromkeys(heard[step.id].child for step in said.values() if step.child == name and step.id in heard)
            )
            for name in night.children
        }
        return Scene(
            at=at,
            hub=hub,
            clock=night.clock,
            agencies=night.agencies,
            names=tuple(night.children),
            states_of=lambda name: tuple(hub.state(child) for child in children[name]),
            heard=heard,
            labels={step.label: step.id for step in said.values() if step.label},
            ran_again=_once_only,
        )


def notices(town: Town, agency: AgencyId) -> Iterator[tuple[datetime, Notice]]:
    """Every notice in a mailbox, repeats included, with when the broker had it."""
    for seen in list(town.inbox(agency)):
        if seen.header("ce_type") == "Notice":
            notice = town.opened(seen, agency)
            assert isinstance(notice, Notice)
            yield seen.at, notice


def _sent(town: Town, times: HubTimes, logs: ChildEvents) -> Iterator[Sent]:
    """Every notice once, with what the log says of it, in the order sent."""
    rows = {
        row.notice_id: (child, row)
        for child, events in logs.items()
        for event in events.values()
        if isinstance(event.body, Told)
        for row in event.body.rows
    }
    found: Mapping[str, tuple[datetime, Notice]] = {
        notice.notice_id: (at, notice)
        for agency in town.opening
        for at, notice in sorted(notices(town, agency), key=lambda pair: pair[0], reverse=True)
    }
    for at, notice in sorted(found.values(), key=lambda pair: pair[0]):
        child, row = rows[notice.notice_id]
        yield Sent(at=_minute(times.hub_time(at)), child=child, owed=_owed(notice, row))


def _event(event: Event) -> Event:
    body = event.body
    if isinstance(body, DeadlineRaised):
        body = replace(body, due_at=_minute(body.due_at), raw_due_at=_minute(body.raw_due_at))
    if isinstance(body, Told):
        body = replace(body, rows=tuple(_row(row) for row in body.rows))
    return replace(event, accepted_at=_minute(event.accepted_at), body=body)


def _row(row: ToldRow) -> ToldRow:
    return replace(row, due_at=row.due_at and _minute(row.due_at))


def _owed(notice: Notice, row: ToldRow) -> OwedNotice:
    due_at = notice.due_at and _minute(notice.due_at)
    return OwedNotice(notice=replace(notice, due_at=due_at, issued_at=_minute(notice.issued_at)), row=row)


def _minute(when: datetime) -> datetime:
    return when.replace(second=0, microsecond=0)


def _once_only(variation: object) -> Scene:
    """`same_for` plays a night again with something else in it; a hub has played it, and does not play it again."""
    pytest.fail(
        f"`same_for` needs the night again with a change, which only `homeward scenario run` plays: {variation}"
    )
