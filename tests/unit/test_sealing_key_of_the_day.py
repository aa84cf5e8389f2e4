"""The hub's sealing key of each day is listed whatever happened when that was tried last."""

from types import SimpleNamespace
from typing import cast

import pytest
from aiokafka.errors import KafkaConnectionError

from deploy import bringup, directory
from deploy.bringup import Hub


@pytest.mark.parametrize("error", [KafkaConnectionError(), PermissionError(), KeyError("hub")])
async def test_a_listing_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    class TriedAgain(Exception):
        pass

    async def fail(*_: object) -> None:
        raise error

    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) > 1:
            raise TriedAgain

    hub = cast("Hub", SimpleNamespace(home=None, broker=SimpleNamespace(bootstrap=""), ids=None))
    monkeypatch.setattr(hub, "_new_key_is_listed", lambda: Hub._new_key_is_listed(hub), raising=False)
    monkeypatch.setattr(directory, "read_directory", fail)
    monkeypatch.setattr(bringup, "asyncio", SimpleNamespace(sleep=sleep))
    with pytest.raises(TriedAgain):
        await Hub._seal_under_a_new_key_each_day(hub)
    assert pauses[1] == bringup._NEW_KEY_AGAIN_SECONDS
