"""A record of hub time on its topic: signed by the trust key, in clear, one for each stretch of a fast clock.

Who reads it decides whether to believe it: only a hub whose trust key is marked as a demonstration's may.
"""

from datetime import datetime
from typing import Final

from hub.directory import KeyStanding
from hub.headers import Headers
from hub.ids import HUB, derived_id
from hub.messages.agency import compose
from hub.messages.wire import AVRO, Fault, Refused, WireMessage, answered, committed, decoded, parsed, proven_by
from hub.refusal import Reason, Refusal
from hub.signing import Domain, Signer
from schemas.codec import SchemaIds
from schemas.records import HubTime

HUB_TIME: Final = "hub-time"
"""The topic."""


def compose_hub_time(record: HubTime, trust_key: Signer, ids: SchemaIds, time: datetime) -> WireMessage:
    """The record, signed by the trust key; its id derives from where it begins."""
    began = record.real_origin.isoformat()
    return compose(
        record,
        ids=ids,
        message_id=derived_id(began, "hub time"),
        sender=HUB,
        time=time,
        signer=trust_key,
        seal_to=None,
        salt=None,
        sequence=None,
        previous=None,
        domain=Domain.TIME,
        topic=HUB_TIME,
        key=began.encode(),
    )


def open_hub_time(wire: WireMessage, trust_key: bytes, ids: SchemaIds) -> HubTime | Refusal:
    """The record, if the trust key (32 bytes, public) signed it for this topic and key; otherwise why not."""
    try:
        headers = parsed(wire)
        found = proven_by(trust_key, wire, headers, domain=Domain.TIME, standing=KeyStanding.VALID)
        try:
            return _record(wire, headers, ids)
        except Fault as broken:
            raise answered(found, [broken]) from None
    except Refused as refused:
        return refused.refusal


def _record(wire: WireMessage, headers: Headers, ids: SchemaIds) -> HubTime:
    if headers.content_type != AVRO:
        raise Fault(Reason.WRONG_CONTENT_TYPE)
    record, _ = decoded(committed(wire.value, headers), headers, ids)
    if not isinstance(record, HubTime):
        raise Fault(Reason.UNEXPECTED_TYPE)
    return record
