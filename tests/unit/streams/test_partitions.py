"""Records go where every Kafka client puts them."""

import random

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from streams.partitions import partitioner


@given(key=st.binary(max_size=60), partitions=st.integers(1, 12))
def test_a_key_goes_where_the_clients_own_partitioner_puts_it(key: bytes, partitions: int) -> None:
    every = list(range(partitions))
    assert partitioner(key, every, every) == DefaultPartitioner()(key, every, every)


@given(seed=st.integers(), available=st.lists(st.integers(0, 7), unique=True))
def test_without_a_key_any_that_is_available(seed: int, available: list[int]) -> None:
    every = list(range(8))
    random.seed(seed)
    ours = partitioner(None, every, available)
    random.seed(seed)
    assert ours == DefaultPartitioner()(None, every, available)
