"""Which record ends this worker: the law of counting, without files and without clocks.

What is in hand when a process dies is struck. One record that was alone in hand is struck by itself; several are each
struck once, however often they die together, and are from then on handled one at a time, so that the culprit is alone
at its second strike and at its third. Only then is it parked. A record that gets through, and so everything before it,
is forgotten: what was struck beside a culprit, or by somebody's `kill -9`, counts from nothing again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

Each = TypeVar("Each")
PARKED_AT: Final = 3


@dataclass(slots=True)
class Suspicion:
    """What is in hand of one partition, and what was in hand when a process died; offsets, each end excluded."""

    first: int = 0
    end: int = 0
    """In hand; nothing where both are equal."""
    suspected_from: int = 0
    suspected_to: int = 0
    """In hand together at a death, and not handled since: one strike each."""
    struck: int = 0
    strikes: int = 0
    """The record that was alone in hand at the last death, and all its strikes; none where it was handled since."""

    @property
    def in_hand(self) -> int:
        """How many offsets are in hand."""
        return self.end - self.first

    @property
    def is_there(self) -> bool:
        """Whether anything of this partition is under suspicion."""
        return bool(self.strikes) or self.suspected_from < self.suspected_to

    def strikes_of(self, offset: int) -> int:
        """How often a process died with this record in hand, as far as that tells against it."""
        if self.strikes and self.struck == offset:
            return self.strikes
        return int(self.suspected_from <= offset < self.suspected_to)

    def must_be_parked(self, offset: int) -> bool:
        """True once trying again would only stop the others."""
        return self.strikes_of(offset) >= PARKED_AT

    def take(self, offset: int) -> None:
        """Take this record in hand, beside what is in hand already."""
        if self.first == self.end:
            self.first, self.end = offset, offset + 1
        elif offset >= self.end:
            self.end = offset + 1
        else:
            self.first = min(self.first, offset)

    def done(self) -> None:
        """Lay down what is in hand: it was handled."""
        if self.in_hand:
            self.forget(self.end)
            self.first = self.end = 0

    def forget(self, end: int) -> None:
        """Nothing before this offset is under suspicion any longer."""
        self.suspected_from = max(self.suspected_from, end)
        if self.suspected_from >= self.suspected_to:
            self.suspected_from = self.suspected_to = 0
        if self.struck < end:
            self.struck = self.strikes = 0

    def absolve(self) -> None:
        """What is in hand got on since the last death: that one was not here."""
        if self.first <= self.struck < self.end:
            self.struck = self.strikes = 0
        if self.first <= self.suspected_from and self.suspected_to <= self.end:
            self.suspected_from = self.suspected_to = 0

    def lay_down(self) -> None:
        """Lay down what is in hand, and leave open whether it was handled."""
        self.first = self.end = 0

    def strike(self, *, is_alone: bool) -> None:
        """Count a death with these in hand; `is_alone`: one record, and nothing of another partition."""
        if is_alone:
            strikes = self.strikes_of(self.first) + 1
            if self.strikes and self.struck != self.first:
                self._suspect(self.struck, self.struck + 1)
            self.struck, self.strikes = self.first, strikes
        else:
            self._suspect(self.first, self.end)
        self.lay_down()

    def _suspect(self, first: int, end: int) -> None:
        if self.suspected_from == self.suspected_to or self.suspected_to <= first:
            self.suspected_from, self.suspected_to = first, end
        else:
            self.suspected_from, self.suspected_to = min(self.suspected_from, first), max(self.suspected_to, end)


def one_by_one(run: Sequence[Each], is_suspected: Callable[[Each], bool]) -> Iterator[Sequence[Each]]:
    """These together; or each alone, where any of them is under suspicion."""
    if any(map(is_suspected, run)):
        yield from ([each] for each in run)
    else:
        yield run
