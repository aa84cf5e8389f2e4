"""How a waiting row becomes the final bytes: sealed to the hub's key of the day, signed by this installation.

Called by the outbox within the transaction that gives the row its sequence, so it does no I/O of its own: the
directory is whatever was read last, or what the cache held.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.directory import Directory
from hub.ids import HUB, AgencyId
from hub.messages import chain_link, compose
from hub.sealing import SALT_BYTES
from hub.signing import Signer
from producers.errors import NotYetConnected
from producers.outbox_rows import Sealed, WaitingRow
from schemas.codec import SchemaIds, decode

__all__ = ["RowSealer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSealer:
    """Everything that is needed to seal and sign for one agency."""

    agency: AgencyId
    signer: Signer
    ids: SchemaIds
    directory: Callable[[], Directory]

    def seal(self, row: WaitingRow, sequence: int, link: bytes) -> Sealed:
        """The final bytes of one row.

        Raises:
            NotYetConnected: the directory holds no sealing key of the hub that is valid now.
        """
        hub_key = self.directory().sealing_key(HUB, datetime.now(UTC))
        if hub_key is None:
            message = "the directory has no valid sealing key of the hub yet; what waits goes out as soon as it has"
            raise NotYetConnected(message)
        wire = compose(
            decode(row.framed, self.ids),
            ids=self.ids,
            message_id=row.message_id,
            sender=self.agency,
            time=row.made_at,
            signer=self.signer,
            seal_to=hub_key,
            salt=secrets.token_bytes(SALT_BYTES),
            sequence=sequence,
            previous=link,
        )
        return Sealed(wire=wire, link=chain_link(wire))
