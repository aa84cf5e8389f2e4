"""What this worker has in hand, in a local file that outlives the process: whatever is left in it was in hand at death.

The file is one small row for each partition, written over in place when a batch is taken up and when it is done; it is
not forced to the disk, for it has to outlive a process and not a machine. At the next start what is still in it is
struck (`streams.poison`), unless the process had noted that its end would be nobody's fault: it was told to stop, it
waited for the broker, or something else than the batch failed. It holds offsets and counts, nothing of the records.
What was parked last stands in it too: a stretch that is read again may hold it once more, and it is put aside at once.
"""

import os
import struct
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import IntEnum
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Final

from streams.poison import PARKED_AT, Suspicion

_HEAD: Final = struct.Struct("<3q")
"""How the process ends, by its own note; partition and offset of the one record that is blamed, or -1. While any of
many may be to blame, -2 and how often in a row a process has died so."""
_HOW: Final = struct.Struct("<q")
_BLAMED: Final = struct.Struct("<2q")
_NOBODY: Final = (-1, -1)
_ANY_OF_MANY: Final = -2
MOST_PARKED: Final = 16
"""Records that were parked last, of all partitions, and are remembered."""
_ROW: Final = struct.Struct("<6q")
_PARKED: Final = struct.Struct(f"<{2 * MOST_PARKED}q")
_VALUES: Final = attrgetter(*(field.name for field in fields(Suspicion)))


class End(IntEnum):
    """How a process came to its end, by its own note."""

    UNEXPLAINED = 0
    """It had no time to say: killed from outside, or crashed below Python."""
    FAILED = 1
    HUNG = 2
    NOT_THE_RECORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """What was in hand of a partition when the process before this one died."""

    partition: int
    first: int
    records: int
    strikes: int
    """Of the record, if it was alone."""
    end: End


