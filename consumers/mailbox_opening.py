"""Verifies and opens the records of one mailbox; what the hub did not sign is counted and passed over.

A record signed by a key that the directory does not list yet is looked at once more after the directory was read to
its end: a new worker's entry may be under way.
"""

from datetime import UTC, datetime
from typing import Final

import structlog

from consumers.directory_view import DirectoryView, wire_of
from consumers.tail import TailRecord
from hub.messages import OpenedMessage, Reason, Refusal, open_from_hub
from hub.sealing import OpeningKeys
from schemas.codec import SchemaIds

__all__ = ["NOT_YET", "MailboxOpening", "appended_at"]

NOT_YET: Final = frozenset({Reason.UNKNOWN_KEY, Reason.UNKNOWN_AGENCY, Reason.KEY_NOT_YET_VALID})
"""Reasons that a newer directory may take away."""

_log = structlog.get_logger(__name__)


def appended_at(record: TailRecord) -> datetime:
    """When the broker appended a record (aware UTC)."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


class MailboxOpening:
    """Opens with the agency's keys and the directory as it is now."""

    def __init__(self, directory: DirectoryView, keys: OpeningKeys, ids: SchemaIds) -> None:
        self._directory = directory
        self._keys = keys
        self._ids = ids
        self.refused = 0
        """Records passed over because they did not verify or open."""

    def check(self) -> None:
        """Raise ReadingEnded if the directory is not read any more."""
        self._directory.check()

    async def opened(self, record: TailRecord) -> OpenedMessage | None:
        """The message in a record, or None if it is none of the hub's to this agency."""
        wire, when = wire_of(record), appended_at(record)
        found = open_from_hub(wire, self._directory.current, self._keys, self._ids, when)
        if isinstance(found, Refusal) and found.reason in NOT_YET:
            found = open_from_hub(wire, await self._directory.refresh(), self._keys, self._ids, when)
        if isinstance(found, Refusal):
            self.refused += 1
            _log.error("mailbox_record_refused", reason=found.reason.value, offset=record.offset)
            return None
        return found
