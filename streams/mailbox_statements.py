"""The accounts of all mailboxes, kept from the ids in headers, and the statements made of them. No Kafka in it.

An account goes on from the newest statement that stands in the mailbox itself, so there is no state beside the topic:
a restart, or a second process, states the same. Of a mailbox without one, counting begins at what is left of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from hub.ids import AgencyId, derived_id
from hub.mailbox import Account
from hub.messages import WireMessage, WorkerKey, compose_from_hub
from schemas.codec import SchemaIds
from schemas.records import MailboxStatement

INBOX: Final = "inbox."
EVERY: Final = timedelta(seconds=30)
"""How often each mailbox is stated; also the hub's sign of life, and what a polling reader's position moves over."""


@dataclass(slots=True, kw_only=True)
class Mailbox:
    """One mailbox: its account, when it was last stated, and how far its readers have come."""

    agency: AgencyId
    account: Account
    stated_at: datetime | None = None
    position: int | None = None
    """Where the agency's readers stand, by their group; None before they first came."""
    polled_at: datetime | None = None
    """When that position was last seen to move."""

    @property
    def topic(self) -> str:
        """Its topic."""
        return f"{INBOX}{self.agency}"

    @property
    def group(self) -> str:
        """The group that all programs of the agency share for it."""
        return f"{INBOX}{self.agency}"

    def take(self, offset: int, headers: Mapping[str, bytes]) -> None:
        """Count one record; one that is counted already changes nothing."""
        if offset >= self.account.end:
            self.account = self.account.with_record(offset, headers.get("ce_id", b""))

    def saw_position(self, position: int | None, now: datetime) -> None:
        """Note where the readers stand: a position that moved, or that came to be, was polled for."""
        if position is not None and position != self.position:
            self.position, self.polled_at = position, now


@dataclass(slots=True)
class Mailboxes:
    """Every mailbox that there is."""

    by_agency: dict[AgencyId, Mailbox] = field(default_factory=dict)

    def due(self, now: datetime) -> list[Mailbox]:
        """Those that have to be stated now."""
        return [
            mailbox
            for mailbox in self.by_agency.values()
            if mailbox.stated_at is None or now - mailbox.stated_at >= EVERY
        ]

    def polled(self) -> dict[AgencyId, datetime | None]:
        """When each was last seen to be polled."""
        return {agency: mailbox.polled_at for agency, mailbox in self.by_agency.items()}


def statement(mailbox: Mailbox, at: datetime, worker: WorkerKey, ids: SchemaIds) -> WireMessage:
    """What the mailbox holds now, signed, as a record of that mailbox."""
    account = mailbox.account
    record = MailboxStatement(
        mailbox=mailbox.agency,
        end_offset=account.end,
        count=account.count,
        rolling_hash=account.rolling_hash,
        at=at,
    )
    return compose_from_hub(
        record,
        topic=mailbox.topic,
        key=mailbox.agency.encode(),
        message_id=derived_id(f"{mailbox.agency}/{account.end}", "statement", at.isoformat()),
        time=at,
        worker=worker,
        ids=ids,
    )
