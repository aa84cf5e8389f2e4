"""Who is who, read from the `directory` topic from the start and verified entry by entry with the hub's trust key.

Everything else that is read here is verified against it, so it is read first. An entry that the trust key did not
sign, or that may not replace the one that is known, is left out and logged; it stops nobody. The directory only
rises, so nothing is forgotten when the topic is read again.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import structlog

from consumers.connection import Connection
from consumers.tail import Freshness, Tail, TailRecord
from hub.directory import Directory, DirectoryEntryRefused
from hub.messages import Refusal, WireMessage, open_directory_entry
from schemas.codec import SchemaIds

__all__ = ["DirectoryView", "wire_of"]

TOPIC: Final = "directory"

_log = structlog.get_logger(__name__)


def wire_of(record: TailRecord) -> WireMessage:
    """A record as Kafka gave it, as the core takes it."""
    headers = tuple((name, value) for name, value in record.headers)
    return WireMessage(topic=record.topic, key=record.key or b"", headers=headers, value=record.value or b"")


class DirectoryView:
    """Follows the directory; `current` is the newest verified state. An async context manager.

    Example:
        async with DirectoryView(connection, trust_key=trust_key, ids=ids) as directory:
            directory.current.agency(AgencyId("E08000005"))
    """

    def __init__(self, connection: Connection, *, trust_key: bytes, ids: SchemaIds) -> None:
        self._trust_key = trust_key
        self._ids = ids
        self._current = Directory.empty()
        self._changed: list[Callable[[], None]] = []
        self._tail = Tail(connection, (TOPIC,), self._take, lambda: None)

    async def __aenter__(self) -> Self:
        """Read what the topic holds now.

        Raises:
            HubNotReachable: the broker is away, or does not let this certificate read.
        """
        await self._tail.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop following."""
        await self._tail.stop()

    @property
    def current(self) -> Directory:
        """The directory as far as it was read."""
        return self._current

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """Call this after every change; it must not block. The result ends it."""
        self._changed.append(call)
        return lambda: self._changed.remove(call)

    async def refresh(self) -> Directory:
        """The directory with everything that is on the topic now: to be asked before anybody is called unknown."""
        await self._tail.caught_up()
        return self._current

    def check(self) -> None:
        """Raise ReadingEnded if the directory is not read any more: what was revoked since would still count."""
        self._tail.check()

    async def freshness(self) -> Freshness:
        """Position against the end of the topic."""
        return await self._tail.freshness()

    def _take(self, record: TailRecord) -> None:
        if record.value is None:
            return
        entry = open_directory_entry(wire_of(record), self._trust_key, self._ids)
        if isinstance(entry, Refusal):
            _log.warning("directory_entry_refused", reason=entry.reason.value, offset=record.offset)
            return
        try:
            newer = self._current.with_entry(entry)
        except DirectoryEntryRefused as refused:
            _log.warning("directory_entry_refused", reason=refused.rule, offset=record.offset)
            return
        if newer is not self._current:
            self._current = newer
            for call in tuple(self._changed):
                call()
