"""A rules folder that holds some of the tables: a fault is told of the file that it is in, and of no other."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.app import application
from deploy.rules import rule_texts
from hub.deadlines import DEADLINES_FILE, packaged_deadline_text
from hub.routing.rules import DISCLOSURE_FILE, ROUTING_FILE, packaged_text
from hub.rule_text import BrokenRules
from hub.rulebook import FILES, rulebook_from

DEADLINES = packaged_deadline_text()
ROUTING = packaged_text(ROUTING_FILE)
DISCLOSURE = packaged_text(DISCLOSURE_FILE)
RENAMED = DEADLINES.replace('duty = "police_answer"', 'duty = "police_anser"')


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def refusal(texts: dict[str, str]) -> BrokenRules:
    with pytest.raises(BrokenRules) as refused:
        rulebook_from(texts)
    return refused.value


def without_duty(duty: str) -> str:
    rows = DEADLINES.split("[[deadline]]")
    kept = [row for row in rows if f'duty = "{duty}"' not in row]
    assert len(kept) < len(rows)
    return "[[deadline]]".join(kept)


@pytest.mark.parametrize("beside", [{}, {ROUTING_FILE: ROUTING}], ids=["routing as packaged", "routing of its own"])
def test_a_renamed_duty_is_a_fault_of_the_deadlines(beside: dict[str, str]) -> None:
    refused = refusal({DEADLINES_FILE: RENAMED, **beside})
    assert (refused.file, refused.nearest) == (DEADLINES_FILE, "police_answer")
    assert refused.line == line_of(RENAMED, 'duty = "police_anser"')
    where = line_of(ROUTING, 'duties = ["police_answer"')
    called = ROUTING_FILE if beside else f"{ROUTING_FILE} (as packaged)"
    assert f"which {called} raises in line {where}" in refused.reason


def test_a_duty_that_was_left_out_is_a_fault_of_the_deadlines() -> None:
    refused = refusal({DEADLINES_FILE: without_duty("order_ends")})
    assert (refused.file, refused.line, refused.nearest) == (DEADLINES_FILE, 1, None)
    assert "the duty 'order_ends' is missing" in refused.reason


def test_a_duty_renamed_in_both_tables_is_no_fault() -> None:
    renamed = {DEADLINES_FILE: RENAMED, ROUTING_FILE: ROUTING.replace('"police_answer"', '"police_anser"')}
    assert "police_anser" in {row.duty for row in rulebook_from(renamed).deadlines.rows}


def test_a_word_misspelt_in_routing_stays_a_fault_of_routing() -> None:
    misspelt = ROUTING.replace('duties = ["police_answer"', 'duties = ["police_anser"')
    for beside in ({}, {DEADLINES_FILE: DEADLINES}):
        refused = refusal({ROUTING_FILE: misspelt, **beside})
        assert (refused.file, refused.nearest) == (ROUTING_FILE, "police_answer")
        assert refused.line == line_of(misspelt, '"police_anser"')


def test_a_packaged_table_that_does_not_fit_is_called_the_packaged_one() -> None:
    first, *grants = DISCLOSURE.split("[[grant]]")
    less = "[[grant]]".join([first, *(grant for grant in grants if 'role = "director"' not in grant)])
    refused = refusal({DISCLOSURE_FILE: less})
    assert refused.file == f"{ROUTING_FILE} (as packaged)"
    assert refused.reason.endswith(f"(it does not fit the {DISCLOSURE_FILE} given)")


def test_the_command_says_which_file_of_the_folder_is_wrong(tmp_path: Path) -> None:
    (tmp_path / DEADLINES_FILE).write_text(RENAMED, "utf-8")
    result = CliRunner().invoke(application(), ["rules", "check", str(tmp_path)])
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    line = line_of(RENAMED, 'duty = "police_anser"')
    assert f"refused {DEADLINES_FILE}, line {line}: no table knows the duty 'police_anser'" in said
    assert "did you mean 'police_answer'?" in said


@pytest.mark.parametrize("text", ["", "\n", "# nothing but a thought\n"])
@pytest.mark.parametrize("name", FILES)
def test_an_empty_table_is_not_the_packaged_one(name: str, text: str) -> None:
    refused = refusal({name: text})
    assert (refused.file, refused.line) == (name, 1)
    assert "nothing stands in it" in refused.reason


@pytest.mark.parametrize(
    "name, nearest",
    [
        ("rooting.toml", "routing.toml"),
        ("Routing.toml", "routing.toml"),
        ("deadlines.tml", "deadlines.toml"),
        ("words.toml.txt", "words.toml"),
        ("delivery", "delivery.toml"),
    ],
)
def test_a_misnamed_table_beside_good_ones_is_refused_with_the_nearest_name(
    tmp_path: Path, name: str, nearest: str
) -> None:
    (tmp_path / ROUTING_FILE).write_text(ROUTING, "utf-8")
    (tmp_path / name).write_text(ROUTING, "utf-8")
    with pytest.raises(BrokenRules, match="no table of rules is called") as refused:
        rule_texts(str(tmp_path))
    assert (refused.value.file, refused.value.line, refused.value.nearest) == (name, 1, nearest)


def test_copies_of_editors_hidden_files_and_other_papers_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / ROUTING_FILE).write_text(ROUTING, "utf-8")
    for name in ("routing.toml~", ".routing.toml.swp", "#routing.toml#", "routing.toml.bak", "routing.md", "README"):
        (tmp_path / name).write_text("not a table", "utf-8")
    (tmp_path / "minutes of the meeting").mkdir()
    assert list(rule_texts(str(tmp_path))) == [ROUTING_FILE]


def test_what_cannot_be_read_as_text_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / ROUTING_FILE
    file.write_bytes(b'version = "1"\nsource = "\xe9"\n')
    result = CliRunner().invoke(application(), ["rules", "check", str(file)])
    assert result.exit_code == 1
    assert f"refused {ROUTING_FILE}, line 2: not UTF-8 text" in " ".join(result.output.split())
    file.unlink()
    file.mkdir()
    with pytest.raises(BrokenRules, match=r"routing.toml, line 1: cannot be read: Is a directory"):
        rule_texts(str(tmp_path))
