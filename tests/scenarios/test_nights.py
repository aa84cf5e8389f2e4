"""Every night of this folder comes out as it is written, each well under a second, without Kafka."""

from pathlib import Path

import pytest

from deploy.demo.seen_twice import SeenTwice
from hub.reference import packaged_reference
from hub.scenario import packaged_rulebook, play, read_scenario

NIGHTS = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("file", NIGHTS, ids=lambda file: str(file.stem))
def test_the_night_comes_out_as_it_is_written(file: Path) -> None:
    scenario = read_scenario(file.name, file.read_text("utf-8"), packaged_reference())
    played = play(scenario, packaged_rulebook(), packaged_reference())
    said = [
        f"line {found.line}: {found.words(scenario.clock)}" for missed in played.missed for found in missed.differences
    ]
    assert said == []
    assert played.checks > 0
    seen = SeenTwice()
    for sent in played.hub.sent:
        seen.note(sent.owed.notice)
    assert seen.ids == [], "a desk was told one thing of one cause twice"
