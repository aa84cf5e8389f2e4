"""How far each partition has come: nothing of a partition that comes back is taken for handled by what was before."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from prometheus_client import REGISTRY

from streams.arrivals import Arrival
from streams.metrics import END_OF_LOG
from streams.places import Places

PARTITION = 3
HERE = frozenset({PARTITION})


@dataclass
class Log:
    """One partition's log, and how far the worker's store and the group have come in it."""

    last: int
    held: int = 0
    acknowledged: int = 0
    topic: str = "events"

    def position(self, partition: int) -> int:
        del partition
        return self.held

    async def end(self, *_: object) -> int:
        return self.last

    async def committed(self, *_: object) -> int:
        return self.acknowledged

    async def first(self, *_: object) -> int:
        return 0


def places_of(log: Any) -> Places:  # noqa: ANN401 - processor and reader in one
    return Places(log, log)


def arrival(offset: int) -> Arrival:
    return Arrival(
        topic="events", partition=PARTITION, offset=offset, appended_at=datetime(2026, 3, 27, tzinfo=UTC), key=b"",
        value=b"", headers=(), event=mock.Mock(), delivered=False,
    )  # fmt: skip


async def test_a_partition_that_went_while_it_was_read_is_read_on_when_it_comes_back() -> None:
    log = Log(last=10)
    places = places_of(log)
    places.come(HERE)
    assert await places.missing(places.came.pop()) == (0, 10)
    places.gone(HERE)
    places.taken(arrival(9))
    places.settled(arrival(9))
    log.held, log.last, log.acknowledged = 10, 25, 25  # another worker handled what came meanwhile
    places.come(HERE)
    assert await places.missing(places.came.pop()) == (10, 25)
    assert not places.is_settled(arrival(9)), "it is another worker's word by now how far the group is"


async def test_only_what_is_here_and_was_looked_at_has_caught_up() -> None:
    places = places_of(Log(last=10))
    places.come(HERE)
    assert not places.has_caught_up(PARTITION), "nobody has looked yet"
    places.came.discard(PARTITION)
    assert places.has_caught_up(PARTITION)
    assert places.caught_up == HERE
    places.gone(HERE)
    assert not places.caught_up
    assert not places.has_caught_up(PARTITION), "it went while it was read"
    places.come(HERE)
    places.came.discard(PARTITION)
    places.come(HERE)
    assert not places.has_caught_up(PARTITION), "it went and came again while it was read"


async def test_prometheus_is_told_of_no_partition_that_went() -> None:
    places = places_of(Log(last=10))
    places.come(HERE)
    places.taken(arrival(4))
    places.settled(arrival(4))
    END_OF_LOG.labels("events", str(PARTITION)).set(10)
    assert (shown("homeward_position"), list(places.after())) == (5, [PARTITION])
    places.gone(HERE)
    places.taken(arrival(5))
    places.settled(arrival(5))  # it was in hand when its partition went
    assert (shown("homeward_position"), shown("homeward_end_of_log")) == (None, None)
    assert list(places.after()) == []


def shown(name: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"topic": "events", "partition": str(PARTITION)})
