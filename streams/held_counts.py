"""What the children of a worker add up to, as Prometheus is told it: only those of the partitions that it holds.

A worker counts every child that its store knows, by partition, and shows the sum over the partitions that it holds and
has caught up with. What its disk says of a partition that is another worker's now is out of date and counted there: it
is kept, and not shown. So the sums of several workers count a child once. Between two workers nobody counts it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from prometheus_client import Gauge

from hub.ids import ChildId
from streams.event_batches import event_partition

Figure: TypeAlias = tuple[Gauge, tuple[str, ...]]
"""A gauge, and a value for each of its labels."""


class HeldCounts:
    """Of one worker."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._counts: defaultdict[int, Counter[Figure]] = defaultdict(Counter)

    def add(self, child: ChildId, figures: Mapping[Figure, int], by: int) -> None:
        """Count what a child adds (`by` 1), or what it added till now (`by` -1)."""
        partition = event_partition(child)
        counts = self._counts[partition]
        for figure, count in figures.items():
            counts[figure] += by * count
        if partition in self._held:
            self._show(figures)

    def hold(self, partition: int) -> None:
        """Show this partition too: it is here, and the store holds what its log held when it came."""
        self._held.add(partition)
        self._show(self._counts[partition])

    def let_go(self, partitions: Iterable[int]) -> None:
        """Show these no more; a label that falls to nought stays, and says so."""
        gone = self._held.intersection(partitions)
        self._held -= gone
        for partition in gone:
            self._show(self._counts[partition])

    def shown(self, figure: Figure) -> int:
        """What is shown of a figure."""
        return sum(self._counts[partition][figure] for partition in self._held)

    def _show(self, figures: Iterable[Figure]) -> None:
        for gauge, labels in figures:
            gauge.labels(*labels).set(self.shown((gauge, labels)))
