"""A publisher whose hub is away: what it keeps, and what it says where it cannot, or cannot any more."""

import asyncio
import ssl
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from time import sleep

import pytest

from hub.directory import Directory
from hub.ids import AgencyId
from hub.messages import WireMessage
from hub.sealing import OpeningKeys
from hub.signing import Signer
from producers import (
    BlockingPublisher,
    BlockingSent,
    Connection,
    DirectoryReader,
    Installation,
    OutboxError,
    OutboxUnwritable,
    Publisher,
    PublisherClosed,
    Sent,
)
from producers.blocking import _Loop
from producers.outbox import Outbox
from producers.outbox_rows import Changes, Outcome, Seal
from producers.schema_ids import write_schema_ids
from schemas.codec import SchemaIds
from schemas.records import ChildReturned, ReturnedTo

IDS = SchemaIds.local()
RETURNED = ChildReturned(child_ref="RMBC-4471", to=ReturnedTo.PLACEMENT)


class KnownDirectory(DirectoryReader):
    """The directory as read before: what is asked of the hub is another test's."""

    async def ready(self, timeout: float) -> Directory:  # noqa: ASYNC109 - as the class above
        del timeout
        return self.current


def installation(folder: Path) -> Installation:
    return Installation(
        agency=AgencyId("E08000005"),
        agency_name="Rochdale",
        connection=Connection(
            bootstrap_servers="127.0.0.1:1", client_id="test", ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ),
        signer=Signer.from_bytes("rochdale-1", bytes(32)),
        opening_keys=OpeningKeys({}),
        trust_key=bytes(32),
        schema_registry="",
        outbox=folder / "outbox" / "reports.sqlite3",
        marks=folder / "marks",
        cache=folder / "cache",
    )


def opened(folder: Path) -> AbstractAsyncContextManager[Publisher]:
    here = installation(folder)
    directory = KnownDirectory(here.connection, trust_key=here.trust_key, ids=IDS)
    return Publisher.open(here, ids=IDS, directory=directory)


@pytest.fixture
async def closed(tmp_path: Path) -> Publisher:
    async with opened(tmp_path) as publisher:
        pass
    return publisher


async def test_a_publisher_that_is_closed_says_so_and_nobody_waits_for_ever(closed: Publisher) -> None:
    async with asyncio.timeout(30):
        with pytest.raises(PublisherClosed, match="open the outbox again"):
            await closed.send(RETURNED)
        with pytest.raises(PublisherClosed):
            await closed.counts()
        with pytest.raises(PublisherClosed):
            await closed.drained()


async def test_whoever_waits_for_an_answer_is_told_that_the_publisher_was_closed(tmp_path: Path) -> None:
    async with opened(tmp_path) as publisher:
        sent = await publisher.send(RETURNED)
        waiting = [asyncio.create_task(sent.receipt()), asyncio.create_task(publisher.answered())]
        await asyncio.sleep(0)
    async with asyncio.timeout(30):
        for each in waiting:
            with pytest.raises(PublisherClosed):
                await each
        with pytest.raises(PublisherClosed):
            await sent.at_broker()
    assert sent.durable_at == "outbox"


async def test_what_is_being_sent_while_the_program_fails_is_kept_and_its_senders_hear_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = Outbox.transact

    def slowly(outbox: Outbox, changes: Changes, seal: Seal | None = None) -> Outcome:
        sleep(0.1)
        return at_once(outbox, changes, seal)

    monkeypatch.setattr(Outbox, "transact", slowly)
    sending: list[asyncio.Task[Sent]] = []

    async def fail() -> None:
        async with opened(tmp_path) as publisher:
            for _ in range(2):  # one in a commit, and one that waits for the next
                sending.append(asyncio.create_task(publisher.send(RETURNED)))
                await asyncio.sleep(0.02)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    kept = {sent.message_id for sent in await asyncio.gather(*sending)}
    with Outbox(
        installation(tmp_path).outbox, agency="E08000005", key_id="rochdale-1", marks=tmp_path / "marks"
    ) as now:
        assert now.counts().waiting == len(kept) == 2


async def test_an_outbox_that_is_damaged_while_it_is_open_is_said_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(outbox: Outbox, changes: Changes, seal: Seal | None = None) -> Outcome:
        del changes, seal
        raise OutboxError(outbox.path, "it is damaged", "keep the file and tell support")

    async def send() -> None:
        async with opened(tmp_path) as publisher:
            monkeypatch.setattr(Outbox, "transact", damaged)
            await publisher.send(RETURNED)

    with pytest.raises(OutboxError, match="damaged"):
        await send()


async def test_a_callers_own_group_of_errors_comes_out_as_it_is(tmp_path: Path) -> None:
    errors = ExceptionGroup("the caller's", [ValueError()])
    with pytest.raises(ExceptionGroup) as raised:
        async with opened(tmp_path):
            raise errors
    assert raised.value is errors


async def test_a_full_disk_is_logged_without_a_word_of_what_was_to_be_kept(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with opened(tmp_path) as publisher:
        publisher._outbox._database.execute("pragma max_page_count = 1")
        with pytest.raises(OutboxUnwritable, match="full"):
            await publisher.send_many([RETURNED] * 400)
    said = "".join(capfd.readouterr())
    assert "outbox_not_written" in said
    assert "Traceback" not in said
    assert "RMBC" not in said
    assert len(said.splitlines()) < 20


def test_a_script_has_every_call_that_a_program_has() -> None:
    def public(of: type) -> set[str]:
        return {name for name in vars(of) if not name.startswith(("_", "note_"))}

    assert public(BlockingPublisher) >= public(Publisher)
    assert public(BlockingSent) >= public(Sent)


async def test_a_script_that_has_left_its_block_is_told_so() -> None:
    loop = _Loop()
    loop.close()
    with pytest.raises(PublisherClosed):
        loop.result(asyncio.sleep(0))


@pytest.mark.parametrize("name", ["outbox", "marks"])
async def test_where_no_folder_can_be_made_nothing_is_promised(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(OutboxUnwritable, match="nothing was accepted"):
        async with opened(tmp_path):
            pass


def test_a_file_that_is_damaged_is_said_where_it_is_only_looked_at(tmp_path: Path) -> None:
    with Outbox(tmp_path / "reports.sqlite3", agency="A", key_id="k", marks=tmp_path / "marks") as outbox:
        outbox._database.execute("ALTER TABLE message RENAME TO gone")
        for look in (outbox.counts, outbox.refused, outbox.expected):
            with pytest.raises(OutboxError, match="damaged"):
                look()


def test_a_cache_that_takes_nothing_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    here = installation(tmp_path)
    write_schema_ids(here.schema_ids_cache, IDS)
    reader = DirectoryReader(here.connection, trust_key=here.trust_key, ids=IDS, cache=here.directory_cache)
    reader._signed[b"E08000005"] = WireMessage(topic="directory", key=b"E08000005", headers=(), value=b"")
    reader._write_cache()
    (tmp_path / "other").mkdir()
    unread = DirectoryReader(here.connection, trust_key=here.trust_key, ids=IDS, cache=tmp_path / "other")
    assert unread.current.version == Directory.empty().version
