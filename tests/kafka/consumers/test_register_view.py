"""The register as a subscriber reads it, on a real broker."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from consumers import Connection, HubNotReachable, NoGrant, RegisterView
from consumers.tail import Tail, TailRecord
from deploy import pki
from deploy.provision import ADMINISTRATOR
from hub.entry.register_entry import superseded_entry
from hub.entry.view import EpisodeView
from hub.ids import ChildId, EpisodeId, KeyId
from schemas.records import Disclosure, EpisodeStatus, Nation, RegisterEntry
from tests.kafka.conftest import NewTopicLike, RunningHub
from tests.kafka.consumers.speaking import SpeakingHub, new_signer
from tests.unit.entry.told import at, event, report, seen

SUBSCRIBER = "chronicle"
CHILD_KEY = bytes(range(32))
EVERY_CLASS = (Disclosure.ROUTING, Disclosure.IDENTITY, Disclosure.CIRCUMSTANCES)


@pytest.fixture
async def speaking(hub: RunningHub, tmp_path: Path) -> SpeakingHub:
    told = SpeakingHub(hub, SUBSCRIBER, tmp_path)
    await told.publish_directory()
    return told


def an_episode(sequence: int = 3, **changed: object) -> EpisodeView:
    """The view of an episode that no other test has."""
    known: dict[str, object] = {"episode": EpisodeId(str(uuid4())), "sequence": sequence}
    return seen(event(1, report(child_ref="RMBC-4471")), **(known | changed))


async def test_it_opens_what_was_granted_and_answers_by_child_area_and_status(speaking: SpeakingHub) -> None:
    view = an_episode(child=ChildId("child-1"))
    await speaking.send("register", [speaking.keys(view, CHILD_KEY, "k1", *EVERY_CLASS)])
    await speaking.send("register", [speaking.entry(view, CHILD_KEY, "k1")])
    async with RegisterView.open(profile=speaking.reader()) as register:
        line = register.episode(view.episode)
        assert line is not None
        assert line.status is EpisodeStatus.MISSING
        assert line.known("person.family_name") is not None
        assert line.held == {Disclosure.DESCRIPTION, Disclosure.SAFEGUARDING, Disclosure.HEALTH}
        assert line in register.lines(status=EpisodeStatus.MISSING, area="E08000005")
        assert line not in register.lines(area="E06000001")
        assert line in register.of_child("child-1")
        assert line in register.of_reference("E08000005", "RMBC-4471")
        assert (await register.freshness()).is_live


async def test_an_entry_whose_key_has_not_come_is_held_and_opened_when_it_comes(speaking: SpeakingHub) -> None:
    view = an_episode()
    await speaking.send("register", [speaking.entry(view, CHILD_KEY, "k2")])
    async with RegisterView.open(profile=speaking.reader()) as register:
        held = register.episode(view.episode)
        assert held is not None
        assert not held.is_opened
        assert held.entry.status is EpisodeStatus.MISSING
        await speaking.send("register", [speaking.keys(view, CHILD_KEY, "k2", Disclosure.ROUTING)])
        await register.caught_up()
        opened = register.episode(view.episode)
        assert opened is not None
        assert set(opened.blocks) == {Disclosure.ROUTING}


async def test_it_stays_live_and_takes_no_older_entry(speaking: SpeakingHub) -> None:
    view = an_episode()
    later = an_episode(4, episode=view.episode, status=EpisodeStatus.RETURNED)
    async with RegisterView.open(profile=speaking.reader()) as register:
        changes = register.changes()
        next_change = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        await speaking.send("register", [speaking.entry(later, CHILD_KEY, "k3")])
        async with asyncio.timeout(10):
            assert (await next_change).episode == view.episode
        await speaking.send("register", [speaking.entry(view, CHILD_KEY, "k3")])
        await register.caught_up()
        line = register.episode(view.episode)
        assert line is not None
        assert (line.sequence, line.status) == (4, EpisodeStatus.CLOSED)
        await changes.aclose()


async def test_a_deleted_entry_and_deleted_keys_are_gone(speaking: SpeakingHub) -> None:
    gone, closed = an_episode(), an_episode()
    keys = speaking.keys(closed, CHILD_KEY, "k5", *EVERY_CLASS)
    entry = speaking.entry(gone, CHILD_KEY, "k4")
    await speaking.send("register", [keys, entry, speaking.entry(closed, CHILD_KEY, "k5")])
    async with RegisterView.open(profile=speaking.reader()) as register:
        before = register.episode(closed.episode)
        assert before is not None
        assert before.is_opened
        await speaking.delete(entry, keys)
        await register.caught_up()
        assert register.episode(gone.episode) is None
        after = register.episode(closed.episode)
        assert after is not None
        assert not after.is_opened


async def test_a_superseded_episode_leads_to_the_one_that_took_its_place(speaking: SpeakingHub) -> None:
    survivor, old = an_episode(), EpisodeId(str(uuid4()))
    left = superseded_entry(
        episode=old, by=survivor.episode, nation=Nation.ENGLAND, sequence=9, changed_at=at(9), key_id=KeyId("k6")
    )
    wires = [speaking.entry(survivor, CHILD_KEY, "k7"), speaking.on_register(left, "register", old.encode())]
    await speaking.send("register", wires)
    async with RegisterView.open(profile=speaking.reader()) as register:
        line = register.episode(old)
        assert line is not None
        assert line.episode == survivor.episode
        assert old not in {shown.episode for shown in register.lines()}
        assert old in {shown.episode for shown in register.lines(status=EpisodeStatus.SUPERSEDED)}


async def test_a_record_of_a_worker_not_yet_listed_waits_for_the_directory(speaking: SpeakingHub) -> None:
    view, worker = an_episode(), new_signer("register-late")
    await speaking.send("register", [speaking.entry(view, CHILD_KEY, "k8", signer=worker)])
    async with RegisterView.open(profile=speaking.reader()) as register:
        assert register.episode(view.episode) is None
        await speaking.publish_directory(worker)
        await register.caught_up()
        assert register.episode(view.episode) is not None


async def test_an_entry_under_another_record_key_is_not_taken(speaking: SpeakingHub) -> None:
    view = an_episode()
    entry = RegisterEntry(
        episode_id=view.episode, sequence=1, changed_at=datetime.now(UTC), key_id="k9", status=EpisodeStatus.MISSING
    )
    await speaking.send("register", [speaking.on_register(entry, "register", str(uuid4()).encode())])
    async with RegisterView.open(profile=speaking.reader()) as register:
        assert register.episode(view.episode) is None


async def test_after_more_than_a_day_away_everything_is_read_again(speaking: SpeakingHub) -> None:
    view = an_episode()
    await speaking.send("register", [speaking.entry(view, CHILD_KEY, "k10")])
    now, forgot, seen_keys = [datetime.now(UTC)], asyncio.Event(), []
    tail = Tail(
        speaking.connection(SUBSCRIBER),
        ("register",),
        lambda record: seen_keys.append(record.key),
        forgot.set,
        clock=lambda: now[0],
    )
    await tail.start()
    try:
        assert seen_keys.count(view.episode.encode()) == 1
        now[0] += timedelta(hours=25)
        async with asyncio.timeout(10):
            await forgot.wait()
            while seen_keys.count(view.episode.encode()) < 2:
                await tail.caught_up()
        assert (await tail.freshness()).is_live
    finally:
        await tail.stop()


async def test_without_a_grant_the_register_may_not_be_read(hub: RunningHub, tmp_path: Path) -> None:
    told = SpeakingHub(hub, "E08000006", tmp_path)
    await told.publish_directory()
    with pytest.raises(NoGrant, match="--register-area"):
        async with RegisterView.open(profile=told.reader()):
            pass


async def test_whoever_catches_up_hears_it_when_the_broker_goes_away_meanwhile(
    hub: RunningHub, fresh_topic: NewTopicLike
) -> None:
    """More than one answer of the broker holds; it stands still after the first."""
    topic = await fresh_topic("register")
    connection = Connection(
        bootstrap_servers=hub.bootstrap,
        client_id="catches up",
        ssl_context=pki.ssl_context(hub.certificates, ADMINISTRATOR),
    )
    async with connection.producer() as producer:
        for number in range(120):
            await producer.send(topic, value=bytes(100_000), key=str(number).encode(), partition=0)
        await producer.flush()
    taken: list[int] = []

    def take(record: TailRecord) -> None:
        if not taken:
            hub.broker.pause()
        taken.append(record.offset)

    tail = Tail(connection, (topic,), take, taken.clear)
    try:
        with pytest.raises(HubNotReachable):
            async with asyncio.timeout(60):
                await tail.start()
    finally:
        hub.broker.resume()
        await tail.stop()
    assert 0 < len(taken) < 120
