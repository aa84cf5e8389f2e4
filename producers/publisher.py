"""The publisher: what an agency's program sends reports with.

    async with Publisher.open(profile="rochdale") as publisher:
        sent = await publisher.send(ChildReturned(child_ref="RMBC-4471", occurred_at=now, to=ReturnedTo.PLACEMENT))
        receipt = await sent.receipt(timeout=30)
        receipt.raise_if_rejected()

`send` returns when the report is on this machine's disk; from there it goes on by itself, in order of risk, across
lost connections and restarts, until the hub has answered. This module only ties the parts together: `outbox` keeps,
`sender` sends, `receipts` reads the answers, `directory_reader` knows the hub's keys.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Self
from weakref import WeakValueDictionary

import structlog

from hub.certificates import KEPT_OUT
from producers.connection import ended
from producers.directory_reader import DirectoryReader
from producers.installation import Installation
from producers.new_rows import new_row
from producers.outbox import Outbox
from producers.outbox_rows import Answered, Counts, PickedRow, RefusedRow
from producers.priority import packaged_priorities
from producers.profile import read_installation
from producers.receipts import Expected, ReceiptOpener, ReceiptReader
from producers.schema_ids import known_schema_ids
from producers.sealing_rows import RowSealer
from producers.sender import Sender
from producers.sent import Sent, SentReceipt
from schemas.codec import SchemaIds
from schemas.records import Acknowledged, AgencyMessage, Receipt

__all__ = ["Publisher"]

_FIRST_START_SECONDS: Final = 15.0
_LEAVE_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


class Publisher:
    """One installation's way to the hub. Open it with `open`; one event loop, one at a time for each outbox."""

    def __init__(self, installation: Installation, outbox: Outbox, ids: SchemaIds, directory: DirectoryReader) -> None:
        """Tie the parts together; `open` also runs them."""
        self._installation = installation
        self._outbox = outbox
        self._ids = ids
        self._priorities = packaged_priorities()
        self._waiting_for: WeakValueDictionary[str, Sent] = WeakValueDictionary()
        self._expected = {
            id_: Expected(first_id=first_id, digest=digest) for id_, (first_id, digest) in outbox.expected().items()
        }
        sealer = RowSealer(
            agency=installation.agency,
            signer=installation.signer,
            ids=ids,
            directory=lambda: directory.current,
        )
        self._sender = Sender(
            outbox,
            connection=installation.connection,
            seal=sealer.seal,
            on_leaving=self._note_leaving,
            on_taken=self._note_taken,
        )
        self._receipts = ReceiptReader(
            installation.agency,
            connection=installation.connection,
            opener=ReceiptOpener(directory=lambda: directory.current, opening_keys=installation.opening_keys, ids=ids),
            expected=self._expected,
            position=outbox.position(),
            on_receipt=self._note_receipt,
            on_position=self._note_position,
        )

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        profile: str | Path | Installation,
        *,
        directory: DirectoryReader | None = None,
        ids: SchemaIds | None = None,
        leave_after: float = _LEAVE_SECONDS,
    ) -> AsyncIterator[Self]:
        """Open the outbox of a profile and send from it until the block ends.

        Works without the hub, once it has been connected before: schema ids and directory are cached.

        Args:
            profile: a name (looked up among the user's profiles), the path of a profile file, or one read before.
            directory: a reader that several publishers of one program share; its owner runs it.
            ids: schema ids, if the program has them already.
            leave_after: seconds to wait at the end for the broker to have everything; the rest stays in the outbox.

        Raises:
            ProfileRefused: the profile is missing, incomplete or unsafe.
            NotYetConnected: nothing is cached, and the hub cannot be reached.
            OutboxInUse, OutboxKeyRefused, OutboxRestored, OutboxUnwritable: see `Outbox`.
        """
        installation = profile if isinstance(profile, Installation) else read_installation(profile)
        known = ids or await known_schema_ids(installation)
        reader = directory or DirectoryReader(
            installation.connection,
            trust_key=installation.trust_key,
            ids=known,
            cache=installation.directory_cache,
        )
        with Outbox(
            installation.outbox,
            agency=installation.agency,
            key_id=installation.signer.key_id,
            marks=installation.marks,
        ) as outbox:
            publisher = cls(installation, outbox, known, reader)
            failure: Exception | None = None
            with _alone():
                async with asyncio.TaskGroup() as tasks:
                    running = [tasks.create_task(publisher._sender.run(), name="publisher sender")]
                    if directory is None:
                        running.append(tasks.create_task(reader.run(), name="publisher directory"))
                    try:
                        await reader.ready(_FIRST_START_SECONDS)
                        running.append(tasks.create_task(publisher._receipts.run(), name="publisher receipts"))
                        yield publisher
                        await publisher._leave(leave_after)
                    except Exception as error:  # noqa: BLE001 - the caller's own: raised below, out of the group's wrapping
                        failure = error
                    finally:
                        await ended(*running)
                        publisher._close()
            if failure is not None:
                raise failure

    async def send(self, record: AgencyMessage | Acknowledged) -> Sent:
        """Keep a report and send it. On return it is durable; the result says where, and waits for the answer.

        A report is not refused for its content: a value that breaks its cap, range or type is cut or left out, and
        `left_out` of the result says so, field by field.

        Raises:
            UnencodableRecord: an acknowledgement or a decision with a field that cannot be written, or a correction or
                a cancellation that does not name a message; all reasons are named, and nothing was kept.
            MessageTooLarge: one of these does not fit into one message; nothing was kept.
            OutboxUnwritable: the disk did not take it; nothing was kept.
            PublisherClosed: the block of this publisher has ended; nothing was kept.
        """
        (sent,) = await self.send_many((record,))
        return sent

    async def send_many(self, records: Sequence[AgencyMessage | Acknowledged]) -> tuple[Sent, ...]:
        """Keep several reports in one commit: all of them, or none. Otherwise as `send`."""
        kept = [new_row(record, self._ids, self._priorities) for record in records]
        rows = [row for row, _ in kept]
        handles = tuple(
            Sent(
                message_id=row.message_id,
                record_type=row.record_type,
                is_answered=row.is_answered,
                left_out=left_out,
                hindrance=lambda: self.hindrance,
            )
            for row, left_out in kept
        )
        self._waiting_for.update({sent.message_id: sent for sent in handles})
        await self._sender.put(rows)
        return handles

    async def drained(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as `Sent.receipt`
        """Return once the broker has everything; TimeoutError after `timeout` seconds, and it goes on all the same."""
        async with asyncio.timeout(timeout):
            await self._sender.has_settled()

    async def answered(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as `Sent.receipt`
        """Return once the hub has answered everything that was sent; TimeoutError as for `drained`."""
        async with asyncio.timeout(timeout):
            await self._sender.has_settled(with_answers=True)

    async def counts(self) -> Counts:
        """How many messages are where: waiting, signed, at the broker unanswered, refused."""
        return await self._sender.ask(self._outbox.counts)

    async def refused(self) -> tuple[RefusedRow, ...]:
        """Messages that the hub refused and nobody has decided about, those of earlier runs included."""
        return await self._sender.ask(self._outbox.refused)

    async def send_again(self, refused: RefusedRow) -> bool:
        """Sign a refused message anew, under a new id, and send it; False if it is no longer there."""
        done = await self._sender.ask(partial(self._outbox.send_again, refused.message_id))
        self._sender.look_again()
        return done

    async def give_up(self, refused: RefusedRow) -> bool:
        """Delete a refused message for good; False if it is no longer there."""
        return await self._sender.ask(partial(self._outbox.give_up, refused.message_id))

    @property
    def is_connected(self) -> bool:
        """True while the hub can be reached for sending."""
        return self._sender.is_connected

    @property
    def hindrance(self) -> str | None:
        """What keeps this agency from the hub on its own side, with the remedy; None where nothing is known of."""
        return self._sender.hindrance or (KEPT_OUT if self._receipts.is_kept_out else None)

    def _note_leaving(self, row: PickedRow) -> None:
        if row.is_answered:
            self._expected[row.message_id] = Expected(first_id=row.first_id, digest=row.digest)

    def _note_taken(self, row: PickedRow) -> None:
        if (sent := self._waiting_for.get(row.first_id)) is not None:
            sent.note_at_broker()

    def _note_position(self, position: int) -> None:
        self._sender.note_position(position)
        self._sender.receipts_are_read.set()

    def _note_receipt(self, expected: Expected, record: Receipt) -> None:
        receipt = SentReceipt(record=record, installation=self._installation)
        self._sender.note_answer(
            Answered(
                first_id=expected.first_id,
                is_refused=not receipt.is_accepted,
                refused_because=receipt.findings if not receipt.is_accepted else (),
            )
        )
        if not receipt.is_accepted:
            log.warning("message_refused", message_id=record.message_id, type=record.message_type)
        if (sent := self._waiting_for.get(expected.first_id)) is not None:
            sent.note_receipt(receipt)

    async def _leave(self, seconds: float) -> None:
        try:
            await self.drained(seconds if self.is_connected else 0)
        except TimeoutError:
            log.info("outbox_kept", counts=str(await self.counts()))

    def _close(self) -> None:
        for sent in tuple(self._waiting_for.values()):
            sent.note_closed()


@contextmanager
def _alone() -> Iterator[None]:
    """Raise the error that ended a task of ours as itself, out of the wrapping of the groups it stood in."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from error.__cause__
