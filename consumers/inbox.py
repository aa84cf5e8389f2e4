"""An agency's mailbox: what the hub tells it, opened, verified, each thing shown once, and acknowledged.

One consumer group an agency, so that several programs may share the mailbox and each notice goes to one of them.
Order of events for one record: it is opened and verified against the directory; an id that was handled before is
passed over; that it was `fetched` is kept on the disk to be sent; it is handed to the program; when the program asks
for the next one, it is marked handled; only then does the position in the mailbox move on. So a program that dies
over a notice sees that notice again, and one that was done with it does not.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

import structlog

from consumers.acknowledgements import Acknowledgements, AcknowledgementSender, SignedSender
from consumers.connection import ended
from consumers.directory_view import DirectoryView
from consumers.errors import ProfileRefused
from consumers.inbox_memory import InboxMemory, acknowledged
from consumers.mailbox_opening import MailboxOpening, appended_at
from consumers.mailbox_share import MailboxShare
from consumers.notice import InboxAlert, InboxItem, InboxNotice, InboxReceipt
from consumers.reader import ProfileLike, Reader, read_profile
from consumers.tail import TailRecord
from hub.ids import AgencyId
from schemas.codec import SchemaIds, encode
from schemas.errors import BrokenField, Done, FaultKind, UnencodableRecord
from schemas.records import Acknowledgement, DeskAlert, MailboxStatement, Notice, Receipt

__all__ = ["Inbox"]

_log = structlog.get_logger(__name__)
_A_ROLE: Final = "the role of whoever did it, such as duty_social_worker"


@dataclass(frozen=True, slots=True)
class _Handed:
    """What the program has in hand."""

    id: str
    record: TailRecord


class Inbox:
    """The mailbox of one agency. Iterate over it for notices, or over `everything()` for receipts and alerts too.

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
        agency: AgencyId,
        share: MailboxShare,
        opening: MailboxOpening,
        memory: InboxMemory,
        acknowledgements: Acknowledgements,
        ids: SchemaIds,
    ) -> None:
        self._agency = agency
        self._ids = ids
        self._share = share
        self._opening = opening
        self._memory = memory
        self._acknowledgements = acknowledgements
        self._sending: asyncio.Task[None] | None = None
        self._handed: _Handed | None = None
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
            MemoryUnusable: its memory cannot be read or written.
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
                agency=reader.agency,
                share=MailboxShare(consumer, f"inbox.{reader.agency}", memory.check.resume),
                opening=MailboxOpening(directory, reader.opening_keys, ids),
                memory=memory,
                acknowledgements=owed,
                ids=ids,
            )
            inbox._sending = asyncio.create_task(owed.run(), name="inbox acknowledgements")
            try:
                yield inbox
                inbox._settle()
            finally:
                await inbox._leave()

    @property
    def missing(self) -> int:
        """How many records the hub has put into this mailbox that were not given to this reader: 0 when all is well."""
        return self._memory.check.missing

    @property
    def disagreements(self) -> int:
        """How many statements of the hub did not agree with what was given to this reader: 0 when all is well."""
        return self._memory.check.disagreements

    @property
    def refused(self) -> int:
        """How many records were passed over because they did not verify or open."""
        return self._opening.refused

    def __aiter__(self) -> AsyncIterator[InboxNotice]:
        """Every notice, for ever; receipts and alerts are passed over."""
        return self.notices()

    async def notices(self, *, wait: bool = True) -> AsyncIterator[InboxNotice]:
        """Every notice; without `wait` only those that are in the mailbox now."""
        async for item in self.everything(wait=wait):
            if isinstance(item, InboxNotice):
                yield item

    async def everything(self, *, wait: bool = True) -> AsyncIterator[InboxItem]:
        """Every notice, receipt and alert; without `wait` only those that are in the mailbox now.

        Only one iteration may go on at a time. A lost connection is waited out.

        Raises:
            MailboxBusy: without `wait`, where another program of this agency reads the mailbox now.
            KafkaError: this certificate may not read the mailbox any more.
            ReadingEnded: the directory is not read any more, by which it is judged who signed.
            MemoryUnusable: its memory cannot be read or written; what is in hand is shown again next time.
        """
        while (item := await self._next(wait=wait)) is not None:
            yield item

    async def _next(self, *, wait: bool) -> InboxItem | None:
        self._settle()
        while True:
            while (record := self._share.next()) is not None:
                if (item := await self._shown(record)) is not None:
                    return item
                self._share.done(record)
            self._check()
            self._opening.check()
            await self._share.read()
            if not wait and await self._share.is_read():
                await self._share.commit()
                return None

    async def _shown(self, record: TailRecord) -> InboxItem | None:
        """What this record shows to the program; None where it shows nothing."""
        self._memory.check.given(record.offset, _id_of(record))
        found = await self._opening.opened(record)
        if found is None or self._memory.is_handled(found.id):
            return None
        item: InboxItem
        match found.record:
            case Notice() as notice:
                self._memory.owe([notice], Acknowledgement.FETCHED, datetime.now(UTC), role=None, by=None)
                item = InboxNotice(record=notice, appended_at=appended_at(record), _acknowledge=self._acknowledge)
            case Receipt() as receipt:
                item = InboxReceipt(record=receipt, appended_at=appended_at(record))
            case DeskAlert() as alert:
                item = InboxAlert(record=alert, appended_at=appended_at(record))
            case MailboxStatement() as statement:
                self._compare(statement)
                return None
            case _:
                return None
        self._handed = _Handed(found.id, record)
        return item

    def _compare(self, statement: MailboxStatement) -> None:
        """Hold what was given against what the hub says the mailbox holds."""
        if statement.mailbox != self._agency:
            return
        self.statement = statement
        verdict = self._memory.check.stated(statement)
        if not verdict.agrees:
            remedy = "tell the hub's operators: something between the hub and here withholds or alters records"
            _log.error("mailbox_does_not_agree", missing=verdict.missing, offset=statement.end_offset, remedy=remedy)

    async def _acknowledge(
        self, notice: Notice, layer: Acknowledgement, *, role: str | None, by: datetime | None
    ) -> None:
        """Keep what somebody did. What no message can say is refused now, while the one who said it still listens."""
        now = datetime.now(UTC)
        said = acknowledged([notice], layer, now, role=role, by=by)
        encode(said, self._ids)
        if role is not None and not role.strip():
            nobody = BrokenField(where="role", expected=_A_ROLE, kind=FaultKind.OUT_OF_RANGE, done=Done.LEFT_OUT)
            raise UnencodableRecord(record=said.SCHEMA_NAME, fields=[nobody])
        self._memory.owe([notice], layer, now, role=role, by=by)
        self._acknowledgements.wake()

    def _settle(self) -> None:
        """The program is done with what it has in hand."""
        if (handed := self._handed) is not None:
            self._handed = None
            self._memory.handle(handed.id, datetime.now(UTC))
            self._share.done(handed.record)

    def _check(self) -> None:
        """Raise what ended the sending of acknowledgements, if anything did: they are part of the promise."""
        if self._sending is not None and self._sending.done() and not self._sending.cancelled():
            self._sending.result()

    async def _leave(self) -> None:
        """Keep the position and send what is owed, but do not wait long for a broker that is away."""
        if self._sending is not None:
            await ended(self._sending)
            self._check()
        await self._share.leave()
        await self._acknowledgements.leave()


def _id_of(record: TailRecord) -> bytes:
    return next((value for name, value in record.headers if name == "ce_id"), b"")


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
