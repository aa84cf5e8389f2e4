"""The dry run says who would newly be told what, who no longer, and what would be owed; and never a value."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.app import application
from hub.deadlines import DEADLINES_FILE, packaged_deadline_text
from hub.routing.rules import ROUTING_FILE, packaged_text
from hub.scenario import packaged_rulebook, play, rulebook_from
from hub.scenario.rule_changes import Change, changes, outcomes_of, outcomes_of_log
from tests.unit.scenario.nights import NIGHT, REFERENCE, night

TEAM = """
[[row]]
id = "missing.exploitation_team"
when = ["reported_missing"]
while = ["open"]
role = "exploitation_team"
purpose = "exploitation_response"
classes = ["routing", "identity"]
urgency = "soon"
ask = "information"
words = "none"
must_be_told = false
source = "(c)"
"""
ROUTING = packaged_text(ROUTING_FILE)


def changed(texts: dict[str, str]) -> list[Change]:
    one, other = (play(night(), each, REFERENCE) for each in (packaged_rulebook(), rulebook_from(texts)))
    return list(changes(outcomes_of(one, "night"), outcomes_of(other, "night")))


def test_the_same_rules_change_nothing() -> None:
    assert changed({}) == []
    assert changed({ROUTING_FILE: ROUTING + "\n# a remark\n"}) == []


def test_a_new_row_says_who_would_newly_be_told_which_fields_by_which_row() -> None:
    (found,) = changed({ROUTING_FILE: ROUTING + TEAM})
    assert (found.what, found.who, found.desk) == ("newly_told", "E08000005", "exploitation_team")
    assert {disclosure for _, disclosure in found.fields} == {"routing", "identity"}
    assert found.rows == ("missing.exploitation_team",)
    assert "Alder" not in repr(found), "a name of the child"


def test_a_row_that_is_gone_says_who_would_no_longer_be_told() -> None:
    head, _, rest = ROUTING.partition('[[row]]\nid = "looked_after.reviewing_team"')
    without = head + rest[rest.index("[[row]]") :]
    assert [(found.what, found.desk) for found in changed({ROUTING_FILE: without})] == [
        ("no_longer_told", "reviewing_team")
    ]


def test_another_time_for_a_duty_is_told_with_both_times() -> None:
    text = packaged_deadline_text()
    place = text.index('duty = "police_answer"')
    within = text.index("within", place)
    end = text.index("\n", within)
    slower = text[:within] + 'within = "20 minutes"' + text[end:]
    found = [one for one in changed({DEADLINES_FILE: slower}) if one.duty]
    assert [(one.what, one.duty) for one in found] == [("other_due_time", "police_answer")]
    assert [
        (after - before).total_seconds() for before, after in zip(found[0].due_before, found[0].due, strict=True)
    ] == [300]


def test_the_log_of_a_child_gives_what_the_scenario_gives() -> None:
    played = play(night(NIGHT.replace("children:", "answers: never\nchildren:", 1)), packaged_rulebook(), REFERENCE)
    (child,) = played.hub.children
    events = played.hub.state(child).events
    since = datetime(2026, 3, 1, tzinfo=UTC)
    old, new = (
        outcomes_of_log(events, rulebook, played.hub.directory, REFERENCE, since)
        for rulebook in (packaged_rulebook(), rulebook_from({ROUTING_FILE: ROUTING + TEAM}))
    )
    assert [one.what for one in changes(old, new)] == ["newly_told"]
    assert outcomes_of_log(events, packaged_rulebook(), played.hub.directory, REFERENCE, since) == old


def test_absences_from_before_are_left_out_of_the_log() -> None:
    text = NIGHT + "  - {at: Sat 28 Mar 03:00, from: Lancashire Police, returned: {to: placement, seen_by: police}}\n"
    played = play(night(text), packaged_rulebook(), REFERENCE)
    (child,) = played.hub.children
    events = played.hub.state(child).events
    later = datetime(2026, 6, 1, tzinfo=UTC)
    assert outcomes_of_log(events, packaged_rulebook(), played.hub.directory, REFERENCE, later) == {}


@pytest.mark.parametrize(
    "arguments, status, said",
    [
        (["check", "packaged"], 0, "good"),
        (["check", "{rules}"], 0, "good"),
        (["check", "{broken}"], 1, "did you mean 'exploitation_team'?"),
        (["check", "nowhere"], 1, "holds no rules"),
        (["diff", "packaged", "{rules}"], 1, "nothing to try the rules on"),
        (["diff", "packaged", "{rules}", "--scenarios", "{night}"], 0, "Rochdale/exploitation_team: routing, identity"),
        (["diff", "packaged", "packaged", "--scenarios", "{night}"], 0, "Nothing would change"),
        (["diff", "packaged", "packaged", "--scenarios", "nowhere.yaml"], 2, "No such file"),
    ],
)
def test_the_command_says_it_in_words(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    rules, broken, file = tmp_path / "rules", tmp_path / "broken", tmp_path / "night.yaml"
    for folder, text in ((rules, TEAM), (broken, TEAM.replace('"exploitation_team"', '"exploitation_taem"'))):
        folder.mkdir()
        (folder / ROUTING_FILE).write_text(ROUTING + text, "utf-8")
    file.write_text(NIGHT, "utf-8")
    named = [each.format(rules=rules, broken=broken, night=file) for each in arguments]
    result = CliRunner().invoke(application(), ["rules", *named])
    assert (result.exit_code, said in result.output) == (status, True), result.output
