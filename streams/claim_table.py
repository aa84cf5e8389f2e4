"""Identity's claims as rows of a Faust table, each sealed under the key of the child that the claim belongs to."""

from collections.abc import Iterator

import structlog

from hub.identity import ClaimRecord
from hub.ids import ChildId
from hub.records_at_rest import open_row, seal_row
from streams.arrivals import Arrival
from streams.keyring import ChildErased
from streams.outbound import Outbound
from streams.secrets import HubSecrets
from streams.table import durable_table, partition_of
from streams.worker_app import WorkerApp

_log = structlog.get_logger()
_TABLE = "claims"
_CHILD_LENGTH = 36


class ClaimTable:
    """One row a claim: the child's id in clear (it finds the key), the rest sealed."""

    def __init__(self, app: WorkerApp, secrets: HubSecrets) -> None:
        self._table = durable_table(app, _TABLE, 1)
        self._secrets = secrets

    def put(self, arrival: Arrival, record: ClaimRecord, row: str) -> None:
        """Keep a claim's newest state, as the row that the index made of it; durable with the next flush.

        Raises:
            ChildErased: the child's key was destroyed.
        """
        key = record.claim.encode()
        child_key = self._secrets.keyring.key_for(record.child)
        with partition_of(arrival):
            self._table[key] = record.child.encode() + seal_row(row.encode(), child_key, key)

    def all(self) -> Iterator[ClaimRecord]:
        """Every claim whose child was not erased."""
        erased = 0
        for key, row in self._table.items():
            child = ChildId(row[:_CHILD_LENGTH].decode())
            try:
                child_key = self._secrets.keyring.key_for(child)
            except ChildErased:
                erased += 1
                continue
            yield ClaimRecord.from_bytes(open_row(row[_CHILD_LENGTH:], child_key, key))
        if erased:
            _log.info("erased_claims_left_out", claims=erased)

    async def flush(self, outbound: Outbound) -> None:
        """Make durable what was put."""
        await self._table.flush(outbound)
