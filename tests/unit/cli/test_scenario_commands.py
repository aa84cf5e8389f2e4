"""What the commands on scenarios say where there is nothing to play or to check, or where a file is refused."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import shapes
from deploy.cli.app import application
from hub.deadlines import DEADLINES_FILE, packaged_deadline_text
from tests.unit.scenario.nights import NIGHT, expecting


def run(*arguments: str) -> Result:
    return CliRunner().invoke(application(), list(arguments))


@pytest.mark.parametrize("command", ["scenario run", "rules diff packaged packaged --scenarios"])
def test_a_folder_without_a_scenario_is_an_error_that_says_what_was_looked_for(command: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no night", "utf-8")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "night.yaml").write_text(NIGHT, "utf-8")
    result = run(*command.split(), str(tmp_path))
    assert result.exit_code == 2
    said = "holds no scenario: looked for files that end in .yaml or .yml, in its folders too"
    assert f"refused {tmp_path} {said}" in " ".join(result.output.split())


@pytest.mark.parametrize("command", ["scenario run", "rules diff packaged packaged --scenarios"])
def test_scenarios_in_the_folders_of_a_folder_are_found(command: str, tmp_path: Path) -> None:
    (tmp_path / "autumn" / "late").mkdir(parents=True)
    (tmp_path / "autumn" / "late" / "night.yml").write_text(expecting("- at: 23:40", "  episodes: 1"), "utf-8")
    result = run(*command.split(), str(tmp_path), "--json")
    assert result.exit_code == 0
    said = json.loads(result.stdout)
    assert (said.get("checks"), said.get("absences")) in {(1, None), (None, 1)}


def test_a_scenario_in_which_nothing_is_expected_says_that_nothing_was_checked(tmp_path: Path) -> None:
    file = tmp_path / "night.yaml"
    file.write_text(NIGHT, "utf-8")
    result = run("scenario", "run", str(file))
    assert result.exit_code == 0
    assert result.stdout == f"not checked  {file}: A short night (nothing is expected in it, so nothing was checked)\n"
    file.write_text(expecting("- at: 23:40", "  episodes: 1"), "utf-8")
    assert run("scenario", "run", str(file)).stdout == f"as expected  {file}: A short night (1 check)\n"


@pytest.mark.parametrize(
    "command, file, text, line",
    [
        ("scenario run", "night.yaml", NIGHT.replace("missing:", "mising:"), 13),
        ("scenario explain", "night.yaml", NIGHT.replace("missing:", "mising:"), 13),
        ("rules check", "deadlines.toml", 'version = "1"\nverson = "1"\n', 2),
    ],
)
def test_with_json_a_refusal_is_an_object_of_the_documented_shape(
    command: str, file: str, text: str, line: int, tmp_path: Path
) -> None:
    (tmp_path / file).write_text(text, "utf-8")
    result = run(*command.split(), str(tmp_path / file), "--json")
    assert result.exit_code == (1 if command == "rules check" else 2)
    said = json.loads(result.stdout)
    assert (said["outcome"], said["line"]) == ("refused", line)
    assert said["nearest"] in {"missing", "version"}
    assert shapes.faults(f"homeward {command}", said) == []


def test_a_difference_of_rules_ends_with_how_much_it_is(tmp_path: Path) -> None:
    rules, nights = tmp_path / "rules", tmp_path / "nights"
    rules.mkdir()
    nights.mkdir()
    text = packaged_deadline_text().replace('within = "15 minutes"', 'within = "20 minutes"', 1)
    (rules / DEADLINES_FILE).write_text(text, "utf-8")
    for name in ("one.yaml", "two.yaml"):
        (nights / name).write_text(NIGHT, "utf-8")
    result = run("rules", "diff", "packaged", str(rules), "--scenarios", str(nights))
    assert result.exit_code == 0
    assert "In short\n  2 of 2 absences differ\n" in result.stdout
    assert result.stdout.endswith("  owed by another time: police answer in 2\n")
    assert re.search(r"playing scenarios \d", result.stderr)
    assert "playing" not in run("rules", "diff", "packaged", str(rules), "--scenarios", str(nights), "--quiet").output


def test_rules_that_change_nothing_say_in_how_many_absences(tmp_path: Path) -> None:
    (tmp_path / "night.yaml").write_text(NIGHT, "utf-8")
    result = run("rules", "diff", "packaged", "packaged", "--scenarios", str(tmp_path))
    assert result.stdout == "Nothing would change for anybody in 1 absence.\n"


def test_the_help_names_a_file_once() -> None:
    assert "homeward scenario run [OPTIONS] {FILE}..." in run("scenario", "run", "--help").stdout
