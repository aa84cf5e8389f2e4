"""A desk that first reads of an absence when a duty is overdue: the word of the duty is owed only after the news."""

from datetime import timedelta
from pathlib import Path

from hub.routing import unsent
from schemas.records import AgencyKind, Answer, ExternalRef, Flag, FlagKind, ReferenceKind
from streams.broker_clock import BrokerClock
from tests.unit.review.hub_in_memory import BEGAN, HubInMemory, Member
from tests.unit.routing.world import (
    BLACKPOOL,
    HOME,
    LANCASHIRE,
    MANCHESTER,
    REFERENCE,
    ROCHDALE,
    RULES,
    looked_after,
    person,
)

MINUTE = timedelta(minutes=1)
MEMBERS = (
    Member(id=LANCASHIRE, kind=AgencyKind.POLICE),
    Member(id=MANCHESTER, kind=AgencyKind.POLICE),
    Member(id=ROCHDALE, kind=AgencyKind.AUTHORITY, areas=(ROCHDALE,)),
    Member(id=BLACKPOOL, kind=AgencyKind.AUTHORITY, areas=(BLACKPOOL,)),
    Member(id=HOME, kind=AgencyKind.PLACEMENT),
)
LINKED = person(flags=(Flag(kind=FlagKind.STAFF_LINKED, value=Answer.YES),))
"""From now on named officers read of her, who were told nothing so far."""
AGENCIES = (LANCASHIRE, MANCHESTER, ROCHDALE, BLACKPOOL, HOME)


async def raise_what_is_due(hub: HubInMemory, minutes: int) -> None:
    """The clock of every worker looks at this time, until nothing more comes of it."""
    now = BEGAN + minutes * MINUTE
    for _ in range(4):
        for register in hub.registers():
            clock = register._clock
            clock._broker = BrokerClock(lambda: 0.0)
            clock._broker.heard(0.0, 0.0, now)
            clock._outbound = register._outbound
            clock._ready = frozenset(hub._whose)
            hub.broker.now = now
            await clock.tick()
        await hub.settle()


async def played(folder: Path, ends_before: int | None = None) -> tuple[set[str], set[str], int, int]:
    """Ids of all notices, those that the last message caused, how many records that took, how often a worker ended."""
    async with HubInMemory(folder, MEMBERS) as hub:
        hub.hears_the_time(BEGAN)
        hub.accept(LANCASHIRE, looked_after(BEGAN - 30 * MINUTE), BEGAN)
        await hub.settle()
        await raise_what_is_due(hub, 170)
        before = {name for agency in AGENCIES for name in hub.inbox(agency)}
        quoted = (ExternalRef(agency=LANCASHIRE, kind=ReferenceKind.CHILD, value="C-1"),)
        report = looked_after(BEGAN - 30 * MINUTE, child_ref="R-1", person=LINKED, external_refs=quoted)
        hub.accept(ROCHDALE, report, BEGAN + 171 * MINUTE)
        start = hub.broker.sent
        hub.broker.ends_before = ends_before
        ended = await hub.settle()
        hub.broker.ends_before = None
        every = {name for agency in AGENCIES for name in hub.inbox(agency)}
        state = hub.state(hub.child(LANCASHIRE, "C-1"))
        assert not unsent(state, hub.directory, RULES, REFERENCE)
        purposes = {one.purpose for agency in AGENCIES for name, one in hub.inbox(agency).items() if name not in before}
        assert "duty" in purposes
        return every, every - before, hub.broker.sent - start, ended


async def test_what_is_owed_once_it_was_told_is_told_in_the_same_look_wherever_a_worker_ends(tmp_path: Path) -> None:
    every, new, sent, _ = await played(tmp_path / "whole")
    assert new
    for place in range(sent):
        again, _, _, ended = await played(tmp_path / str(place), ends_before=place)
        assert ended == 1
        assert again == every, f"ended before record {place}"
