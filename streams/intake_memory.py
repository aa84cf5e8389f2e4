"""What intake remembers: which message ids it answered, and how; how far each signing key's chain has come; and what
each agency was told of messages in its name that did not verify.

An id is remembered with the partition and offset of its message: the same offset again is a re-run of our own and
everything is done again, another offset is a duplicate and is answered with the first receipt. A plain "seen" would
turn a crash between remembering and passing on into a loss. Only verified messages are remembered; rows are sealed
before Faust sees them.
"""

import struct
from dataclasses import dataclass
from typing import Final

from hub.chain import Position
from hub.chain_gaps import Gaps, from_row, to_row
from hub.failed_verification import Tally
from hub.records_at_rest import open_row, seal_row
from schemas.codec import SchemaIds, decode, encode
from schemas.records import Receipt
from streams.arrivals import Arrival
from streams.outbound import Outbound
from streams.table import DurableTable, durable_table, partition_of
from streams.worker_app import WorkerApp

_TABLE: Final = "ids"
_ANSWERED: Final = struct.Struct(">iq32s")
_CHAIN: Final = struct.Struct(">q32s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A message id that was answered: where its message stood, the digest of what was signed, and the receipt."""

    partition: int
    offset: int
    digest: bytes
    receipt: Receipt

    def is_of(self, arrival: Arrival) -> bool:
        """True if this is the very record that was answered, not another one with the same id."""
        return (self.partition, self.offset) == (arrival.partition, arrival.offset)


class IntakeMemory:
    """The table of intake, by message id and by signing key."""

    def __init__(self, app: WorkerApp, partitions: int, state_key: bytes, ids: SchemaIds) -> None:
        self._table: DurableTable = durable_table(app, _TABLE, partitions)
        self._partitions = partitions
        self._state_key = state_key
        self._ids = ids

    def answered(self, arrival: Arrival, message: str) -> Answered | None:
        """How this id was answered before, or None."""
        row = self._read(arrival, f"id/{message}")
        if row is None:
            return None
        partition, offset, digest = _ANSWERED.unpack(row[: _ANSWERED.size])
        receipt = decode(row[_ANSWERED.size :], self._ids, Receipt)
        return Answered(partition=partition, offset=offset, digest=digest, receipt=receipt)

    def remember(self, arrival: Arrival, message: str, digest: bytes, receipt: Receipt) -> None:
        """Remember the answer to a message; durable with the next flush."""
        place = _ANSWERED.pack(arrival.partition, arrival.offset, digest)
        self._write(arrival, f"id/{message}", place + encode(receipt, self._ids))

    def chain(self, arrival: Arrival, signer: str) -> Position | None:
        """How far the chain of a signing key (agency and key id) is known, or None."""
        row = self._read(arrival, f"chain/{signer}")
        if row is None:
            return None
        sequence, link = _CHAIN.unpack(row)
        return Position(sequence=sequence, link=link)

    def gaps(self, partition: int) -> Gaps:
        """Gaps of this partition that are open; none where it is not held here."""
        row = self._read_anywhere(f"gaps/{partition}")
        return () if row is None else from_row(row)

    def gaps_beside(self, arrival: Arrival) -> Gaps:
        """The same of the arrival's own partition, which is held here."""
        row = self._read(arrival, f"gaps/{arrival.partition}")
        return () if row is None else from_row(row)

    def keep_gaps(self, arrival: Arrival, gaps: Gaps) -> None:
        """Note the open gaps of the arrival's partition; durable with the next flush."""
        self._write(arrival, f"gaps/{arrival.partition}", to_row(gaps))

    def extend_chain(self, arrival: Arrival, signer: str, position: Position) -> None:
        """Note how far the chain has come; durable with the next flush."""
        self._write(arrival, f"chain/{signer}", _CHAIN.pack(position.sequence, position.link))

    def tally(self, partition: int, agency: str) -> Tally:
        """What was told last, out of this partition, of messages in this agency's name that did not verify."""
        row = self._read_anywhere(f"unverified/{agency}/{partition}")
        return Tally() if row is None else Tally.from_row(row)

    def told_minute(self, agency: str, *, apart_from: int) -> int:
        """The newest minute in which the agency was told out of another partition of this worker."""
        others = (number for number in range(self._partitions) if number != apart_from)
        return max((self.tally(number, agency).minute for number in others), default=Tally().minute)

    def keep_tally(self, arrival: Arrival, agency: str, tally: Tally) -> None:
        """Note what is told, before it is; durable with the next flush."""
        self._write(arrival, f"unverified/{agency}/{arrival.partition}", tally.to_row())

    async def flush(self, outbound: Outbound) -> None:
        """Make durable what was remembered."""
        await self._table.flush(outbound)

    def _read(self, arrival: Arrival, name: str) -> bytes | None:
        key = name.encode()
        with partition_of(arrival):
            sealed = self._table.get(key)
        return None if sealed is None else open_row(sealed, self._state_key, key)

    def _read_anywhere(self, name: str) -> bytes | None:
        """A row whose name says its partition, read without an arrival; None where that partition is not held here."""
        key = name.encode()
        sealed = self._table.get(key)
        return None if sealed is None else open_row(sealed, self._state_key, key)

    def _write(self, arrival: Arrival, name: str, row: bytes) -> None:
        key = name.encode()
        with partition_of(arrival):
            self._table[key] = seal_row(row, self._state_key, key)
