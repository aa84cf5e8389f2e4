"""Stretches of logs, read from here to there by whoever keeps its own place; the ids in the headers, nothing opened."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

POLL_MILLISECONDS: Final = 250
AT_ITS_END_MS: Final = 50
"""How long the broker keeps a request of somebody who reads to an end and leaves: it lets him go only when it has
answered the last one (after half a second, unless told otherwise).
"""


async def stretch(
    reader: AIOKafkaConsumer, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> AsyncIterator[tuple[TopicPartition, Any]]:
    """The records of these partitions from where each starts to where it ends, in the order of each."""
    waiting = {place for place, start in starts.items() if start < ends[place]}
    if not waiting:
        return
    reader.assign(list(waiting))
    for place in waiting:
        reader.seek(place, starts[place])
    while waiting:
        for place, records in (await reader.getmany(timeout_ms=POLL_MILLISECONDS)).items():
            for record in records:
                if record.offset < ends[place]:
                    yield place, record
        waiting = {place for place in waiting if await reader.position(place) < ends[place]}


def headers_of(record: Any) -> dict[str, bytes]:  # noqa: ANN401 - aiokafka has no types
    """The headers of a record by name."""
    return {name: value or b"" for name, value in record.headers}
