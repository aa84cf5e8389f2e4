"""Nights that the pure code plays in a moment, played on a running hub: broker, seals, workers, clock, mailboxes.

Every expectation of the files is held to it, as it is written.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.scenario import Scenario
from tests.kafka.scenarios.recorded import Recorded
from tests.kafka.scenarios.stage import Stage, later, running_stage

pytestmark = pytest.mark.timeout(400)

_FILES = Path(__file__).parents[2] / "scenarios"
NIGHTS = tuple(
    later(_FILES / name) for name in ("s01_ordinary_night_out_of_area.yaml", "s03_three_reports_two_absences.yaml")
)


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One hub for all of them."""
    async with running_stage(tmp_path_factory.mktemp("stage"), NIGHTS) as running:
        yield running


@pytest.fixture(scope="module")
async def recorded(stage: Stage) -> Recorded:
    """What it made of them, played one after the other."""
    return await stage.play()


@pytest.mark.parametrize("night", NIGHTS, ids=lambda night: Path(night.file).stem)
async def test_a_night_goes_on_the_hub_as_its_file_says(recorded: Recorded, night: Scenario) -> None:
    found = [f"line {each.line}: {each.words(night.clock)}" for each in recorded.differences(night)]
    assert not found, "\n".join(found)
    assert sum(len(each.checks) for each in night.expectations) > 30


async def test_nobody_is_told_anything_twice(stage: Stage, recorded: Recorded) -> None:
    for agency in stage.town.opening:
        ids = [seen.id for seen in stage.town.inbox(agency) if seen.header("ce_type") == "Notice"]
        assert len(ids) == len(set(ids))
    assert len(recorded.sent) > 100
