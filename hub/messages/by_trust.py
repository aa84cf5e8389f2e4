"""What the trust key signs, in clear: directory entries, and a demonstration's stretches of hub time.

No worker holds its private half, and every reader is given the public one out of band. Who reads hub time decides
whether to believe it: only a hub whose trust key is marked as a demonstration's may.
"""

from datetime import datetime
from typing import Final, TypeVar

from hub.directory import KeyStanding
from hub.headers import Headers
from hub.ids import HUB, derived_id
from hub.messages.agency import compose
from hub.messages.wire import AVRO, Fault, Refused, WireMessage, answered, committed, decoded, parsed, proven_by
from hub.refusal import Reason, Refusal
from hub.signing import Domain, Signer
from schemas.codec import SchemaIds
from schemas.records import DirectoryEntry, HubTime, Record

DIRECTORY: Final = "directory"
HUB_TIME: Final = "hub-time"
"""The topics."""

_Signed = TypeVar("_Signed", bound=DirectoryEntry | HubTime)


def compose_directory_entry(entry: DirectoryEntry, trust_key: Signer, ids: SchemaIds, time: datetime) -> WireMessage:
    """A directory entry, keyed by agency; its id derives from agency and version."""
    name = derived_id(entry.agency_id, "directory", str(entry.version))
    return _composed(entry, trust_key, ids, time, domain=Domain.DIRECTORY, topic=DIRECTORY, message_id=name)


def compose_hub_time(record: HubTime, trust_key: Signer, ids: SchemaIds, time: datetime) -> WireMessage:
    """A stretch of hub time, keyed by where it begins, from which its id derives."""
    name = derived_id(_key(record), "hub time")
    return _composed(record, trust_key, ids, time, domain=Domain.TIME, topic=HUB_TIME, message_id=name)


def open_directory_entry(wire: WireMessage, trust_key: bytes, ids: SchemaIds) -> DirectoryEntry | Refusal:
    """The entry, if the trust key (32 bytes, public) signed it for this record key; otherwise why not."""
    return _opened(wire, trust_key, ids, Domain.DIRECTORY, DirectoryEntry)


def open_hub_time(wire: WireMessage, trust_key: bytes, ids: SchemaIds) -> HubTime | Refusal:
    """The record, if the trust key (32 bytes, public) signed it for its topic and key; otherwise why not."""
    return _opened(wire, trust_key, ids, Domain.TIME, HubTime)


def _key(record: Record) -> str:
    """What a record is keyed by."""
    match record:
        case DirectoryEntry():
            return record.agency_id
        case HubTime():
            return record.real_origin.isoformat()
    raise TypeError(record.SCHEMA_NAME)


def _composed(
    record: DirectoryEntry | HubTime,
    trust_key: Signer,
    ids: SchemaIds,
    time: datetime,
    *,
    domain: Domain,
    topic: str,
    message_id: str,
) -> WireMessage:
    return compose(
        record,
        ids=ids,
        message_id=message_id,
        sender=HUB,
        time=time,
        signer=trust_key,
        seal_to=None,
        salt=None,
        sequence=None,
        previous=None,
        domain=domain,
        topic=topic,
        key=_key(record).encode(),
    )


def _opened(
    wire: WireMessage, trust_key: bytes, ids: SchemaIds, domain: Domain, wanted: type[_Signed]
) -> _Signed | Refusal:
    try:
        headers = parsed(wire)
        found = proven_by(trust_key, wire, headers, domain=domain, standing=KeyStanding.VALID)
        try:
            return _record(wire, headers, ids, wanted)
        except Fault as broken:
            raise answered(found, [broken]) from None
    except Refused as refused:
        return refused.refusal


def _record(wire: WireMessage, headers: Headers, ids: SchemaIds, wanted: type[_Signed]) -> _Signed:
    if headers.content_type != AVRO:
        raise Fault(Reason.WRONG_CONTENT_TYPE)
    record, _ = decoded(committed(wire.value, headers), headers, ids, is_proven=True)
    if not isinstance(record, wanted):
        raise Fault(Reason.UNEXPECTED_TYPE)
    if isinstance(record, DirectoryEntry) and _key(record).encode() != wire.key:
        raise Fault(Reason.WRONG_RECORD_KEY)
    return record
