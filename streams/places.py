"""How far each partition has come: the guard that no offset is passed over.

Faust skips records. So the offset that must come next is kept of every partition, and what lies between it and what
came is read from the log first (`shell`). What was settled once is only acknowledged when Faust delivers it again.
"""

from dataclasses import dataclass, field

from streams.arrivals import Arrival, LogReader
from streams.metrics import END_OF_LOG, POSITION
from streams.processor import Processor


@dataclass(slots=True)
class Places:
    """Of the partitions of one worker."""

    processor: Processor
    reader: LogReader
    here: set[int] = field(default_factory=set)
    came: set[int] = field(default_factory=set)
    """Partitions that came and of which nobody has looked yet whether something is missing."""
    caught_up: set[int] = field(default_factory=set)
    """Those of which everything is handled that their log held when they came."""
    _next: dict[int, int] = field(default_factory=dict)
    _settled: dict[int, int] = field(default_factory=dict)
    _began: dict[int, int] = field(default_factory=dict)

    async def expected(self, partition: int) -> int:
        """The offset that must come next."""
        if (expected := self._next.get(partition)) is None:
            expected = self.processor.position(partition)
            if expected is None:
                expected = await self.reader.committed(self.processor.topic, partition)
            self._next[partition] = self._began[partition] = expected
        return expected

    async def missing(self, partition: int) -> tuple[int, int] | None:
        """Of a partition that came: the stretch of its log that was not handled, up to its end as it is now."""
        topic = self.processor.topic
        held = self.processor.position(partition)
        if held is None:
            return None
        self._forget(partition)  # a batch that was in hand when it went has noted how far it came itself
        end = await self.reader.end(topic, partition)
        begin = min(held, await self.reader.committed(topic, partition))
        if begin >= end:
            return None
        return max(begin, await self.reader.first(topic, partition)), end

    def is_next(self, arrival: Arrival) -> bool:
        """Whether this follows what was taken up of its partition, with nothing between."""
        return self._next.get(arrival.partition) == arrival.offset and arrival.partition not in self.came

    def taken(self, arrival: Arrival) -> None:
        """Everything up to and with this is taken up."""
        self._next[arrival.partition] = max(self._next.get(arrival.partition, 0), arrival.offset + 1)

    def is_settled(self, arrival: Arrival) -> bool:
        """Whether this was handled since its partition came."""
        return arrival.offset < self._settled.get(arrival.partition, 0)

    def settled(self, arrival: Arrival) -> None:
        """Everything up to and with this is handled. Of a partition that went meanwhile Prometheus is told nothing."""
        self._settled[arrival.partition] = max(self._settled.get(arrival.partition, 0), arrival.offset + 1)
        if arrival.partition in self.here:
            POSITION.labels(arrival.topic, str(arrival.partition)).set(arrival.offset + 1)

    def come(self, partitions: frozenset[int]) -> None:
        """These are this worker's now."""
        self.here |= partitions
        self.came |= partitions
        self.caught_up -= partitions

    def has_caught_up(self, partition: int) -> bool:
        """Note that nothing is missing of a partition that came; False if it went meanwhile, or went and came again."""
        if partition not in self.here or partition in self.came:
            return False
        self.caught_up.add(partition)
        return True

    def gone(self, partitions: frozenset[int]) -> None:
        """Forget these: they are another worker's now."""
        for noted in (self.here, self.came, self.caught_up):
            noted.difference_update(partitions)
        for partition in partitions:
            self._forget(partition)
            for gauge in (POSITION, END_OF_LOG):
                gauge.remove(self.processor.topic, str(partition))

    def _forget(self, partition: int) -> None:
        for noted in (self._next, self._settled, self._began):
            noted.pop(partition, None)

    def after(self) -> dict[int, int]:
        """The offset after what is handled of each partition; what is in hand does not count."""
        return {
            partition: self._settled.get(partition, self._began.get(partition, expected))
            for partition, expected in self._next.items()
            if partition in self.here
        }
