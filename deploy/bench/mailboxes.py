"""What the benchmark's reader is told, and what it reads: values that travel between the two processes."""

from dataclasses import dataclass
from pathlib import Path

from deploy.bench.agencies import BenchAgency
from schemas.records import DirectoryEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderTask:
    """What the reader is told."""

    bootstrap: str
    certificates: Path
    agencies: tuple[BenchAgency, ...]
    fingerprints: dict[int, str]
    entries: tuple[DirectoryEntry, ...]
    mailboxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """One record of a mailbox: its id, what it stems from, when the broker appended it and when it was read."""

    mailbox: str
    record_type: str
    id: str
    cause: str
    appended: float
    read: float
