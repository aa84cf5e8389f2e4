"""`homeward linkage explain`: two records side by side, on any screen, with what could not be read of them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli.app import application
from deploy.linkage.columns import COLUMNS

AISHA = {"given_names": "Aisha", "family_name": "Khan", "date_of_birth": "2011-02-03"}


def explained(one: str, other: str, *further: str, width: int = 80) -> tuple[int, str, str]:
    done = CliRunner(env={"COLUMNS": str(width)}).invoke(application(), ["linkage", "explain", one, other, *further])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    "said, problem",
    [
        ({"date_of_birth": "0001-01-01"}, "date_of_birth: not a year from 1900 to 2100; treated as not known"),
        ({"date_of_birth": "2011-02-31"}, "date_of_birth: not a date; its year alone is used"),
        ({"date_of_birth": "2011-13-02"}, "date_of_birth: not a date; read with day and month exchanged"),
        (
            {"date_of_birth": "31.2.2011"},
            "date_of_birth: not a date (expected YYYY-MM-DD or YYYY); treated as not known",
        ),
        ({"nhs_number": "9434765918"}, "nhs_number: fails its check digit; kept, not matched"),
        ({"sex": "girl"}, "sex: not one of"),
    ],
)
def test_what_cannot_be_read_of_a_row_is_said(said: dict[str, str], problem: str) -> None:
    status, _, talk = explained(json.dumps(AISHA | said), json.dumps(AISHA))
    assert (status, problem in " ".join(talk.split())) == (0, True)


@pytest.mark.parametrize("name", [["a"], {"a": 1}, True])
def test_a_value_that_is_no_text_is_refused(name: object) -> None:
    status, _, talk = explained(json.dumps({"given_names": name}), json.dumps(AISHA))
    assert (status, "given_names is no text and no number" in talk) == (1, True)


@pytest.mark.parametrize("typed", ['r1,"a', "r1,a", '{"given_names": ' + "[" * 100_000, "{", "r9"])
def test_what_is_no_record_is_refused_in_one_sentence(typed: str) -> None:
    status, _, talk = explained(typed, json.dumps(AISHA))
    assert (status, "Traceback" in talk) == (1, False)


def test_what_could_not_be_read_of_a_record_of_a_file_is_said_by_line(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    row = {"record_id": "r1", "sender": "a"} | AISHA
    bad = row | {"record_id": "r2", "date_of_birth": "2011-02-31"}
    lines = [",".join(each.get(name, "") for name in COLUMNS) for each in (row, bad)]
    file.write_text("\n".join([",".join(COLUMNS), *lines]))
    status, _, talk = explained("r1", "r2", "--records", str(file))
    assert (status, talk.count("line 3, date_of_birth: not a date"), talk.count("line 2")) == (0, 1, 0)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_figure_of_a_waterfall_is_readable_on_a_narrow_screen(width: int) -> None:
    rich = AISHA | {
        "nhs_number": "9434765919", "home_line": "12 A Long Example Street, Somewhere", "home_postcode": "AB1 2CD",
        "received_at": "2026-03-14T17:00:00Z", "sender_kind": "police", "child_ref": "P-1", "other_refs": "a:C-1",
    }  # fmt: skip
    status, shown, _ = explained(json.dumps(rich), json.dumps(rich | {"given_names": "Ayesha"}), width=width)
    assert status == 0
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    data = json.loads(explained(json.dumps(rich), json.dumps(rich | {"given_names": "Ayesha"}), "--json")[1])
    for line in data["comparisons"]:
        assert f"{line['bits']:+.1f}" in shown
        assert all(word in shown for word in line["note"].split())
    assert f"{data['bits'] - data['prior_bits']:+.1f}" in shown


def test_a_waterfall_that_is_piped_has_its_bars_and_is_eighty_wide() -> None:
    _, shown, _ = explained(json.dumps(AISHA), json.dumps(AISHA))
    assert "\N{FULL BLOCK}" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_what_says_nothing_has_no_bar_though_the_total_is_at_its_highest() -> None:
    _, shown, _ = explained(json.dumps(AISHA), json.dumps(AISHA))
    silent = [line for line in shown.splitlines() if line.startswith(("sex", "sender", "reported"))]
    assert len(silent) == 3
    assert not any("\N{FULL BLOCK}" in line for line in silent)


def test_a_pair_is_told_with_all_three_totals_and_what_it_is_judged_by() -> None:
    twin = json.dumps(AISHA | {"given_names": "Amina"})
    _, shown, _ = explained(json.dumps(AISHA), twin)
    data = json.loads(explained(json.dumps(AISHA), twin, "--json")[1])
    said = " ".join(shown.split())
    for figure in (data["bits"], data["sibling_bits"], data["namesake_bits"]):
        assert f"{figure:+.1f} against" in said or f"{figure:+.1f} bits against" in said
    assert f"{data['cautious_probability']:.6f} if it had a brother or sister" in said
    assert f"links from {data['link_from']:.4f}" in said
    for total in ("bits", "sibling_bits", "namesake_bits"):
        assert sum(line[total] for line in data["comparisons"]) == pytest.approx(data[total])


@pytest.mark.parametrize(
    "further, said", [((), "one of 100,000 children"), (("--children", "3000"), "one of 3,000 children")]
)
def test_how_many_children_are_supposed_is_said(further: tuple[str, ...], said: str) -> None:
    status, shown, _ = explained(json.dumps(AISHA), json.dumps(AISHA), *further)
    assert (status, said in " ".join(shown.split())) == (0, True)
