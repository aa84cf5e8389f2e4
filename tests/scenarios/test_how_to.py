"""The page that tells how to write a scenario says what happens: its example is run, changed, and broken."""

import re
from pathlib import Path

from typer.testing import CliRunner

from deploy.cli.app import application

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "write-a-scenario.md").read_text("utf-8")
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
PRINTED = re.findall(r"```\n((?:as expected|differs|refused).*?)```", PAGE, re.DOTALL)


def run(folder: Path, text: str) -> tuple[int, str]:
    file = folder / "night.yaml"
    file.write_text(text, "utf-8")
    result = CliRunner().invoke(application(), ["scenario", "run", str(file)])
    return result.exit_code, result.stdout.replace(f"{folder}/", "")


def test_the_example_comes_out_as_the_page_says(tmp_path: Path) -> None:
    assert run(tmp_path, EXAMPLE) == (0, PRINTED[0])


def test_the_changed_example_differs_as_the_page_says(tmp_path: Path) -> None:
    assert run(tmp_path, EXAMPLE.replace("04:25", "03:25")) == (1, PRINTED[1])


def test_a_misspelt_example_is_refused_as_the_page_says(tmp_path: Path) -> None:
    assert run(tmp_path, EXAMPLE.replace("missing:", "mising:", 1)) == (2, PRINTED[2])


def test_a_file_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    result = CliRunner().invoke(application(), ["scenario", "run", str(tmp_path / "none.yaml")])
    assert result.exit_code == 2
    assert "No such file" in result.stdout
