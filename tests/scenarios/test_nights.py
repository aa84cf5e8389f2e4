"""Every night of this folder comes out as it is written, each well under a second, without Kafka."""

from pathlib import Path

import pytest

from deploy.demo.seen_twice import SeenTwice
from hub.delivery import acted_for
from hub.entry.view import view
from hub.reference import packaged_reference
from hub.scenario import Played, packaged_rulebook, play, read_scenario
from hub.scenario.field_names import (
    QUESTIONED,
    message_fields,
    notice_fields,
    plain_name,
    view_fields,
    without_places,
)
from hub.scenario.known_words import closing_words, desks, purposes, rows

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
    assert unknown(played) == set()


def unknown(played: Played) -> set[str]:
    """What the hub says in this night that an expectation could not name: it would be refused as misspelt."""
    notices = [sent.owed for sent in played.hub.sent]
    states = [state for name in played.scenario.children for state in played.scene.states_of(name)]
    duties = [one for state in states for one in played.hub.deadlines(state.child)]
    golden = {each.name for state in states for episode in state.episodes for each in view(state, episode).golden}
    told = {field.name for owed in notices for field in owed.notice.fields}
    told |= {name for owed in notices for name in owed.notice.withdrawn_fields}
    asked = {one.field for state in states for each in state.episodes for one in each.questions}
    findings = {without_places(found.field) for heard in played.heard.values() for found in heard.findings}
    return {
        *({plain_name(name) for name in golden} - view_fields().keys()),
        *({plain_name(name) for name in told} - notice_fields().keys()),
        *({owed.notice.purpose for owed in notices} - purposes()),
        *({row for owed in notices for row in owed.row.basis.split("; ")} - rows()),
        *({(acted_for(owed.notice.desk) or (owed.notice.desk,))[0] for owed in notices} - desks()),
        *({one.closed_because for one in duties if one.closed_because} - closing_words()),
        *(asked - QUESTIONED.keys()),
        *(findings - message_fields()),
    }
