"""Where records go by their key: as every Kafka client puts them, worked out once for each key that comes often.

The client's own hash is written in Python and costs some 15 µs a key. It is asked for a child's id twice a record of
`events`, and for topics of one partition too.
"""

from collections.abc import Sequence
from functools import lru_cache
from random import choice

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=4096)
def place_of(key: bytes, partitions: int) -> int:
    """The number, from 0, of the partition that a key belongs on, of so many."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


def partitioner(key: bytes | None, every: Sequence[int], available: Sequence[int]) -> int:
    """The partition of a key; without a key any that is available: what the client's own one says."""
    if key is None:
        return choice(available or every)  # noqa: S311 - a load to be spread, no secret
    return every[0] if len(every) == 1 else every[place_of(key, len(every))]
