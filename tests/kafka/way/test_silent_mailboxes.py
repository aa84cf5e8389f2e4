"""On a running hub: a mailbox whose reader stops is seen from outside the workers, since when, and is well again."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from consumers import Inbox, read_profile
from consumers.connection import ended
from deploy.demo import cast
from deploy.directory import read_directory
from deploy.mailbox import Mailbox
from deploy.silence import Reading, judged, own_reading, read_positions
from hub.delivery import packaged_delivery_rules
from schemas.records import Notice
from tests.kafka.way.judging import TOLD
from tests.kafka.way.town import PATIENCE, ROCHDALE, SALFORD, Town, missing_report

pytestmark = pytest.mark.timeout(300)


async def reading(town: Town) -> Reading:
    return (await read_positions(town.home, town.hub.running, [ROCHDALE]))[ROCHDALE]


async def reading_once(town: Town, *, unread: bool) -> Reading:
    """How Rochdale's mailbox is read, once something waits in it, or it was read to its end."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await reading(town)
            if found.was_ever_read and (found.unread_since is not None) is unread:
                return found
            await asyncio.sleep(0.2)


async def test_a_reader_that_stops_is_seen_from_outside(town: Town) -> None:
    await reading_by_a_program(town)
    stopped = datetime.now(UTC)
    (sent,) = await town.shared_installation(SALFORD).send(missing_report(f"unread {uuid4().hex[:6]}"))
    await town.told(sent, *TOLD)
    silent = await reading_once(town, unread=True)
    assert silent.unread_since is not None
    assert stopped - timedelta(seconds=1) <= silent.unread_since <= datetime.now(UTC)

    own = read_profile(town.profile(ROCHDALE), "look")
    assert await own_reading(own.connection, own.agency) == silent

    known = await read_directory(town.home, town.hub.broker.bootstrap, town.ids)
    rules = packaged_delivery_rules()
    since = silent.unread_since
    for seconds, named in ((59, []), (60, [ROCHDALE])):
        now = since + timedelta(seconds=seconds)
        found = judged({ROCHDALE: silent}, known, rules, now=now, up_since=since - timedelta(hours=1))
        assert [each.silence.agency for each in found] == named

    await reading_by_a_program(town)


async def test_a_mailbox_that_a_demo_plays_is_read_and_beside_a_program_takes_nothing_from_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cast, "_POSITIONS_EVERY_SECONDS", 0.2)
    async with Mailbox.open(town.profile(ROCHDALE), from_start=False, keeps_position=True) as mailbox:
        playing = asyncio.create_task(_play(mailbox))
        keeping = asyncio.create_task(cast._keep_positions([mailbox]))
        try:
            (first,) = await town.shared_installation(SALFORD).send(missing_report(f"played {uuid4().hex[:6]}"))
            await town.told(first, *TOLD)
            await reading_once(town, unread=False)
            async with Inbox.open(profile=town.profile(ROCHDALE)) as inbox, asyncio.timeout(PATIENCE):
                (second,) = await town.shared_installation(SALFORD).send(missing_report(f"both {uuid4().hex[:6]}"))
                async for notice in inbox:
                    if notice.record.cause == second:
                        break
            await reading_once(town, unread=False)
        finally:
            playing.cancel()
            heard = await playing
            await ended(keeping)
    assert {first, second} <= heard


async def _play(mailbox: Mailbox) -> set[str]:
    """Read as a demo does, until cancelled: what the notices were caused by."""
    heard: set[str] = set()
    with suppress(asyncio.CancelledError):
        async for item in mailbox.items():
            if isinstance(item.record, Notice):
                heard.add(item.record.cause)
    return heard


async def reading_by_a_program(town: Town) -> None:
    """Rochdale's program reads until nothing waits, and stops."""
    async with Inbox.open(profile=town.profile(ROCHDALE)) as inbox:
        reader = asyncio.create_task(_read_on(inbox))
        try:
            await reading_once(town, unread=False)
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


async def _read_on(inbox: Inbox) -> None:
    async for _ in inbox:
        pass
