"""One record of a topic as its headers show it: all that the hub's books are kept from."""

from dataclasses import dataclass
from typing import Final

ACKNOWLEDGED: Final = "Acknowledged"
MISSING: Final = "MissingReported"
MOVED: Final = "Moved"
NOTICE: Final = "Notice"
RECEIPT: Final = "Receipt"
TOLD: Final = "Told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record as its headers show it. `at` is the broker's append time in milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    at: int
    id: str
    type: str
    source: str
    key: str = ""
    """The record's key; of an event, the id of its child."""
    time: str = ""
    cause: str = ""
    subject: str = ""
    told: tuple[str, ...] = ()