class InHand:
    """The rows of all partitions of a worker's topic. Only `ends` may be called from another thread."""

    def __init__(self, file: Path, partitions: int) -> None:
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        self._end, self._blamed, self._rows, self._parked = self._read(partitions)
        self._is_for_good = False
        self.deaths_among_many = self._deaths()
        """How often in a row a process died while any of many might have been to blame."""
        self.struck = self._count()
        self._is_anything_suspected = any(row.is_there for row in self._rows)
        self._write()
        self._write_parked()
        self._write_blamed(_NOBODY)
        self._write_end(End.UNEXPLAINED)  # after the rows: a process that ends between the two strikes nothing twice

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def take(self, places: Iterable[tuple[int, int]]) -> None:
        """Take these up (partition, offset), beside what is in hand; a death counts against them from here on."""
        if self._end is not End.UNEXPLAINED and not self._is_for_good:
            self._write_end(End.UNEXPLAINED)
        for partition, offset in places:
            self._rows[partition].take(offset)
        self._write()

    def done(self) -> None:
        """Everything in hand was handled."""
        for row in self._rows:
            row.done()
        self._look_for_suspicion()
        self._write()

    def stored(self) -> None:
        """Lay down what is in hand: it is kept, and what follows of it comes later; until then nothing is forgotten."""
        for row in self._rows:
            row.lay_down()
        self._write()

    def blame(self, place: tuple[int, int] | None) -> None:
        """From here on a death tells against this record alone, whatever is in hand; None: against what is in hand."""
        blamed = place or _NOBODY
        if blamed != self._blamed:
            self._write_blamed(blamed)

    def blame_any(self) -> None:
        """From here on a death is that of any of many: what is in hand beside them is not struck alone for it."""
        self._write_blamed((_ANY_OF_MANY, self.deaths_among_many))

    def parked(self, partition: int, offset: int) -> None:
        """A record was put aside: nothing is suspected of it any more, and it is never tried again."""
        if (partition, offset) not in self._parked:
            self._parked.append((partition, offset))
            self._write_parked()
        self._rows[partition].forget(offset + 1)
        self._look_for_suspicion()
        self._write()

    def was_parked(self, partition: int, offset: int) -> bool:
        """Whether this is one of the records that were put aside last."""
        return bool(self._parked) and (partition, offset) in self._parked

    def gets_on(self) -> None:
        """A long piece of work got on: a death from here on is not the death of before."""
        if self._is_anything_suspected:
            for row in self._rows:
                if row.in_hand:
                    row.absolve()
            self._look_for_suspicion()
            self._write()

    def ends(self, end: End, *, for_good: bool = False) -> None:
        """Note how the process ends if it ends now: until something else is taken up, or for good."""
        if end is not self._end and not self._is_for_good:
            self._write_end(end)
        self._is_for_good = self._is_for_good or for_good

    @property
    def partitions(self) -> list[int]:
        """Those of which anything is in hand."""
        return [partition for partition, row in enumerate(self._rows) if row.in_hand]

    @property
    def is_anything_suspected(self) -> bool:
        """Whether anything that was in hand at a death was not handled since."""
        return self._is_anything_suspected

    @property
    def end(self) -> End:
        """What is noted of how the process ends."""
        return self._end

    def strikes(self, partition: int, offset: int) -> int:
        """How often a process died with this record in hand, as far as that tells against it."""
        if self.was_parked(partition, offset):
            return PARKED_AT
        return self._rows[partition].strikes_of(offset) if self._is_anything_suspected else 0

    def must_be_parked(self, partition: int, offset: int) -> bool:
        """True once trying again would only stop the others."""
        return self.strikes(partition, offset) >= PARKED_AT

    def _deaths(self) -> int:
        among, deaths = self._blamed
        return deaths + (self._end is not End.NOT_THE_RECORDS) if among == _ANY_OF_MANY else 0

    def _count(self) -> list[Struck]:
        is_of_many = self._blamed[0] == _ANY_OF_MANY
        if self._blamed != _NOBODY and not is_of_many and self._end is not End.NOT_THE_RECORDS:
            for row in self._rows:
                row.lay_down()
            partition, offset = self._blamed
            self._rows[partition].take(offset)
        together = sum(row.in_hand for row in self._rows)
        struck = []
        for partition, row in enumerate(self._rows):
            if self._end is End.NOT_THE_RECORDS:
                row.lay_down()
            elif row.in_hand:
                first, records = row.first, row.in_hand
                row.strike(is_alone=together == 1 and not is_of_many)
                struck.append(
                    Struck(
                        partition=partition, first=first, records=records, strikes=row.strikes_of(first), end=self._end
                    )
                )
        return struck

    def _look_for_suspicion(self) -> None:
        if self._is_anything_suspected:
            self._is_anything_suspected = any(row.is_there for row in self._rows)

    def _read(self, partitions: int) -> tuple[End, tuple[int, int], list[Suspicion], deque[tuple[int, int]]]:
        """What stands in the file; of one that is new, or of another shape, nothing."""
        rows_end = _HEAD.size + partitions * _ROW.size
        held = os.pread(self._handle, rows_end + _PARKED.size + 1, 0)
        rows = [Suspicion() for _ in range(partitions)]
        parked: deque[tuple[int, int]] = deque(maxlen=MOST_PARKED)
        if len(held) != rows_end + _PARKED.size:
            os.ftruncate(self._handle, 0)
            return End.UNEXPLAINED, _NOBODY, rows, parked
        for number, values in enumerate(_ROW.iter_unpack(held[_HEAD.size : rows_end])):
            row = Suspicion(*values)
            if min(values) >= 0 and row.in_hand >= 0:
                rows[number] = row
        end, partition, offset = _HEAD.unpack(held[: _HEAD.size])
        is_known = 0 <= partition < partitions or partition == _ANY_OF_MANY
        blamed = (partition, offset) if is_known and offset >= 0 else _NOBODY
        places = iter(_PARKED.unpack(held[rows_end:]))
        parked.extend(place for place in zip(places, places, strict=True) if 0 <= place[0] < partitions)
        return End(end) if end in list(End) else End.UNEXPLAINED, blamed, rows, parked

    def _write(self) -> None:
        os.pwrite(self._handle, b"".join(_ROW.pack(*_VALUES(row)) for row in self._rows), _HEAD.size)

    def _write_parked(self) -> None:
        places = [*self._parked, *[_NOBODY] * (MOST_PARKED - len(self._parked))]
        os.pwrite(self._handle, _PARKED.pack(*chain.from_iterable(places)), _HEAD.size + len(self._rows) * _ROW.size)

    def _write_blamed(self, blamed: tuple[int, int]) -> None:
        self._blamed = blamed
        os.pwrite(self._handle, _BLAMED.pack(*blamed), _HOW.size)

    def _write_end(self, end: End) -> None:
        self._end = end
        os.pwrite(self._handle, _HOW.pack(end), 0)
