"""The row that a report becomes in the outbox: what can be written of it, and what its sender is told of the rest.

A report about a missing child is never refused for its content, by the hub or here. What decides, joins or moves
something, and what acknowledges, is: half of a decision is another decision.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import structlog

from hub.messages.wire import LARGEST_MESSAGE
from producers.errors import MessageTooLarge
from producers.message_ids import message_id
from producers.outbox_rows import NewRow
from producers.priority import Priorities
from schemas.codec import BrokenField, SchemaIds, decode, encode, encode_tolerantly
from schemas.errors import Done
from schemas.records import Acknowledged, AgencyMessage, Finding, FindingKind, LinkDecided, OwnershipTransferred

__all__ = ["new_row"]

_ENVELOPE: Final = 4 * 1024
"""Bytes of a message that are not its record: headers, salt, seal."""
_LIMIT: Final = LARGEST_MESSAGE - _ENVELOPE
_STRICT: Final = (Acknowledged, LinkDecided, OwnershipTransferred)
_REMEDIES: Final[Mapping[Done, str]] = {
    Done.CUT: "its beginning was sent; send the rest in another message",
    Done.SHORTENED: "sent as a short form made from it, which the same reference always gives; use a shorter one",
    Done.LEFT_OUT: "sent without it; put it right and send a MissingAmended or a CorrectionMade",
}

log = structlog.get_logger(__name__)


def new_row(
    record: AgencyMessage | Acknowledged, ids: SchemaIds, priorities: Priorities
) -> tuple[NewRow, tuple[Finding, ...]]:
    """The row to keep, and a finding for each field that cannot be sent as it is.

    Raises:
        UnencodableRecord: this is no report, or it does not say what it is about; all reasons are named.
        MessageTooLarge: the same, of one that does not fit into a message. The texts of a report are cut until it does.
    """
    framed, said, left_out = _written(record, ids)
    if len(framed) > _LIMIT:
        raise MessageTooLarge(record_type=record.SCHEMA_NAME, size=len(framed), limit=_LIMIT)
    now = datetime.now(UTC)
    row = NewRow(
        message_id=message_id(int(now.timestamp() * 1000)),
        record_type=record.SCHEMA_NAME,
        priority=priorities.of(said, now.date()),
        made_at=now,
        framed=framed,
        is_answered=not isinstance(record, Acknowledged),
    )
    if left_out:
        log.warning("report_not_sent_whole", message_id=row.message_id, fields=[each.field for each in left_out])
    return row, left_out


def _written(
    record: AgencyMessage | Acknowledged, ids: SchemaIds
) -> tuple[bytes, AgencyMessage | Acknowledged, tuple[Finding, ...]]:
    """The bytes, the record that they are, and what became of the fields that could not be written."""
    if isinstance(record, _STRICT):
        return encode(record, ids), record, ()
    framed, broken = encode_tolerantly(record, ids, limit=_LIMIT)
    said = decode(framed, ids, type(record), is_ours=True) if broken else record
    return framed, said, tuple(map(_finding, broken))


def _finding(field: BrokenField) -> Finding:
    return Finding(
        field=field.where[:200],
        rule=f"expected {field.expected}"[:400],
        remedy=_REMEDIES[field.done],
        kind=FindingKind.GAP,
    )
