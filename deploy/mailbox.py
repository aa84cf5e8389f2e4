"""Looks into an agency's mailbox without taking anything from it: member of no group, nothing acknowledged.

For the eyes of that agency's own people (`homeward inbox`), who keep no position either, and for the demo, which plays
many agencies in one process, acknowledges as each of them, and keeps the position of each, so that its mailbox is seen
to be read. A program that does an agency's work uses `consumers.Inbox`: while one reads, its position is the one kept.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError

from consumers.connection import LOST
from consumers.directory_view import DirectoryView, wire_of
from consumers.reader import ProfileLike, Reader, read_profile
from deploy.topics import inbox_topic
from hub.directory import Directory
from hub.messages import Refusal, open_from_hub
from schemas.codec import SchemaIds
from schemas.records import DeskAlert, Notice, Receipt

_POLL_MILLISECONDS: Final = 500
_LEFT_SECONDS: Final = 30.0
"""Less than what a mailbox may lie unread before that is silence."""

_log = structlog.get_logger()


class _Refused(logging.Filter):
    """Leaves out that the broker refused a position because a program of the agency reads: that is as it should be."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this is anything else."""
        return not str(record.msg).startswith("OffsetCommit failed for group %s due to group")


_REFUSED: Final = _Refused()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One notice, receipt or alert, verified and opened. `appended_at` is when the broker had it for the agency."""

    id: str
    record: Notice | Receipt | DeskAlert
    appended_at: datetime


class Mailbox:
    """One agency's mailbox, looked into. Each id is shown once."""

    def __init__(self, reader: Reader, consumer: AIOKafkaConsumer, directory: DirectoryView, ids: SchemaIds) -> None:
        self.agency = reader.agency
        self.refused = 0
        """Records that did not verify or open; shown to nobody."""
        self._reader = reader
        self._consumer = consumer
        self._directory = directory
        self._ids = ids
        self._seen: set[str] = set()
        self._partition = TopicPartition(inbox_topic(reader.agency).name, 0)
        self._read_to: int | None = None
        self._kept: int | None = None
        self._left_until = 0.0

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        profile: ProfileLike,
        *,
        directory: DirectoryView | None = None,
        from_start: bool = True,
        keeps_position: bool = False,
    ) -> AsyncIterator[Self]:
        """Look from the oldest record kept (30 days), or from what comes after now.

        `directory` is one that several mailboxes of one program share. With `keeps_position`, `keep_position` may be
        called.

        Raises:
            ProfileRefused: the profile is missing, incomplete or unsafe.
            HubNotReachable: the hub is away, or this certificate may not read the mailbox.
        """
        reader = read_profile(profile, "look")
        ids = await reader.schema_ids()
        async with AsyncExitStack() as stack:
            if directory is None:
                view = DirectoryView(reader.connection, trust_key=reader.trust_key, ids=ids)
                directory = await stack.enter_async_context(view)
            keeps_for = None
            if keeps_position:
                keeps_for = reader.group
                logging.getLogger("aiokafka.consumer.group_coordinator").addFilter(_REFUSED)
            consumer = await stack.enter_async_context(reader.connection.reader(keeps_for=keeps_for))
            mailbox = cls(reader, consumer, directory, ids)
            consumer.assign([mailbox._partition])
            if not from_start or keeps_position:
                consumer.pause(mailbox._partition)  # else it would be fetched from elsewhere meanwhile
                await (consumer.seek_to_beginning if from_start else consumer.seek_to_end)(mailbox._partition)
                mailbox._read_to = await consumer.position(mailbox._partition)
                consumer.resume(mailbox._partition)
            yield mailbox

    @property
    def directory(self) -> Directory:
        """Who is who, as far as it was read."""
        return self._directory.current

    async def items(self, *, wait: bool = True) -> AsyncIterator[Item]:
        """What is in the mailbox, and, with `wait`, what comes, for ever."""
        end = (await self._consumer.end_offsets([self._partition]))[self._partition]
        while wait or await self._consumer.position(self._partition) < end:
            batches = await self._consumer.getmany(self._partition, timeout_ms=_POLL_MILLISECONDS)
            for record in batches.get(self._partition, []):
                appended_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
                wire = wire_of(record)
                opened = open_from_hub(wire, self._directory.current, self._reader.opening_keys, self._ids, appended_at)
                if isinstance(opened, Refusal):
                    directory = await self._directory.refresh()
                    opened = open_from_hub(wire, directory, self._reader.opening_keys, self._ids, appended_at)
                if isinstance(opened, Refusal):
                    self.refused += 1
                    _log.warning("mailbox_record_refused", reason=opened.reason.value, offset=record.offset)
                elif opened.id not in self._seen and isinstance(opened.record, Notice | Receipt | DeskAlert):
                    self._seen.add(opened.id)
                    yield Item(id=opened.id, record=opened.record, appended_at=appended_at)
                self._read_to = record.offset + 1

    async def keep_position(self) -> None:
        """Keep for the agency how far its mailbox was read, as its own program does.

        Nothing is kept while a program of the agency reads the mailbox: that one keeps it, and this one looks again
        half a minute later. A position that cannot be kept now is kept the next time.
        """
        now = asyncio.get_running_loop().time()
        if self._read_to in (None, self._kept) or now < self._left_until:
            return
        read_to = self._read_to
        try:
            await self._consumer.commit({self._partition: read_to})
            self._kept = read_to
        except CommitFailedError:
            self._left_until = now + _LEFT_SECONDS
        except LOST as error:
            _log.warning("mailbox_position_not_kept", error=type(error).__name__)
