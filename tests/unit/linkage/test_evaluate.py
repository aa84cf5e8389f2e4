"""`homeward linkage evaluate` on files that people really send: what it writes, what it says of what it cannot use."""

import csv
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from deploy.cli.app import application
from deploy.linkage.columns import ASSIGNMENT_COLUMNS, COLUMNS
from deploy.linkage.reading import Faults, UnreadableFile
from deploy.linkage.records import read_records, unmatched
from deploy.linkage.run import evaluate

HEAD = ",".join(COLUMNS)


def line(number: int, **values: str) -> str:
    """One report of an agency of its own about the same invented child, but for what is said otherwise."""
    said = {
        "record_id": f"r{number}", "sender": f"agency-{number}", "sender_kind": "police", "child_ref": f"C{number}",
        "given_names": "Testa", "family_name": "Sample", "date_of_birth": "2011-02-03", "sex": "female",
    } | values  # fmt: skip
    return ",".join(said.get(name, "") for name in COLUMNS)


def judged(folder: Path, content: bytes, truth: str | None = None) -> tuple[dict[str, Any], Faults, list[list[str]]]:
    """Evaluate a file of these bytes: figures, faults, and the rows written."""
    records, written = folder / "reports.csv", folder / "decided.csv"
    records.write_bytes(content)
    beside = None
    if truth is not None:
        beside = folder / "truth.csv"
        beside.write_text(truth, encoding="utf-8")
    figures, faults = evaluate(records, truth=beside, assignments=written)
    with written.open(encoding="utf-8", newline="") as file:
        return figures, faults, list(csv.reader(file))


def text(*lines: str) -> bytes:
    """A file of these lines."""
    return "\n".join((HEAD, *lines, "")).encode()


def test_a_row_a_report_and_precisely_these_columns(tmp_path: Path) -> None:
    _, faults, rows = judged(tmp_path, text(line(1), line(2)))
    assert tuple(rows[0]) == ASSIGNMENT_COLUMNS
    assert rows[0] == ["record_id", "child_id", "outcome", "matched_record_id", "probability"]
    assert [row[0] for row in rows[1:]] == ["r1", "r2"]
    assert [row[2:4] for row in rows[1:]] == [["new", ""], ["link", "r1"]]
    assert rows[1][1] == rows[2][1]
    assert faults.total == 0


def test_a_link_names_a_record_of_the_child_it_joined_although_a_number_points_elsewhere(tmp_path: Path) -> None:
    nhs = "9434765919"
    other = {"given_names": "Zofia", "family_name": "Other", "date_of_birth": "2009-01-09"}
    _, _, rows = judged(
        tmp_path, text(line(1, nhs_number=nhs), line(2, nhs_number=nhs, **other), line(3, nhs_number=nhs))
    )
    assert rows[2][2:4] == ["review", "r1"]
    assert rows[3][1:4] == [rows[1][1], "link", "r1"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + text(line(1), line(2)).replace(b"\n", b"\r\n"),
        text(line(1), line(2)).decode().encode("utf-16"),
        text(line(1, home_line='"4 Example\nRoad"'), line(2, home_line='"4 ""Example"" Road"')),
        text(line(1), line(2)).rstrip(b"\n"),
    ],
    ids=["mark and CRLF", "UTF-16", "newline and quotes in a field", "no last newline"],
)
def test_what_office_programs_write_is_read(tmp_path: Path, content: bytes) -> None:
    _, faults, rows = judged(tmp_path, content)
    assert [row[2] for row in rows[1:]] == ["new", "link"]
    assert faults.dropped == 0


def test_optional_columns_may_be_missing_and_further_ones_of_the_truth_are_groups(tmp_path: Path) -> None:
    head = "record_id,sender,given_names,family_name,date_of_birth\n"
    content = (head + "r1,a,Testa,Sample,2011-02-03\nr2,b,Testa,Sample,2011-02-03\n").encode()
    truth = "\ufeffrecord_id,child_id,name_origin,remark\nr1,c1,invented,one\nr2,c1,invented,\nr9,c9,invented,\n"
    figures, _, rows = judged(tmp_path, content, truth)
    assert [row[2] for row in rows[1:]] == ["new", "link"]
    assert figures["links"]["recall"] == 1
    assert set(figures["groups"]) == {"name_origin", "remark"}


