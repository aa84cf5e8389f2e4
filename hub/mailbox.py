"""A running account of what a mailbox holds, kept alike by the hub, which signs it, and by its reader, who checks it.

Many workers write one mailbox, and a broker that withholds a record leaves no trace in the others. So the hub chains
the ids of a mailbox's records in the order of their offsets and says every half minute, signed, how far it has come:
end, count and hash (`MailboxStatement`). Whoever reads the mailbox chains what it was given, and compares.

Rules kept here:

1. Every record counts, whatever it is and however often it stands there: receipts, notices, repeats, and the
   statements themselves (each is counted by the next one).
2. hash(n) = SHA-256(hash(n-1), length of the id, the id); hash(0) is 32 zero bytes. The id is the `ce_id` header as it
   stands, empty where there is none.
3. A reader can only judge stretches that it saw whole: from one statement to a later one. The first statement after a
   gap (a new reader, another installation that had the mailbox meanwhile) is believed, and what follows is checked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from schemas.records import MailboxStatement

__all__ = ["Account", "Verdict", "checked"]

_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a mailbox holds before the offset `end`: how many records, and the hash chained over their ids."""

    end: int = 0
    count: int = 0
    rolling_hash: bytes = bytes(32)

    def with_record(self, offset: int, record_id: bytes) -> "Account":
        """The account with the record at this offset, which must not lie before `end`."""
        if offset < self.end:
            message = f"offset {offset} is counted already: the account ends at {self.end}"
            raise ValueError(message)
        chained = sha256(self.rolling_hash + len(record_id).to_bytes(_LENGTH_BYTES) + record_id).digest()
        return Account(end=offset + 1, count=self.count + 1, rolling_hash=chained)

    @classmethod
    def of(cls, statement: MailboxStatement) -> "Account":
        """The account that a statement states."""
        return cls(end=statement.end_offset, count=statement.count, rolling_hash=statement.rolling_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a statement shows. `missing` is how many records the hub counted that the reader was not given.

    `is_checked` is False where the reader had not seen the whole stretch, so that the statement was only believed.
    """

    is_checked: bool
    agrees: bool
    missing: int
    account: Account


def checked(known: Account | None, seen: Mapping[int, bytes], first: int, statement: MailboxStatement) -> Verdict:
    """Compare a statement with what a reader was given.

    Args:
        known: the account of the last statement that the reader took; None before the first.
        seen: ids by offset, of every record given since then.
        first: the offset from which on the reader was given everything there was.
        statement: verified already.
    """
    stated = Account.of(statement)
    if known is None or known.end < first or stated.end < known.end:
        return Verdict(is_checked=False, agrees=True, missing=0, account=stated)
    found = _counted(known, ((offset, seen[offset]) for offset in sorted(seen)), stated.end)
    agrees = replace(found, end=stated.end) == stated
    return Verdict(is_checked=True, agrees=agrees, missing=max(0, stated.count - found.count), account=stated)


def _counted(account: Account, records: Iterable[tuple[int, bytes]], end: int) -> Account:
    for offset, record_id in records:
        if account.end <= offset < end:
            account = account.with_record(offset, record_id)
    return account
