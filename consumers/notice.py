"""A notice, a receipt or an alert as it reaches an agency's program: opened, verified, shown once."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from hub.ids import EpisodeId, NoticeId
from hub.routing.unfound import SETTLED
from hub.routing.wording import WITHDRAW_ALL
from schemas.records import (
    Acknowledgement,
    Ask,
    DeskAlert,
    DisclosedField,
    Notice,
    NoticeKind,
    PolicePosition,
    Receipt,
    ReceiptOutcome,
    Urgency,
)

__all__ = ["Acknowledges", "InboxAlert", "InboxItem", "InboxNotice", "InboxReceipt"]


class Acknowledges(Protocol):
    """Keeps an acknowledgement so that it is sent; returns once it is durable here."""

    def __call__(
        self, notice: Notice, layer: Acknowledgement, *, role: str | None, by: datetime | None
    ) -> Awaitable[None]:
        """Keep one acknowledgement of one notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxNotice:
    """One notice. Times are aware UTC.

    `appended_at` is when the broker had it for this agency. What may be shown outside the opened page is
    `reference` and `due_at`, nothing else.
    """

    record: Notice = field(repr=False)
    appended_at: datetime
    _acknowledge: Acknowledges = field(repr=False, compare=False)

    @property
    def id(self) -> NoticeId:
        """The same notice always has the same id."""
        return NoticeId(self.record.notice_id)

    @property
    def episode(self) -> EpisodeId:
        """The episode it is about; opaque."""
        return EpisodeId(self.record.episode_id)

    @property
    def reference(self) -> str:
        """What to say on the telephone."""
        return self.record.reference

    @property
    def kind(self) -> NoticeKind:
        """News, an update, or the withdrawal of fields told before."""
        return self.record.kind

    @property
    def is_action(self) -> bool:
        """True if something is asked of you; otherwise it is for information."""
        return self.record.ask is Ask.ACTION

    @property
    def urgency(self) -> Urgency:
        """When it should be seen."""
        return self.record.urgency

    @property
    def not_before(self) -> datetime | None:
        """Of information that is held for the day: when it is to be shown; None for what is shown as it comes."""
        return self.record.not_before

    @property
    def desk(self) -> str:
        """The role or desk it is for."""
        return self.record.desk

    @property
    def what_happened(self) -> str:
        """What happened, in words."""
        return self.record.what_happened

    @property
    def asked_of_you(self) -> str:
        """What is asked of you; empty for information."""
        return self.record.asked_of_you

    @property
    def due_at(self) -> datetime | None:
        """When that is due."""
        return self.record.due_at

    @property
    def police_position(self) -> PolicePosition:
        """Whether police have confirmed that they have it; if not, ring them."""
        return self.record.police_position

    @property
    def fields(self) -> tuple[DisclosedField, ...]:
        """What you may know, field by field, with where it comes from."""
        return self.record.fields

    @property
    def withdrawn_fields(self) -> tuple[str, ...]:
        """Names of fields told before that no longer hold: do not act on them."""
        return self.record.withdrawn_fields

    @property
    def withdraws_all(self) -> bool:
        """True if everything told under this reference is taken back, or settled, and with it what was asked."""
        return self.record.purpose in (WITHDRAW_ALL, SETTLED)

    def known(self, name: str) -> DisclosedField | None:
        """One field by its dotted name."""
        return next((one for one in self.fields if one.name == name), None)

    async def opened(self, *, role: str) -> None:
        """Say that somebody in this role has read it. Durable here when it returns; sent by itself.

        Args:
            role: the role, never a person (`duty_social_worker`); at most 120 characters.

        Raises:
            UnencodableRecord: no message can say this; nothing was kept.
            MemoryUnusable: the disk did not take it, or the inbox is closed; nothing was kept.
        """
        await self._acknowledge(self.record, Acknowledgement.OPENED, role=role, by=None)

    async def taken(self, *, role: str, by: datetime | None = None) -> None:
        """Say that this role does what is asked, and by when. Durable here when it returns; sent by itself.

        Args:
            role: the role that takes it on, never a person; at most 120 characters.
            by: aware time by which it will be done, where that can be said.

        Raises:
            UnencodableRecord, MemoryUnusable: as `opened`; a time without its offset from UTC is one reason.
        """
        await self._acknowledge(self.record, Acknowledgement.TAKEN, role=role, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxReceipt:
    """What the hub made of one message of this agency."""

    record: Receipt
    appended_at: datetime

    @property
    def message(self) -> str:
        """Id of the message that is answered."""
        return self.record.message_id

    @property
    def outcome(self) -> ReceiptOutcome:
        """Accepted, accepted with gaps, a duplicate, or rejected with every fault in `record.findings`."""
        return self.record.outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxAlert:
    """A word of the hub for the duty desk that names no child: show it at once. Nobody acknowledges it."""

    record: DeskAlert
    appended_at: datetime

    @property
    def what_happened(self) -> str:
        """What happened, in words."""
        return self.record.what_happened

    @property
    def asked_of_you(self) -> str:
        """What is asked of the desk."""
        return self.record.asked_of_you


InboxItem: TypeAlias = InboxNotice | InboxReceipt | InboxAlert
