"""An agency's mailbox: what the hub tells it, opened, verified, each thing shown once, and acknowledged.

One consumer group an agency, so that several programs may share the mailbox and each notice goes to one of them.
Order of events for one record: it is opened and verified against the directory; an id that was handled before is
passed over; that it was `fetched` is kept on the disk to be sent; it is handed to the program; when the program asks
for the next one, it is marked handled; only then does the position in the mailbox move on. So a program that dies
over a notice sees that notice again, and one that was done with it does not.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from consumers.acknowledgements import Acknowledgements, AcknowledgementSender, SignedSender
from consumers.directory_view import DirectoryView, wire_of
from consumers.errors import ProfileRefused
from consumers.inbox_memory import InboxMemory
from consumers.notice import InboxItem, InboxNotice, InboxReceipt
from consumers.reader import ProfileLike, Reader, read_profile
from consumers.tail import TailRecord
from hub.messages import OpenedMessage, Reason, Refusal, open_from_hub
from hub.sealing import OpeningKeys
from schemas.codec import SchemaIds
from schemas.records import Acknowledgement, MailboxStatement, Notice, Receipt

__all__ = ["Inbox"]

_POLL_MILLISECONDS: Final = 200
_MOST_RECORDS: Final = 200
_COMMIT_SECONDS: Final = 1.0
_NOT_YET: Final = frozenset({Reason.UNKNOWN_KEY, Reason.UNKNOWN_AGENCY, Reason.KEY_NOT_YET_VALID})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Handed:
    """What the program has in hand: its id, and where it stands."""

    id: str
    partition: TopicPartition
    offset: int


class Inbox:
    """The mailbox of one agency. Iterate over it for notices, or over `everything()` for receipts too.

    Example:
        async with Inbox.open(profile="rochdale") as inbox:
            async for notice in inbox:
                show(notice.what_happened, notice.asked_of_you, notice.due_at)
                await notice.opened(role="duty_social_worker")

    Several programs of one agency may each have an inbox: they share the notices between them.
    """

    def __init__(
        self,
        *,
        consumer: AIOKafkaConsumer,
        directory: DirectoryView,
        keys: OpeningKeys,
        ids: SchemaIds,
        memory: InboxMemory,
        acknowledgements: Acknowledgements,
    ) -> None:
        self._consumer = consumer
        self._directory = directory
        self._keys = keys
        self._ids = ids
        self._memory = memory
        self._acknowledgements = acknowledgements
        self._buffer: deque[TailRecord] = deque()
        self._handed: _Handed | None = None
        self._positions: dict[TopicPartition, int] = {}
        self._committed_at = 0.0
        self.refused = 0
        """Records passed over because they did not verify or open."""
        self.statement: MailboxStatement | None = None
        """The hub's newest statement of what this mailbox holds; also its sign of life."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *, profile: ProfileLike, acknowledge_with: AcknowledgementSender | None = None
    ) -> AsyncIterator[Self]:
        """Read the directory, join the agency's group, and send acknowledgements, until the block ends.

        A block that ends without an error is done with the notice it has in hand; one that ends with an error will
        see it again.

        Args:
            profile: a profile's name, the path of its file, or one that was read before.
            acknowledge_with: what sends acknowledgements, for instance the agency's `Publisher`; without it the
                inbox signs them with the key of the profile's `[inbox.signing]`.

        Raises:
            ProfileRefused: the profile is missing, incomplete or unsafe.
            HubNotReachable: the hub is away, or this certificate may not read the mailbox.
            MemoryInUse: another process has this inbox open.
        """
        reader = read_profile(profile, "inbox")
        ids = await reader.schema_ids()
        async with AsyncExitStack() as stack:
            memory = stack.enter_context(InboxMemory(reader.memory))
            memory.forget_before(datetime.now(UTC))
            directory = await stack.enter_async_context(
                DirectoryView(reader.connection, trust_key=reader.trust_key, ids=ids)
            )
            owed = await _acknowledgements(stack, reader, acknowledge_with, memory, directory, ids)
            consumer = await stack.enter_async_context(reader.connection.member(reader.group))
            inbox = cls(
                consumer=consumer,
                directory=directory,
                keys=reader.opening_keys,
                ids=ids,
                memory=memory,
                acknowledgements=owed,
            )
            consumer.subscribe([f"inbox.{reader.agency}"], listener=_Leaving(inbox))
            sending = asyncio.create_task(owed.run(), name="inbox acknowledgements")
            try:
                yield inbox
                inbox._settle()
            finally:
                sending.cancel()
                with suppress(asyncio.CancelledError):
                    await sending
                await inbox._commit()
                await owed.leave()

    def __aiter__(self) -> AsyncIterator[InboxNotice]:
        """Every notice, for ever; receipts are passed over."""
        return self.notices()

    async def notices(self, *, wait: bool = True) -> AsyncIterator[InboxNotice]:
        """Every notice; without `wait` only those that are in the mailbox now."""
        async for item in self.everything(wait=wait):
            if isinstance(item, InboxNotice):
                yield item

    async def everything(self, *, wait: bool = True) -> AsyncIterator[InboxItem]:
        """Every notice and receipt; without `wait` only those that are in the mailbox now.

        Only one iteration may go on at a time.

        Raises:
            KafkaError: this certificate may not read the mailbox any more. A lost connection is waited out.
        """
        while (item := await self._next(wait=wait)) is not None:
            yield item

    async def _next(self, *, wait: bool) -> InboxItem | None:
        self._settle()
        while True:
            while self._buffer:
                record = self._buffer.popleft()
                if (item := await self._opened(record)) is not None:
                    return item
                self._pass(TopicPartition(record.topic, record.partition), record.offset)
            await self._commit_now_and_then()
            batches = await self._consumer.getmany(timeout_ms=_POLL_MILLISECONDS, max_records=_MOST_RECORDS)
            for records in batches.values():
                self._buffer.extend(records)
            if not self._buffer and not wait and await self._is_at_end():
                await self._commit()
                return None

    async def _opened(self, record: TailRecord) -> InboxItem | None:
        """What this record shows to the program; None where it shows nothing."""
        appended_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        found = await self._verified(record, appended_at)
        if found is None:
            return None
        if isinstance(found.record, MailboxStatement):
            self.statement = found.record
            return None
        if self._memory.is_handled(found.id):
            return None
        self._handed = _Handed(found.id, TopicPartition(record.topic, record.partition), record.offset)
        match found.record:
            case Notice() as notice:
                self._memory.owe([notice], Acknowledgement.FETCHED, datetime.now(UTC), role=None, by=None)
                return InboxNotice(record=notice, appended_at=appended_at, _acknowledge=self._acknowledge)
            case Receipt() as receipt:
                return InboxReceipt(record=receipt, appended_at=appended_at)
            case _:
                return None

    async def _verified(self, record: TailRecord, appended_at: datetime) -> OpenedMessage | None:
        wire = wire_of(record)
        found = open_from_hub(wire, self._directory.current, self._keys, self._ids, appended_at)
        if isinstance(found, Refusal) and found.reason in _NOT_YET:
            found = open_from_hub(wire, await self._directory.refresh(), self._keys, self._ids, appended_at)
        if isinstance(found, Refusal):
            self.refused += 1
            _log.error("mailbox_record_refused", reason=found.reason.value, offset=record.offset)
            return None
        return found

    async def _acknowledge(
        self, notice: Notice, layer: Acknowledgement, *, role: str | None, by: datetime | None
    ) -> None:
        self._memory.owe([notice], layer, datetime.now(UTC), role=role, by=by)
        self._acknowledgements.wake()

    def _settle(self) -> None:
        """The program is done with what it has in hand."""
        if (handed := self._handed) is not None:
            self._handed = None
            self._memory.handle(handed.id, datetime.now(UTC))
            self._pass(handed.partition, handed.offset)

    def _pass(self, partition: TopicPartition, offset: int) -> None:
        self._positions[partition] = offset + 1

    async def _commit_now_and_then(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._committed_at >= _COMMIT_SECONDS:
            self._committed_at = now
            await self._commit()

    async def _commit(self) -> None:
        """Move the position in the mailbox; where that fails the ids remembered keep things from being shown twice."""
        positions, self._positions = self._positions, {}
        mine = self._consumer.assignment()
        if wanted := {partition: offset for partition, offset in positions.items() if partition in mine}:
            try:
                await self._consumer.commit(wanted)
            except (CommitFailedError, IllegalStateError, KafkaError) as error:
                _log.warning("mailbox_position_not_kept", error=type(error).__name__)

    async def _is_at_end(self) -> bool:
        """True if the group has given this reader its share, and it has read all of that."""
        mine = list(self._consumer.assignment())
        if not mine:
            return False
        ends = await self._consumer.end_offsets(mine)
        return all([await self._consumer.position(partition) >= ends[partition] for partition in mine])

    async def left(self) -> None:
        """Another program takes over: keep the position, and drop what was read ahead."""
        await self._commit()
        self._buffer.clear()


class _Leaving(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Tells the inbox when its share of the mailbox goes elsewhere."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """The group is being shared out anew."""
        del revoked
        await self._inbox.left()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Reading starts at the position kept; nothing to do."""


async def _acknowledgements(
    stack: AsyncExitStack,
    reader: Reader,
    given: AcknowledgementSender | None,
    memory: InboxMemory,
    directory: DirectoryView,
    ids: SchemaIds,
) -> Acknowledgements:
    if given is not None:
        return Acknowledgements(memory, given)
    if reader.signer is None:
        remedy = "name a signing key of the inbox's own there, or give acknowledge_with a publisher"
        raise ProfileRefused(where="inbox.signing", what="is missing, so nothing can be acknowledged", remedy=remedy)
    producer = await stack.enter_async_context(reader.connection.producer())
    sender = SignedSender(reader.agency, reader.signer, memory, producer, directory, ids)
    return Acknowledgements(memory, sender, sender.flush)