@pytest.mark.parametrize(
    "bad, where",
    [
        (line(2) + ",more", "line 3, whole row"),
        ("r2,agency-2", "line 3, whole row"),
        (line(2, record_id=""), "line 3, record_id"),
        (line(2, sender=""), "line 3, sender"),
        (line(2, record_id="r1"), "line 3, record_id"),
        (line(2, home_line='"never closed'), "line 3, column 14"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_by_line_and_the_rest_is_read(tmp_path: Path, bad: str, where: str) -> None:
    _, faults, rows = judged(tmp_path, text(line(1), bad, line(3)))
    assert [row[0] for row in rows[1:]] == ["r1", "r3"]
    assert faults.dropped == 1
    assert str(faults.listed[0]).startswith(where)


@pytest.mark.parametrize(
    "column, value",
    [
        ("date_of_birth", "2011-02-30"),
        ("date_of_birth", "2011-30-02"),
        ("date_of_birth", "9999-12-31"),
        ("date_of_birth", "31/12/2011"),
        ("sex", "yes"),
        ("sender_kind", "circus"),
        ("received_at", "yesterday"),
        ("received_at", "14/03/2026 17:00"),
        ("given_names", "x" * 1_000_000),
    ],
)
def test_a_value_that_cannot_be_read_is_named_and_the_report_is_still_used(
    tmp_path: Path, column: str, value: str
) -> None:
    _, faults, rows = judged(tmp_path, text(line(1, **{column: value})))
    assert [row[0] for row in rows[1:]] == ["r1"]
    assert (faults.total, faults.dropped) == (1, 0)
    assert str(faults.listed[0]).startswith(f"line 2, {column}")
    assert "x" * 100 not in str(faults.listed[0])


@pytest.mark.parametrize(
    "column, value, said",
    [
        ("nhs_number", "9434765918", "fails its check digit"),
        ("nhs_number", "943 476 5918", "fails its check digit"),
        ("nhs_number", "123", "has 3 signs, expected 10"),
        ("upn", "Z123456789012", "fails its check digit"),
        ("upn", "B12", "has 3 signs, expected 13"),
    ],
)
def test_an_identifier_that_fails_its_check_is_named_kept_and_joins_nobody(
    tmp_path: Path, column: str, value: str, said: str
) -> None:
    other = {"given_names": "Zofia", "family_name": "Other", "date_of_birth": "2009-01-09"}
    _, faults, rows = judged(tmp_path, text(line(1, **{column: value}), line(2, **{column: value}, **other)))
    assert [str(fault) for fault in faults.listed] == [
        f"line {number}, {column}: {said}; kept, not matched" for number in (2, 3)
    ]
    assert [row[2] for row in rows[1:]] == ["new", "new"]
    (tmp_path / "reports.csv").write_bytes(text(line(1, **{column: value})))
    (kept,) = read_records(tmp_path / "reports.csv", Faults())
    assert getattr(kept, column) == value


@pytest.mark.parametrize(
    "column, value",
    [("nhs_number", ""), ("nhs_number", "943-476-5919"), ("upn", "A123456789012"), ("nhs_number", "4612781")],
)
def test_an_identifier_that_is_right_or_of_another_scheme_is_no_fault(column: str, value: str) -> None:
    assert unmatched(column, value) is None


@pytest.mark.parametrize("sign", ["\0", "\x1b[31m", "\x07", "\x85"])
def test_control_characters_are_named_and_left_out(tmp_path: Path, sign: str) -> None:
    _, faults, rows = judged(tmp_path, text(line(1), line(2, given_names=f"Tes{sign}ta")))
    assert [str(fault) for fault in faults.listed] == ["line 3, given_names: control characters in it; left out"]
    assert [row[0] for row in rows[1:]] == ["r1", "r2"]
    (_, read) = read_records(tmp_path / "reports.csv", Faults())
    assert read.given_names.isprintable()


def test_a_line_far_too_long_is_one_line_and_those_after_it_keep_their_numbers(tmp_path: Path) -> None:
    huge = line(2, home_line="x" * 9_000_000)
    _, faults, rows = judged(tmp_path, text(line(1), huge, line(3), line(4, record_id="")))
    assert [str(fault) for fault in faults.listed] == [
        "line 3, whole row: row not used: the line is longer than 4 MiB",
        "line 5, record_id: row not used: record_id is empty",
    ]
    assert [row[0] for row in rows[1:]] == ["r1", "r3"]


def test_a_line_far_too_long_within_a_quotation_is_one_line_too(tmp_path: Path) -> None:
    opened = line(2, home_line='"never closed')
    _, faults, rows = judged(tmp_path, text(line(1), opened, "x" * 9_000_000, line(4), line(5, record_id="")))
    assert [fault.line for fault in faults.listed] == [3, 4, 6]
    assert [row[0] for row in rows[1:]] == ["r1", "r4"]


def test_a_header_far_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="line 1 is longer than 4 MiB"):
        judged(tmp_path, b"x" * 9_000_000)


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "is empty"),
        (b"id,agency,firstname\n1,a,b\n", "record_id"),
        (text(line(1)).replace(b",", b";"), "separated by ';'"),
        (bytes(range(256)) * 8, "not text"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_to_do(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        judged(tmp_path, content)


def test_a_chart_is_drawn_of_precision_and_recall_by_threshold(tmp_path: Path) -> None:
    records, truth, chart = tmp_path / "<r>&.csv", tmp_path / "t.csv", tmp_path / "chart.svg"
    records.write_bytes(text(line(1), line(2), line(3)))
    truth.write_text("record_id,child_id\nr1,c1\nr2,c1\nr3,c1\n")
    arguments = ["linkage", "evaluate", "--records", str(records), "--truth", str(truth), "--chart", str(chart)]
    assert CliRunner().invoke(application(), arguments).exit_code == 0
    drawn = ET.fromstring(chart.read_text("utf-8"))  # noqa: S314 - our own file
    lines = [each.get("points") for each in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
    assert len(lines) == 1
    assert "680.0,40.0" in (lines[0] or ""), "everything found and right: the upper right corner"
    assert any(each.text == "<r>&.csv" for each in drawn.iter("{http://www.w3.org/2000/svg}text"))


def test_a_chart_without_a_truth_is_wrong_usage(tmp_path: Path) -> None:
    records = tmp_path / "r.csv"
    records.write_bytes(text(line(1)))
    done = CliRunner().invoke(
        application(), ["linkage", "evaluate", "--records", str(records), "--chart", str(tmp_path / "c.svg")]
    )
    assert (done.exit_code, "--truth" in done.stderr) == (2, True)
    assert not (tmp_path / "c.svg").exists()


def test_names_that_say_nothing_join_nobody(tmp_path: Path) -> None:
    silent = [("", ""), ("A", "B"), ("Baby", "Unknown"), ("--", "?"), ("Child", "N/A")]
    lines = [
        line(number, given_names=given, family_name=family, date_of_birth="")
        for number, (given, family) in enumerate(silent)
    ]
    _, _, rows = judged(tmp_path, text(*lines))
    assert {row[2] for row in rows[1:]} == {"new"}


def test_a_flood_of_alike_reports_makes_one_child_and_no_crowd_of_candidates(tmp_path: Path) -> None:
    lines = [line(number, sender="agency-1", child_ref="", episode_ref=f"E{number}") for number in range(1_500)]
    _, _, rows = judged(tmp_path, text(*lines))
    assert len({row[1] for row in rows[1:]}) == 1


def test_a_record_that_stands_twice_in_the_truth_is_listed_and_the_first_counts(tmp_path: Path) -> None:
    figures, faults, _ = judged(tmp_path, text(line(1), line(2)), "record_id,child_id\nr1,c1\nr2,c1\nr2,c2\n")
    assert [str(fault) for fault in faults.listed if fault.is_dropped] == [
        "line 4, record_id: row not used: this id was there before"
    ]
    assert figures["links"]["recall"] == 1
    assert figures["links"]["precision"] == 1


def test_weights_that_are_no_text_in_utf_8_are_refused_with_what_to_do(tmp_path: Path) -> None:
    weights, records = tmp_path / "weights.toml", tmp_path / "records.csv"
    weights.write_bytes('version = "1"\n'.encode("utf-16"))
    records.write_text("record_id\n")
    done = CliRunner().invoke(
        application(), ["linkage", "evaluate", "--records", str(records), "--weights", str(weights)]
    )
    assert (done.exit_code, "weights.toml, line 1: not text in UTF-8; save it as UTF-8" in done.stderr) == (1, True)
