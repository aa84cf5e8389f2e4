"""Records that more than one worker puts out beside its own: audit leaves, and what is kept for the operators."""

from collections.abc import Iterable
from typing import Final

from hub.headers import SOURCE, RawHeaders
from hub.ids import AgencyId, derived_id
from hub.messages import Reason, Refusal, WireMessage, compose_from_hub
from hub.refusal import fault
from hub.sealing import derived_salt
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.records import AuditBatch, AuditLeaf, Header, Quarantined, SealingKey
from streams.arrivals import Arrival
from streams.directory_feed import DirectoryFeed
from streams.secrets import HubSecrets

AUDIT: Final = "audit"
QUARANTINE: Final = "quarantine"
OPERATORS: Final = AgencyId("operators")
"""The directory entry whose sealing key quarantined bytes are sealed to."""

_LEAVES_A_RECORD: Final = 200
_LARGEST_KEPT: Final = 200_000
"""Bytes of headers and value together; what comes on `inbound` is never larger, and seldom what the hub writes."""
_LONGEST_HEADER: Final = 64_000
_LONGEST_NAME: Final = 100
_LONGEST_KEY: Final = 1000
_MOST_HEADERS: Final = 100
_LONGEST_AGENCY: Final = 40


class NoOperatorsKey(HomewardError):
    """The directory has no valid sealing key of the operators, so nothing can be quarantined safely."""


class HubRecords:
    """Composes them with the worker's key and the directory as it is now."""

    def __init__(self, secrets: HubSecrets, ids: SchemaIds, directory: DirectoryFeed) -> None:
        self._secrets = secrets
        self._ids = ids
        self._directory = directory

    def leaves(self, leaves: Iterable[AuditLeaf]) -> list[WireMessage]:
        """Leaves in as few records as may be; the reader of `audit` keeps the first of each leaf id."""
        waiting = list(leaves)
        chunks = [waiting[start : start + _LEAVES_A_RECORD] for start in range(0, len(waiting), _LEAVES_A_RECORD)]
        return [self._leaf_record(tuple(chunk)) for chunk in chunks]

    def _leaf_record(self, leaves: tuple[AuditLeaf, ...]) -> WireMessage:
        batch_id = derived_id(leaves[0].leaf_id, "leaf batch", leaves[-1].leaf_id)
        return compose_from_hub(
            AuditBatch(leaves=leaves),
            topic=AUDIT,
            key=leaves[0].leaf_id.encode(),
            message_id=batch_id,
            time=leaves[-1].at,
            worker=self._secrets.worker,
            ids=self._ids,
        )

    def parked(self, arrival: Arrival) -> WireMessage:
        """A record that a worker failed on three times, kept for the operators, who may put it through again."""
        source = dict(arrival.headers).get(SOURCE) or b""
        claimed = source.decode("ascii", "replace") if len(source) <= _LONGEST_AGENCY else None
        refusal = Refusal(
            reason=Reason.HUB_FAULT,
            findings=(fault(Reason.HUB_FAULT),),
            claimed_agency=AgencyId(claimed) if claimed else None,
        )
        return self.quarantined(arrival, refusal)

    def quarantined(
        self, arrival: Arrival, refusal: Refusal, *, first_at: tuple[int, int] | None = None
    ) -> WireMessage:
        """A record as received, with the reasons, sealed to the operators.

        `first_at`: of equivocation, partition and offset of the message that had the id first.

        Raises:
            NoOperatorsKey: the directory lists no valid sealing key for them.
        """
        message_id = quarantine_id(arrival.topic, arrival.partition, arrival.offset)
        headers, key, value = _cut(arrival.headers, arrival.key, arrival.value)
        first_partition, first_offset = first_at or (None, None)
        kept = Quarantined(
            reasons=refusal.findings,
            original_topic=arrival.topic,
            original_partition=arrival.partition,
            original_offset=arrival.offset,
            headers=headers,
            key=key,
            value=value,
            claimed_agency=refusal.claimed_agency,
            received_at=arrival.appended_at,
            reason=refusal.reason.value,
            is_whole=(key, value) == (arrival.key, arrival.value)
            and [(each.name, each.value) for each in headers] == list(arrival.headers),
            first_partition=first_partition,
            first_offset=first_offset,
        )
        return compose_from_hub(
            kept,
            topic=QUARANTINE,
            key=message_id.encode(),
            message_id=message_id,
            time=arrival.appended_at,
            worker=self._secrets.worker,
            ids=self._ids,
            seal_to=self._operators_key(arrival),
            salt=derived_salt(self._secrets.log_key, message_id, OPERATORS),
        )

    def _operators_key(self, arrival: Arrival) -> SealingKey:
        key = self._directory.current.sealing_key(OPERATORS, arrival.appended_at)
        if key is None:
            message = "the directory lists no valid sealing key of 'operators'; run: homeward doctor"
            raise NoOperatorsKey(message)
        return key


def quarantine_id(topic: str, partition: int, offset: int) -> str:
    """The id that a record of this place has on `quarantine`: a re-run keeps it under the same."""
    return derived_id(f"{topic}/{partition}/{offset}", "quarantined")


def _cut(headers: RawHeaders, key: bytes, value: bytes) -> tuple[tuple[Header, ...], bytes, bytes]:
    """Headers, key and value, as far as one record holds them: the headers first, for they say whose it is."""
    room = _LARGEST_KEPT
    kept = []
    for name, said in headers[:_MOST_HEADERS]:
        part = (said or b"")[: min(room, _LONGEST_HEADER)]
        room -= len(part)
        kept.append(Header(name=name[:_LONGEST_NAME], value=part))
    return tuple(kept), key[:_LONGEST_KEY], value[:room]
