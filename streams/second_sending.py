"""What nobody has read of a mailbox, sent again before the mailbox forgets it: the same bytes, under the same ids.

Nothing accepted is lost, also where an agency reads nothing for a month: five days before the broker drops a record
that lies before the readers' position, it is put at the end of the mailbox again, once. Signature, seal and id are
those it had, so a reader that did see it drops it as a repeat; an unsigned header marks it, for this process alone.
Statements are not sent again: newer ones say more. Why once: `docs/decisions/0013-a-second-sending-and-no-third.md`.

No state is kept but how far this process has looked: what stands behind in the mailbox says what was sent again.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from hub.ids import AgencyId
from streams.mailbox_statements import Mailbox
from streams.metrics import SENT_AGAIN
from streams.stretches import AT_ITS_END_MS, headers_of, stretch

_STATEMENT: Final = b"MailboxStatement"
_AGAIN: Final = "again"
_AT_ONCE: Final = 500

_log = structlog.get_logger()


class SecondSending:
    """Of one process, over every mailbox. `connection` is what a client of the broker is made with."""

    def __init__(self, connection: dict[str, Any]) -> None:
        self._connection = connection
        self._looked_up_to: dict[AgencyId, int] = {}

    async def send(self, mailboxes: Collection[Mailbox], producer: AIOKafkaProducer, before: datetime) -> int:
        """Send again what was stored before this time (aware) and lies unread; how many records that were."""
        if not mailboxes:
            return 0  # and no reader: aiokafka's fails when it is stopped before it was asked for anything
        async with AsyncExitStack() as stack:
            reader = AIOKafkaConsumer(
                **self._connection, group_id=None, enable_auto_commit=False, fetch_max_wait_ms=AT_ITS_END_MS
            )
            await reader.start()
            stack.push_async_callback(reader.stop)
            return sum([await self._send(mailbox, reader, producer, before) for mailbox in mailboxes])

    async def _send(
        self, mailbox: Mailbox, reader: AIOKafkaConsumer, producer: AIOKafkaProducer, before: datetime
    ) -> int:
        place = TopicPartition(mailbox.topic, 0)
        begin, end = (await reader.beginning_offsets([place]))[place], (await reader.end_offsets([place]))[place]
        newer = (await reader.offsets_for_times({place: int(before.timestamp() * 1000)}))[place]
        until = end if newer is None else newer.offset
        start = max(begin, mailbox.position or 0, self._looked_up_to.get(mailbox.agency, 0))
        unread = {headers_of(record).get("ce_id", b"") async for record in _mail(reader, place, start, until)}
        if unread:
            unread -= {
                headers_of(record).get("ce_id", b"")
                async for _, record in stretch(reader, {place: start}, {place: end})
                if _AGAIN in headers_of(record)
            }
            await _put_behind(producer, _mail(reader, place, start, until), set(unread))
            SENT_AGAIN.inc(len(unread))
        if unread:
            _log.warning("mail_sent_again", agency=mailbox.agency, records=len(unread))
        self._looked_up_to[mailbox.agency] = max(start, until)
        return len(unread)


async def _mail(reader: AIOKafkaConsumer, place: TopicPartition, start: int, end: int) -> AsyncIterator[Any]:
    """What is no statement and no second sending, from here to there."""
    async for _, record in stretch(reader, {place: start}, {place: end}):
        named = headers_of(record)
        if named.get("ce_type") != _STATEMENT and _AGAIN not in named:
            yield record


async def _put_behind(producer: AIOKafkaProducer, mail: AsyncIterator[Any], wanted: set[bytes]) -> None:
    """Put each wanted id of this mail at the end of the same mailbox, once; return when the broker has them."""
    sent = []
    async for record in mail:
        if (name := headers_of(record).get("ce_id", b"")) in wanted:
            wanted.discard(name)
            headers = [*record.headers, (_AGAIN, b"1")]
            sent.append(await producer.send(record.topic, record.value, key=record.key, headers=headers))
        if len(sent) >= _AT_ONCE:
            await asyncio.gather(*sent)
            sent.clear()
    await asyncio.gather(*sent)
