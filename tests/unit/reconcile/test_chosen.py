"""Rows of an extract that are chosen to be published: which, as what reports, and never twice."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from deploy.cli.app import application
from deploy.cli.import_commands import Choice, _kind_of
from deploy.cli.reconcile_view import said_of_faults
from deploy.linkage.reading import Faults
from deploy.reconcile.chosen import Lines, NoLines, Published
from deploy.reconcile.extract import ExtractRow, read_extract
from deploy.reconcile.mapping import mapping_named
from deploy.reconcile.reporting import Days, leaves_out_risk, reports_of
from schemas.records import ChildReturned, MissingReported, PhaseKind, ReportedStatus
from tests.unit.reconcile.ours import COUNCIL, POLICE
from tests.unit.reconcile.test_reconcile import HEADER, ROW

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def row(tmp_path: Path, text: str = ROW) -> ExtractRow:
    file = tmp_path / "extract.csv"
    file.write_text(f"{HEADER}\n{text}\n", "utf-8")
    (found,) = read_extract(file, mapping_named("council"), COUNCIL, Faults())
    return found


def test_lines_are_single_ones_and_stretches() -> None:
    lines = Lines.from_text("2, 17-40,99")
    assert [number in lines for number in (2, 3, 17, 40, 41, 99)] == [True, False, True, True, False, True]
    assert lines.without([20, 99]) == ("2",)
    assert Lines.from_text("2-999999999999").without([]) == ("2-999999999999",), "no memory for each of them"


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "'' is no line"),
        ("2,,3", "'' is no line"),
        ("a", "'a' is no line"),
        ("2-", "'2-' is no line"),
        ("40-17", "'40-17' chooses no row: it ends before it begins"),
        ("1", "line 1 is the header"),
        ("0-5", "line 1 is the header"),
        ("-3", "'-3' is no line"),
        ("²", "'²' is no line"),
        ("2-" + "9" * 5000, r"2-9{13}\.\.\. is no line: no file has so many"),
    ],
)
def test_what_is_no_list_of_lines_is_refused_with_the_part_that_is_wrong(text: str, said: str) -> None:
    with pytest.raises(NoLines, match=said):
        Lines.from_text(text)


def test_no_row_chosen_is_wrong_usage(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text(f"{HEADER}\n{ROW}\n")
    done = CliRunner().invoke(application(), ["import", str(file), "--mapping", "council", "--as", COUNCIL])
    assert (done.exit_code, "--only-theirs" in done.stderr) == (2, True)


def test_a_row_becomes_a_report_and_a_return_of_the_same_absence(tmp_path: Path) -> None:
    missing, returned = reports_of(row(tmp_path), NOW, reference="r")
    assert isinstance(missing, MissingReported)
    assert isinstance(returned, ChildReturned)
    assert (missing.child_ref, missing.episode_ref) == (returned.child_ref, returned.episode_ref) == ("C-1", "E-1")
    assert missing.occurred_at == datetime(2026, 3, 14, 17, 0, tzinfo=UTC)
    assert returned.returned_at == datetime(2026, 3, 14, 22, 50, tzinfo=UTC)
    assert (missing.status, missing.recorded_at) == (ReportedStatus.MISSING, NOW)


def test_a_row_without_an_end_is_one_report_and_away_is_no_missing(tmp_path: Path) -> None:
    open_away = row(tmp_path, ROW.replace(",M,", ",A,").rpartition(",")[0] + ",")
    assert open_away.status is PhaseKind.AWAY
    (missing,) = reports_of(open_away, NOW, reference="r")
    assert isinstance(missing, MissingReported)
    assert missing.status is ReportedStatus.AWAY


def test_what_was_published_is_known_again_by_its_content_whatever_its_line(tmp_path: Path) -> None:
    first = row(tmp_path)
    key = b"k" * 32
    with Published(tmp_path / "imported.sqlite", key) as published:
        assert first not in published
        published.note([first])
    file = tmp_path / "later.csv"
    file.write_text(f"{HEADER}\n{ROW.replace('Testa', 'Tessa')}\n{ROW}\n", "utf-8")
    other, again = read_extract(file, mapping_named("council"), COUNCIL, Faults())
    with Published(tmp_path / "imported.sqlite", key) as published:
        assert again in published, "another line of another file"
        assert other not in published, "it says something else now"
    with Published(tmp_path / "imported.sqlite", b"another key of the agency, 32 by") as published:
        assert again not in published
    stored = (tmp_path / "imported.sqlite").read_bytes()
    assert b"Exampleton" not in stored


def test_the_screen_names_rows_that_were_not_used_first_and_the_header_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    values = [ROW.replace(",F,", ",?,")] * 12
    file.write_text("\n".join([f"{HEADER},shoe size", *(f"{each},4" for each in values), "C-1,E-1"]), "utf-8")
    faults = Faults()
    assert len(list(read_extract(file, mapping_named("council"), COUNCIL, faults))) == 12
    said = list(said_of_faults(faults))
    assert said[0] == "line 14, whole row: row not used: has 2 fields, expected 10"
    assert said[1].startswith("line 2, gender")
    assert said[-3:] == [
        "and 3 more faults",
        "not in the file, treated as empty: nhs_number, upn, home_postcode, placement_postcode, police_ref",
        "1 column is not expected and not used: shoe size",
    ]
    assert len(said) == 13


def test_of_the_rows_chosen_each_is_sent_once_and_none_that_lies_ahead(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    ahead = ROW.replace("14/03/2026", "14/04/2026")
    lines = [ROW, ROW.replace("Testa", "Tessa"), ROW.replace("Testa", "Tessa"), ahead]
    file.write_text("\n".join([HEADER, *lines]), "utf-8")
    rows = list(read_extract(file, mapping_named("council"), COUNCIL, Faults()))
    with Published(tmp_path / "imported.sqlite", b"k" * 32) as published:
        published.note(rows[:1])
        choice = Choice.of(rows, published, Days(), NOW)
        assert [row.line for row in choice.fresh] == [3]
        assert [type(report).__name__ for report in choice.reports(rows[1])] == ["MissingReported", "ChildReturned"]
    figures = choice.figures()
    assert (figures["published_before"], figures["said_twice"], figures["in_the_future"]) == (1, 1, 1)
    assert list(choice.left_out()) == [
        "1 row word for word as an earlier one: sent once",
        "1 row not sent, the start or the end lies ahead: line 5",
    ]


@pytest.mark.parametrize("said", [(",14/03/2026 22:50", ",14/03/2026 25:99"), (",M,", ",Cancelled,")])
def test_a_row_whose_end_or_type_could_not_be_read_is_not_sent(tmp_path: Path, said: tuple[str, str]) -> None:
    """Sent without them, a child who is back, or was never missing, would be sought."""
    unread = row(tmp_path, ROW.replace(*said))
    with Published(tmp_path / "imported.sqlite", b"k" * 32) as published:
        choice = Choice.of([unread], published, Days(), NOW)
    assert not choice.fresh
    assert choice.figures()["not_read_whole"] == 1
    assert list(choice.left_out()) == ["1 row not sent, the end or the type could not be read: line 2"]


def test_who_the_agency_is_and_not_its_mapping_makes_a_grade_polices(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text("incident_ref,person_ref,last_seen,returned,risk\nI-1,P-1,14/03/2026 17:00,,High\n")
    for agency, left_out in ((COUNCIL, True), (POLICE, False)):
        kind = _kind_of(SimpleNamespace(agency=agency))  # type: ignore[arg-type]
        (found,) = read_extract(file, mapping_named("police"), agency, Faults(), kind=kind)
        assert leaves_out_risk(found) is left_out
    nowhere = SimpleNamespace(agency="ZZ-DESK", schema_ids_cache=tmp_path / "none.json")
    assert _kind_of(nowhere) is None, "nobody says"  # type: ignore[arg-type]


def test_rows_without_an_end_are_named_before_anything_is_sent(tmp_path: Path) -> None:
    still_away = row(tmp_path, ROW.replace(",14/03/2026 22:50", ","))
    with Published(tmp_path / "imported.sqlite", b"k" * 32) as published:
        choice = Choice.of([still_away], published, Days(), NOW)
    assert [type(report).__name__ for report in choice.reports(still_away)] == ["MissingReported"]
    assert list(choice.left_out()) == ["1 row without an end: the child counts as missing now: line 2"]
