"""Identity's index is built in steps that are counted; a hand-over begins it anew."""

from pathlib import Path

import pytest

from tests.unit.streams.test_rebuild import told_hub


@pytest.fixture(autouse=True)
def a_step_a_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.identity._CLAIMS_A_STEP", 1)


async def test_a_build_says_of_every_step_that_it_gets_on(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        identity, steps = hub._new_identity(), []
        identity._progressed = lambda: steps.append(True)
        await identity.recovered()
        assert identity._index is not None
        assert len(steps) == len(identity._index) == len(hub.rows) > 1


async def test_a_build_that_a_hand_over_fell_into_begins_anew(tmp_path: Path) -> None:
    async with told_hub(tmp_path) as hub:
        identity, steps = hub._new_identity(), []

        def taken_away_once() -> None:
            steps.append(True)
            if len(steps) == 1:
                identity.changed_hands(frozenset({0}), frozenset())

        identity._progressed = taken_away_once
        await identity.recovered()
        assert identity._index is not None
        assert len(identity._index) == len(hub.rows)
        assert len(steps) == 2 * len(hub.rows)
