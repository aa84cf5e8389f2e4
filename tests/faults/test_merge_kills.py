"""A worker is ended before every single record of a merge and of its correction, whatever that record is.

On logs kept in memory (`tests.unit.review.hub_in_memory`), so that every place can be had: about 150 a night. What is
then seen must be exactly what is seen when nothing goes wrong: states, entries, who was told, every notice. Each night
also with workers that take one record at a time. Minutes long: `make faults`.
"""

from pathlib import Path

import pytest

from schemas.records import LinkDecision
from tests.unit.review.test_merge_in_memory import MISTAKE, assert_same
from tests.unit.review.two_children import NIGHTS, Night, played

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.mark.parametrize("decisions", [MISTAKE, (*MISTAKE, LinkDecision.SAME)], ids=["mistake", "and joined after all"])
@pytest.mark.parametrize("night", NIGHTS, ids=lambda night: night.name)
async def test_a_worker_ended_before_any_record_changes_nothing(
    tmp_path: Path, night: Night, decisions: tuple[LinkDecision, ...]
) -> None:
    made, sent, _ = await played(tmp_path / "made", night, decisions)
    for place in range(sent):
        got, _, ended = await played(tmp_path / str(place), night, decisions, ends_before=place)
        assert ended == 1
        assert_same(got, made)
