"""A hub of its own for the long tests of faults."""

from collections.abc import AsyncIterator

import pytest

from tests.kafka.way.town import Town, running_town


@pytest.fixture(scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The whole hub with its workers and three agencies."""
    async with running_town(tmp_path_factory.mktemp("faults")) as running:
        yield running
