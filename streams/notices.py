"""Notices on their way to inboxes, and the `Told` that says they went: the records of one cause, nothing decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.directory import Directory
from hub.event import Event
from hub.evidence import Deed, leaf
from hub.ids import HUB, AgencyId, ChildId, EventId, derived_id
from hub.messages import WireMessage, compose_from_hub
from hub.routing import Cause, OwedNotice, told
from hub.sealing import derived_salt
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.records import AgencyKind, AuditKind, AuditLeaf, LoggedEvent, Told
from streams.basis import Basis
from streams.event_log import EventWriter, Origin
from streams.secrets import HubSecrets


class NoKeyToSealTo(HomewardError):
    """Routing owes a notice to an agency that has no valid sealing key; it should have been a telephone task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is owed by one cause, as records: the notices, then what says that they went, and the evidence of it."""

    owed: Sequence[OwedNotice]
    cause: Event
    notices: Sequence[WireMessage]
    told: Sequence[tuple[WireMessage, LoggedEvent]]
    leaves: Sequence[AuditLeaf]


@dataclass(frozen=True, slots=True)
class NoticeWriter:
    """Composes notices, their audit leaves, and the event that says who was told."""

    secrets: HubSecrets
    ids: SchemaIds
    events: EventWriter

    def written(self, owed: Sequence[OwedNotice], cause: Event, child: ChildId, basis: Basis) -> Written:
        """All records of one cause: what cannot be written fails here, before anything of it is sent.

        Raises:
            NoKeyToSealTo: as `notice`.
            UnencodableRecord: one of them has no room for what it is to say.
        """
        directory = basis.directory
        records = told(Cause(owed[0].notice.cause), owed, basis.rules.routing, directory)
        return Written(
            owed=owed,
            cause=cause,
            notices=[self.notice(each, directory) for each in owed],
            told=[self.told(record, child, cause) for record in records],
            leaves=self.leaves(owed, child),
        )

    def notice(self, owed: OwedNotice, directory: Directory) -> WireMessage:
        """One notice, sealed to its recipient; the same notice always has the same id and plaintext.

        Raises:
            NoKeyToSealTo: the directory has no valid key for the recipient, of the notice's time or since.
        """
        notice = owed.notice
        key = directory.key_for_dated(AgencyId(notice.recipient), notice.issued_at)
        if key is None:
            message = f"no valid sealing key of {notice.recipient} for a notice that is owed to it"
            raise NoKeyToSealTo(message)
        return compose_from_hub(
            notice,
            topic=f"inbox.{notice.recipient}",
            key=notice.episode_id.encode(),
            message_id=notice.notice_id,
            time=notice.issued_at,
            worker=self.secrets.worker,
            ids=self.ids,
            seal_to=key,
            salt=derived_salt(self.secrets.log_key, notice.notice_id, notice.recipient),
            cause=notice.cause,
        )

    def told(self, told: Told, child: ChildId, dated: Event) -> tuple[WireMessage, LoggedEvent]:
        """The event that these notices were sent, dated by their cause; its id derives from cause and notices."""
        notices = tuple(row.notice_id for row in told.rows)
        event_id = EventId(derived_id(told.cause, "told", ",".join(sorted(notices))))
        origin = Origin(
            accepted_at=dated.accepted_at, inbound_partition=0, inbound_offset=0, accepted_offset=dated.order
        )
        return self.events.own(told, child, event_id, origin, cause=told.cause, told=notices)

    def leaves(self, owed: Iterable[OwedNotice], child: ChildId) -> list[AuditLeaf]:
        """One leaf of disclosure for each notice: to whom, which fields by name, under which rules."""
        return [self._leaf(each, child) for each in owed]

    def _leaf(self, owed: OwedNotice, child: ChildId) -> AuditLeaf:
        notice = owed.notice
        deed = Deed(
            kind=AuditKind.DISCLOSURE,
            cause=notice.notice_id,
            at=notice.issued_at,
            agency=HUB,
            agency_kind=AgencyKind.HUB,
            content_digest=owed.row.content_digest,
            outcome=notice.kind.value,
            child=child,
            recipients=(notice.recipient,),
            fields=owed.row.fields,
            purpose=notice.purpose,
            policy_version=notice.rules_version,
        )
        return leaf(deed, self.secrets.log_key)
