"""Records that more than one worker puts out beside its own: audit leaves, and what is kept for the operators."""

from collections.abc import Iterable
from typing import Final

from hub.ids import AgencyId, derived_id
from hub.messages import WireMessage, compose_from_hub
from hub.sealing import derived_salt
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.records import AuditBatch, AuditLeaf, Finding, FindingKind, Header, Quarantined, SealingKey
from streams.arrivals import Arrival
from streams.directory_feed import DirectoryFeed
from streams.secrets import HubSecrets

AUDIT: Final = "audit"
QUARANTINE: Final = "quarantine"
OPERATORS: Final = AgencyId("operators")
"""The directory entry whose sealing key quarantined bytes are sealed to."""

_LEAVES_A_RECORD: Final = 200
_LARGEST_KEPT: Final = 128 * 1024
_LONGEST_NAME: Final = 100
_LONGEST_HEADER: Final = 4000
_LONGEST_KEY: Final = 1000
_MOST_HEADERS: Final = 60
_HUB_FAULT: Final = Finding(
    field="hub", rule="hub_fault", remedy="kept for the hub's operators, who replay it", kind=FindingKind.FAULT
)


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
        """A record that a worker failed on three times, kept for the operators."""
        return self.quarantined(arrival, (_HUB_FAULT,), None)

    def quarantined(self, arrival: Arrival, reasons: tuple[Finding, ...], claimed: AgencyId | None) -> WireMessage:
        """A record as received, with the reasons, sealed to the operators.

        Raises:
            NoOperatorsKey: the directory lists no valid sealing key for them.
        """
        message_id = derived_id(f"{arrival.topic}/{arrival.partition}/{arrival.offset}", "quarantined")
        kept = Quarantined(
            reasons=reasons,
            original_topic=arrival.topic,
            original_partition=arrival.partition,
            original_offset=arrival.offset,
            headers=tuple(
                Header(name=name[:_LONGEST_NAME], value=(value or b"")[:_LONGEST_HEADER])
                for name, value in arrival.headers[:_MOST_HEADERS]
            ),
            key=arrival.key[:_LONGEST_KEY],
            value=arrival.value[:_LARGEST_KEPT],
            claimed_agency=claimed,
            received_at=arrival.appended_at,
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
