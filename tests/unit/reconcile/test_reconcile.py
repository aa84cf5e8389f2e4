"""An agency's extract beside the register: every row has one outcome, and what cannot be used is named by line."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from deploy.cli.app import application
from deploy.cli.reconcile_view import view
from deploy.linkage.reading import Faults, UnreadableFile
from deploy.reconcile.extract import ExtractRow, Moment, read_extract
from deploy.reconcile.mapping import PACKAGED, ExtractMapping, NoMapping, mapping_named
from deploy.reconcile.outcome import Found
from deploy.reconcile.register import OurRegister
from deploy.reconcile.report import _median, moments
from deploy.reconcile.run import Reconciled, reconciled
from hub.identity import ClaimFacts, Decision, IdentityIndex, decide
from hub.ids import EventId
from hub.rule_text import BrokenRules
from hub.text import for_csv
from schemas.records import PhaseKind
from tests.unit.reconcile.ours import COUNCIL, POLICE, line

HEADER = "person_id,episode_id,first_name,last_name,date_of_birth,gender,type,missing_from,missing_to"
ROW = "C-1,E-1,Testa,Exampleton,02/03/2011,F,M,14/03/2026 17:00,14/03/2026 22:50"
OURS = line(1, began="2026-03-14T17:00", ended="2026-03-14T22:50")


def rows(
    tmp_path: Path, *lines: str, header: str = HEADER, mapping: str = "council"
) -> tuple[list[ExtractRow], Faults]:
    file = tmp_path / "extract.csv"
    file.write_text("\n".join([header, *lines]), "utf-8")
    faults = Faults()
    return list(read_extract(file, mapping_named(mapping), COUNCIL, faults, year=2026)), faults


def compared(tmp_path: Path, *lines: str, ours: tuple[object, ...] = (OURS,), mapping: str = "council") -> Reconciled:
    file = tmp_path / "extract.csv"
    header = "CHILD,DOB,MISSING,MIS_START,MIS_END" if mapping.startswith("dfe") else HEADER
    file.write_text("\n".join([header, *lines]), "utf-8")
    register = OurRegister.of(ours)  # type: ignore[arg-type]
    return reconciled(file, mapping_named(mapping), register, agency=COUNCIL, out=tmp_path / "out")


def written(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", PACKAGED)
def test_every_mapping_of_the_package_reads(name: str) -> None:
    assert mapping_named(name).columns["began_at"].formats


def test_a_mapping_is_refused_with_line_and_nearest_word() -> None:
    text = 'name = "x"\nsender_kind = "police"\n\n[[column]]\nfield = "begin_at"\ncolumn = "a"\nformats = ["%Y"]\n'
    with pytest.raises(BrokenRules, match=r"my\.toml, line 5.*did you mean 'began_at'"):
        ExtractMapping.from_text(text, "my.toml")


@pytest.mark.parametrize(
    "form, said, day",
    [
        ("%d/%m/%Y %I:%M %p", "14/03/2026 05:00 PM", False),
        ("%d/%m/%Y %X", "14/03/2026 17:00:00", False),
        ("%c", "Sat Mar 14 17:00:00 2026", False),
        ("%Y-%m-%dT%H:%M%z", "2026-03-14T18:00+0100", False),
        ("%Y-%m-%dT%H:%M%z", "2026-03-14T17:00Z", False),
        ("%d/%m/%Y", "14/03/2026", True),
        ("%d/%m/%Y, %%H", "14/03/2026, %H", True),
    ],
)
def test_a_format_with_any_time_of_day_keeps_it(tmp_path: Path, form: str, said: str, *, day: bool) -> None:
    mapping = tmp_path / "mine.toml"
    mapping.write_text(
        f'name = "x"\nsender_kind = "police"\n[[column]]\nfield = "began_at"\ncolumn = "a"\nformats = ["{form}"]\n'
    )
    file = tmp_path / "extract.csv"
    file.write_text(f'a\n"{said}"\n')
    (row,) = read_extract(file, mapping_named(str(mapping)), COUNCIL, Faults())
    assert row.began == Moment(datetime(2026, 3, 14, 0 if day else 17, tzinfo=UTC), is_day=day)
    assert mapping_named(str(mapping)).has_days is day


@pytest.mark.parametrize(
    "form, said",
    [
        ("%d/%m/%Y %T", "bad directive"),
        ("%d/%m/%Y %R", "bad directive"),
        ("%d/%m/%Y %", "stray %"),
        ("%H:%M", "has no year"),
        ("%d/%m/%Y %I:%M", "which half of the day"),
        ("%d/%m/%Y %Y", "twice"),
        ("dd/mm/yyyy", "has no year"),
        ("%m/%Y %H:%M", "does not say the day"),
        ("%d/%Y %H:%M", "does not say the day and the month"),
        ("%Y", "does not say the day"),
    ],
)
def test_a_format_that_would_read_no_row_or_every_row_wrongly_is_refused(form: str, said: str) -> None:
    text = f'name = "x"\nsender_kind = "police"\n[[column]]\nfield = "began_at"\ncolumn = "a"\nformats = ["{form}"]\n'
    with pytest.raises(BrokenRules, match=rf"line 6.*{said}"):
        ExtractMapping.from_text(text, "my.toml")


MEANING = (
    'name = "x"\nsender_kind = "police"\n{}\n[[column]]\nfield = "began_at"\ncolumn = "a"\nformats = ["%d/%m/%Y"]\n'
)


@pytest.mark.parametrize(
    "setting, said",
    [
        ('delimiter = ";;"', "line 3: ';;' separates nothing; expected one sign"),
        ('delimiter = ""', "line 3: '' separates nothing"),
        ("delimiter = '\"'", "line 3: '\"' separates nothing"),
        ("delimiter = 5", "line 3: 5 separates nothing"),
        (r'delimiter = "\u0000"', r"line 3: '\\x00' separates nothing"),
        ('tolerance_minutes = "abc"', "line 3: 'abc' is no number of minutes; expected a whole one from 0 to 1,440"),
        ("tolerance_minutes = [1]", r"line 3: \[1\] is no number"),
        ("tolerance_minutes = inf", "line 3: inf is no number"),
        ("tolerance_minutes = 999999999999999", "line 3: 999999999999999 is no number"),
        ("tolerance_minutes = -5", "line 3: -5 is no number"),
        ("tolerance_minutes = true", "line 3: True is no number"),
        ('checks = "904"', "line 3: '904' names no checks; expected \"903\""),
        ("checks = [1]", r"line 3: \[1\] names no checks"),
    ],
)
def test_a_setting_that_means_nothing_is_refused_with_line_and_what_was_expected(setting: str, said: str) -> None:
    with pytest.raises(BrokenRules, match=rf"my\.toml, {said}"):
        ExtractMapping.from_text(MEANING.format(setting), "my.toml")


def test_two_rows_that_contradict_each_other_are_refused() -> None:
    values = "".join(
        f'[[value]]\nfield = "sex"\nsays = "{says}"\nmeans = "{means}"\n'
        for says, means in (("M", "male"), ("m", "male"), ("M", "female"))
    )
    with pytest.raises(BrokenRules, match=r"line 18: an earlier \[\[value\]\] says that 'M' means 'male'"):
        ExtractMapping.from_text(MEANING.format("") + values, "my.toml")


@pytest.mark.parametrize(
    "raw, said",
    [
        (MEANING.format("# é").encode("latin-1"), "line 3: not text in UTF-8"),
        (MEANING.format("").encode("utf-16"), "line 1: not text in UTF-8"),
        (MEANING.format("").encode("utf-16-le"), "line 1: holds zero bytes"),
        (MEANING.format("").encode("utf-8-sig"), None),
    ],
)
def test_a_mapping_is_text_in_utf_8(tmp_path: Path, raw: bytes, said: str | None) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(raw)
    if said is None:
        assert mapping_named(str(file)).name == "x"
        return
    with pytest.raises(BrokenRules, match=rf"mine\.toml, {said}"):
        mapping_named(str(file))


@pytest.mark.parametrize(
    "year, is_wrong", [("0", True), ("-5", True), ("10000", True), ("99999", True), ("2026", False)]
)
def test_a_year_that_no_return_is_of_is_wrong_usage(tmp_path: Path, year: str, *, is_wrong: bool) -> None:
    file = tmp_path / "extract.csv"
    file.write_text(f"{HEADER}\n{ROW}\n")
    done = CliRunner().invoke(
        application(), ["reconcile", str(file), "--mapping", "council", "--as", COUNCIL, "--year", year]
    )
    assert ("--year" in done.output) is is_wrong


def test_an_unknown_mapping_names_the_nearest() -> None:
    with pytest.raises(NoMapping, match="did you mean 'council'"):
        mapping_named("councl")


def test_the_same_absence_is_the_same(tmp_path: Path) -> None:
    found = compared(tmp_path, ROW)
    assert found.tally.as_mapping()["same"] == 1
    assert [row["outcome"] for row in written(tmp_path) if row["line"] != "1"] == ["same"]


def test_summer_time_is_not_a_difference(tmp_path: Path) -> None:
    ours = line(1, began="2026-06-14T16:00", ended="2026-06-14T21:50")
    found = compared(tmp_path, ROW.replace("/03/2026", "/06/2026"), ours=(ours,))
    assert found.tally.as_mapping()["same"] == 1


def test_what_differs_is_named_with_how_much(tmp_path: Path) -> None:
    compared(tmp_path, ROW.replace("17:00", "19:30").replace("02/03/2011", "03/02/2011"))
    differing = {row["field"]: (row["theirs"], row["minutes_apart"]) for row in written(tmp_path)}
    assert differing["began_at"] == ("14 Mar 2026 19:30", "150")
    assert differing["duration"] == ("3 h 20 min", "-150")
    assert differing["date_of_birth"][0] == "2011-02-03"


def test_each_side_alone_is_listed(tmp_path: Path) -> None:
    other = line(2, began="2026-03-20T10:00", ended="2026-03-20T12:00")
    late = ROW.replace("14/03/2026", "02/04/2026").replace("E-1", "E-2")
    found = compared(tmp_path, ROW, late, ours=(OURS, other)).tally.as_mapping()
    assert (found["same"], found["only_theirs"], found["only_ours"]) == (1, 1, 1)


def test_an_absence_outside_the_time_of_the_extract_is_not_only_ours(tmp_path: Path) -> None:
    before = line(2, began="2025-03-20T10:00", ended="2025-03-20T12:00")
    assert compared(tmp_path, ROW, ours=(OURS, before)).tally.as_mapping()["only_ours"] == 0


def test_a_child_without_a_shared_reference_is_found_by_likeness_or_left_to_a_person(tmp_path: Path) -> None:
    theirs = line(1, began="2026-03-14T17:00", ended="2026-03-14T22:50", sender=POLICE, ref="P-9")
    found = compared(tmp_path, ROW, ours=(theirs,)).tally.as_mapping()
    assert found["same"] + found["possibly_same"] == 1


def test_another_child_of_the_same_name_is_not_taken_for_ours(tmp_path: Path) -> None:
    theirs = line(1, began="2026-03-14T17:00", sender=POLICE, ref="P-9", born="2014-10-30")
    found = compared(tmp_path, ROW, ours=(theirs,)).tally.as_mapping()
    assert found["same"] + found["differs"] == 0


def test_rows_of_missing_and_away_meet_the_stretch_of_their_kind(tmp_path: Path) -> None:
    ours = line(
        1,
        began="2026-03-14T17:00",
        ended="2026-03-18T09:00",
        phases=(
            (PhaseKind.MISSING, "2026-03-14T17:00", "2026-03-16T08:00"),
            (PhaseKind.AWAY, "2026-03-16T08:00", "2026-03-18T09:00"),
        ),
    )
    found = compared(
        tmp_path,
        "C-1,02/03/2011,M,14/03/2026,16/03/2026",
        "C-1,02/03/2011,A,16/03/2026,17/03/2026",
        ours=(ours,),
        mapping="dfe-903-missing",
    )
    assert found.tally.as_mapping()["same"] == 1
    differing = {(row["line"], row["field"]): row["minutes_apart"] for row in written(tmp_path) if row["field"]}
    assert differing == {("3", "ended_at"): "-1440", ("3", "duration"): "-1440"}


def test_rows_of_days_that_begin_on_one_day_meet_the_absence_that_ends_when_they_do(tmp_path: Path) -> None:
    first = line(1, began="2026-03-14T00:00", ended="2026-03-14T23:59")
    second = line(2, began="2026-03-14T23:59", ended="2026-03-16T23:59")
    days = ("C-1,02/03/2011,M,14/03/2026,14/03/2026", "C-1,02/03/2011,M,14/03/2026,16/03/2026")
    for lines in (days, days[::-1]):
        found = compared(tmp_path, *lines, ours=(first, second), mapping="dfe-903-missing").tally.as_mapping()
        assert (found["same"], found["only_ours"]) == (2, 0)


EARLIER = "C-1,E-0,Testa,Exampleton,02/03/2011,F,M,14/03/2026 10:00,14/03/2026 13:00"
"""Another absence of the same day: home for four hours between."""


@pytest.mark.parametrize("first_in_file", [True, False])
def test_of_two_absences_of_one_day_the_one_that_the_register_has_not_is_only_theirs(
    tmp_path: Path, *, first_in_file: bool
) -> None:
    given = (EARLIER, ROW) if first_in_file else (ROW, EARLIER)
    found = compared(tmp_path, *given)
    assert found.tally.as_mapping()["same"] == 1
    assert found.tally.as_mapping()["only_theirs"] == 1
    (missed,) = [row for row in written(tmp_path) if row["outcome"] == "only_theirs"]
    assert missed["their_start"] == "14 Mar 2026 10:00"


def test_an_absence_that_is_told_hours_otherwise_is_that_absence_where_no_other_row_is(tmp_path: Path) -> None:
    found = compared(tmp_path, EARLIER)
    assert (found.tally.as_mapping()["differs"], found.tally.as_mapping()["only_ours"]) == (1, 0)


def test_an_absence_that_nobody_ended_is_not_taken_for_all_that_came_later(tmp_path: Path) -> None:
    stale = line(1, began="2026-03-14T17:00")
    later = ROW.replace("14/03/2026", "20/05/2026")
    found = compared(tmp_path, ROW, later, ours=(stale,))
    assert (found.tally.as_mapping()["differs"], found.tally.as_mapping()["only_theirs"]) == (1, 1)


def test_a_second_row_of_one_absence_is_said_with_the_line_of_the_first(tmp_path: Path) -> None:
    compared(tmp_path, ROW, ROW)
    assert [row["note"] for row in written(tmp_path)[-2:]] == ["", "line 2 is of this absence too"]


def test_two_references_for_one_child_are_told(tmp_path: Path) -> None:
    again = line(1, began="2026-03-20T10:00", ended="2026-03-20T12:00", ref="C-2")
    second = ROW.replace("C-1", "C-2").replace("14/03/2026", "20/03/2026").replace("17:00", "10:00")
    found = compared(tmp_path, ROW, second.replace("22:50", "12:00"), ours=(OURS, again))
    assert found.doubled == {"child-1": frozenset({"C-1", "C-2"})}


@pytest.mark.parametrize(
    "row, check",
    [
        ("C-1,02/03/2011,M,31/02/2026,", "1004"),
        ("C-1,02/03/2011,M,,", "564"),
        ("C-1,02/03/2011,,,03/02/2026", "566"),
        ("C-1,02/03/2011,,01/02/2026,", "565"),
        ("C-1,02/03/2011,M,03/02/2026,01/02/2026", "567"),
        ("C-1,02/03/2011,M,01/02/2010,", "586"),
        ("C-1,02/03/2011,M,02/04/2026,", "570"),
        ("C-1,02/03/2011,M,01/02/2026,02/04/2026", "571"),
    ],
)
def test_a_row_that_breaks_a_published_check_is_listed_by_line(tmp_path: Path, row: str, check: str) -> None:
    read, faults = rows(tmp_path, row, header="CHILD,DOB,MISSING,MIS_START,MIS_END", mapping="dfe-903-missing")
    assert not read
    assert [(fault.line, fault.is_dropped, check in fault.problem) for fault in faults.listed] == [(2, True, True)]


def test_an_identifier_that_fails_its_check_is_listed_and_the_row_is_used(tmp_path: Path) -> None:
    read, faults = rows(tmp_path, f"{ROW},9434765918,A123456789012", header=f"{HEADER},nhs_number,upn")
    assert read[0].facts["nhs_number"] == "9434765918"
    assert [str(fault) for fault in faults.listed if fault.line > 1] == [
        "line 2, nhs_number: fails its check digit; kept, not matched"
    ]


def test_a_missing_column_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="missing_from"):
        rows(tmp_path, ROW, header=HEADER.replace("missing_from", "missing_form"))


def test_the_nearest_name_of_a_missing_column_is_none_that_is_expected_itself(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="is it 'missing_start'"):
        rows(tmp_path, ROW, header=HEADER.replace("missing_from", "missing_start"))


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-32", "utf-8-sig"])
def test_names_of_columns_are_read_in_every_encoding_that_values_are(tmp_path: Path, encoding: str) -> None:
    meaning = 'name = "x"\nsender_kind = "authority"\n' + "".join(
        f'[[column]]\nfield = "{field}"\ncolumn = "{column}"\n{more}\n'
        for field, column, more in (
            ("given_names", "Prénom", ""), ("began_at", "Début", 'formats = ["%d/%m/%Y %H:%M"]'),
        )
    )  # fmt: skip
    file = tmp_path / "extract.csv"
    file.write_bytes("Prénom,Début,Größe\nZoë,14/03/2026 17:00,x\n".encode(encoding))
    register = OurRegister.of((OURS,))
    found = reconciled(
        file, ExtractMapping.from_text(meaning, "x.toml"), register, agency=COUNCIL, out=tmp_path / "out"
    )
    assert found.tally.rows == 1
    assert "Prénom" not in (tmp_path / "out.csv").read_text("utf-8-sig"), "nothing was missing"


@pytest.mark.parametrize(
    "row, said",
    [
        (
            ROW.replace("14/03/2026 17:00", "31/02/2026 17:00"),
            "line 2, missing_from: row not used: the start is no date that can be read; expected 31/12/2025 17:05",
        ),
        (
            ROW.replace("02/03/2011", "March 2011"),
            "line 2, date_of_birth: no date that can be read, expected 31/12/2025",
        ),
        (ROW.replace(",M,", ",AWOL,"), "line 2, type: a word the mapping does not know, expected m, a, away without"),
        (
            ROW.replace("Testa", 'Testa "Tess"').replace("Exampleton", '"Exampleton" x'),
            "line 2, column 4: row not used: a quotation mark is never closed, or stands inside a field",
        ),
    ],
)
def test_what_cannot_be_read_is_said_by_line_and_column_with_what_was_expected(
    tmp_path: Path, row: str, said: str
) -> None:
    _, faults = rows(tmp_path, row)
    assert any(str(fault).startswith(said) for fault in faults.listed), [str(fault) for fault in faults.listed]


def test_a_workbook_of_an_old_kind_is_called_so(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500)
    with pytest.raises(UnreadableFile, match=r"old kind \(.xls\)"):
        list(read_extract(file, mapping_named("council"), COUNCIL, Faults()))


def test_a_byte_order_mark_another_encoding_and_a_million_characters_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    good = ROW.replace("Testa", "Zoë").encode("cp1252")
    huge = ROW.replace("Exampleton", "x" * 1_000_000).encode()
    file.write_bytes(b"\r\n".join([HEADER.encode(), good, huge, ROW.encode()]))
    faults = Faults()
    read = list(read_extract(file, mapping_named("council"), COUNCIL, faults))
    assert [row.facts["given_names"] for row in read] == ["Zoë", "Testa", "Testa"]
    assert [(fault.line, fault.column) for fault in faults.listed if fault.line > 1][:2] == [
        (2, "first_name"),
        (3, "last_name"),
    ]
    file.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\n{ROW}".encode())
    assert len(list(read_extract(file, mapping_named("council"), COUNCIL, Faults()))) == 1


def test_a_row_with_too_few_fields_and_one_with_an_open_quote_are_listed(tmp_path: Path) -> None:
    read, faults = rows(tmp_path, "C-1,E-1", '"C-1,E-1,open', ROW)
    assert len(read) == 1
    assert [fault.line for fault in faults.listed if fault.is_dropped] == [2, 3]


@pytest.mark.parametrize("text", ["=1+1", "+44", "-2", "@SUM(A1)", "\tx"])
def test_what_a_spreadsheet_would_calculate_is_inert(text: str) -> None:
    assert for_csv(text).startswith("'")


def test_a_hostile_name_is_text_on_the_page(tmp_path: Path) -> None:
    compared(tmp_path, ROW.replace("Testa", "<script>alert(1)</script>"))
    page = (tmp_path / "out.html").read_text("utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_report_is_never_written_over_the_extract(tmp_path: Path) -> None:
    file = tmp_path / "missing.csv"
    file.write_text(f"{HEADER}\n{ROW}\n")
    for out in (tmp_path / "missing", file):
        done = CliRunner().invoke(
            application(), ["reconcile", str(file), "--mapping", "council", "--as", COUNCIL, "--out", str(out)]
        )
        assert (done.exit_code, "would be written over the extract" in done.stderr) == (1, True)
    assert file.read_text().startswith(HEADER)


def test_the_likeness_of_a_row_is_remembered_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.reconcile.register._REMEMBERED", 2)
    register = OurRegister.of([line(1, began="2026-03-14T17:00", sender=POLICE, ref="P-9")])
    read, _ = rows(tmp_path, ROW, ROW.replace("Testa", "Tessa"), ROW.replace("Testa", "Tina"), ROW)
    found = [register.likely(row.facts) for row in read]
    assert found[0] == found[3]
    assert len(register._found) == 2


def test_rows_that_differ_in_references_nobody_has_are_decided_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = OurRegister.of([line(1, began="2026-03-14T17:00", sender=POLICE, ref="C-9"), OURS])
    asked: list[ClaimFacts] = []

    def counted(facts: ClaimFacts, event: EventId, order: int, index: IdentityIndex) -> Decision:
        asked.append(facts)
        return decide(facts, event, order, index)

    monkeypatch.setattr("deploy.reconcile.register.decide", counted)
    for number in range(20):
        row = ROW.replace("C-1,E-1", f"N-{number},F-{number}")
        (read,), _ = rows(tmp_path, row)
        register.likely(read.facts)
    assert len(asked) == 1
    (read,), _ = rows(tmp_path, ROW.replace("C-1,E-1", "N-1,C-9"))
    register.likely(read.facts)
    assert len(asked) == 2, "a reference that somebody has may decide"
    (read,), _ = rows(tmp_path, ROW.replace("C-1,E-1", ",F-1"))
    register.likely(read.facts)
    assert len(asked) == 3, "no reference at all is something else"


def test_the_median_of_times_apart_is_the_middle_one() -> None:
    assert _median(Counter({5: 1, 60: 3, 90: 1})) == 60
    assert _median(Counter({5: 2, 60: 1})) == 5


def test_every_row_that_could_not_be_used_stands_in_the_csv_however_many(tmp_path: Path) -> None:
    bad = [ROW.replace("14/03/2026 17:00", "soon")] * 250
    found = compared(tmp_path, *bad, ROW.replace(",F,", ",?,"))
    assert (found.faults.dropped, len(found.faults.listed)) == (250, 200)
    listed = [row for row in written(tmp_path) if row["outcome"].startswith("bad_") and row["line"] != "1"]
    assert [(row["outcome"], row["line"], row["field"]) for row in listed] == [
        *(("bad_row", str(number), "missing_from") for number in range(2, 252)),
        ("bad_value", "252", "gender"),
    ]
    assert "see the CSV" in (tmp_path / "out.html").read_text("utf-8")


def test_an_end_that_could_not_be_read_is_not_said_to_be_none(tmp_path: Path) -> None:
    found = compared(tmp_path, ROW.replace(",14/03/2026 22:50", ",14/03/2026 25:99"))
    assert not found.tally.fields
    (outcome,) = found.tally.first[Found.SAME]
    assert outcome.note == "its end could not be read"
    alone = compared(tmp_path, ROW.replace(",14/03/2026 22:50", ",14/03/2026 25:99").replace("C-1", "C-9"), ours=())
    (outcome,) = alone.tally.first[Found.ONLY_THEIRS]
    assert moments(outcome) == "14 Mar 2026 17:00 to a time not read"
    assert "<td>not read</td>" in (tmp_path / "out.html").read_text("utf-8")


def test_the_screen_says_where_likeness_alone_found_a_child(tmp_path: Path) -> None:
    found = compared(tmp_path, ROW.replace("C-1", "").replace("17:00", "15:00"))
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(view(found, OurRegister.of(()), ["out.csv"]))
    assert "(found by likeness)" in console.export_text()


@pytest.mark.parametrize(
    "began, ended, kept",
    [
        ("25/10/2026 01:30", "25/10/2026 01:10", timedelta(minutes=40)),
        ("25/10/2026 01:10", "25/10/2026 01:30", timedelta(minutes=20)),
        ("25/10/2026 00:30", "25/10/2026 03:30", timedelta(hours=4)),
        ("25/10/2026 01:30", "25/10/2026 00:10", None),
    ],
)
def test_an_end_in_the_hour_that_comes_twice_lies_after_the_start_if_it_can(
    tmp_path: Path, began: str, ended: str, kept: timedelta | None
) -> None:
    found, faults = rows(tmp_path, ROW.replace("14/03/2026 17:00", began).replace("14/03/2026 22:50", ended))
    assert [row.ended.at - row.began.at for row in found if row.ended] == ([kept] if kept else [])
    assert faults.dropped == (kept is None)


@pytest.mark.parametrize(
    "ended, said, kept",
    [
        (
            "29/03/2026 04:00",
            "line 2, missing_from: an hour that this night has not, because the clocks go forward; read",
            1,
        ),
        (
            "29/03/2026 02:10",
            "line 2, missing_to: row not used: the end lies before the start: one of them is an hour",
            0,
        ),
        ("29/03/2026 02:30", "line 2, missing_to: row not used: the end is the start: one of them is an hour", 0),
    ],
)
def test_an_hour_that_a_march_night_has_not_is_called_so(tmp_path: Path, ended: str, said: str, kept: int) -> None:
    text = ROW.replace("14/03/2026 17:00", "29/03/2026 01:30").replace("14/03/2026 22:50", ended)
    found, faults = rows(tmp_path, text)
    assert len(found) == kept
    assert str(faults.listed[-1]).startswith(said)


@pytest.mark.parametrize("encoding, name", [("utf-16", "Tes\ud800ta"), ("utf-8", "Tes\ufffdta")])
def test_a_character_that_could_not_be_read_is_listed_in_every_encoding(
    tmp_path: Path, encoding: str, name: str
) -> None:
    file = tmp_path / "extract.csv"
    file.write_bytes(f"{HEADER}\n{ROW.replace('Testa', name)}\n".encode(encoding, "surrogatepass"))
    faults = Faults()
    assert len(list(read_extract(file, mapping_named("council"), COUNCIL, faults))) == 1
    assert str(faults.listed[-1]).startswith("line 2, first_name: characters that could not be read")


def test_a_start_that_is_the_end_is_called_so(tmp_path: Path) -> None:
    _, faults = rows(tmp_path, ROW.replace("22:50", "17:00"))
    assert str(faults.listed[-1]) == "line 2, missing_to: row not used: the end is the start"


def test_a_row_of_the_return_with_nothing_in_it_breaks_no_check_of_types(tmp_path: Path) -> None:
    _, faults = rows(tmp_path, ",,,,", header="CHILD,DOB,MISSING,MIS_START,MIS_END", mapping="dfe-903-missing")
    assert str(faults.listed[-1]) == "line 2, mis_start: row not used: the start is missing"


@pytest.mark.parametrize("said", ["U", "Unknown", "Not specified", "N/K"])
def test_a_sex_that_is_said_to_be_unknown_is_no_fault(tmp_path: Path, said: str) -> None:
    (found,), faults = rows(tmp_path, ROW.replace(",F,", f",{said},"))
    assert found.facts["sex"] == ""
    assert not [fault for fault in faults.listed if fault.line > 1]


@pytest.mark.parametrize("said", ["14/03/2026 17:00:00", "2026-03-14 17:00:00", "2026-03-14T17:00:00Z"])
def test_times_are_read_as_spreadsheets_and_databases_write_them(tmp_path: Path, said: str) -> None:
    (found,), _ = rows(tmp_path, ROW.replace("14/03/2026 17:00", said))
    assert found.began == Moment(datetime(2026, 3, 14, 17, tzinfo=UTC))


def test_a_column_that_is_not_used_may_be_there_twice_or_have_no_name(tmp_path: Path) -> None:
    found, _ = rows(tmp_path, f"{ROW},a,b,,", header=f"{HEADER},notes,notes,,")
    assert len(found) == 1


def test_a_column_that_is_used_and_there_twice_is_refused_with_its_places(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"line 1: the column person_id \(columns 1 and 10\) is there twice"):
        rows(tmp_path, f"{ROW},C-2", header=f"{HEADER},person_id")


def test_a_file_whose_first_line_is_blank_is_not_called_empty(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"extract\.csv has nothing in its first line"):
        rows(tmp_path, HEADER, ROW, header="")


def test_rows_without_a_reference_in_so_many_words_are_of_no_child_of_that_reference(tmp_path: Path) -> None:
    ours = line(1, began="2026-03-14T17:00", ended="2026-03-14T22:50", ref="TBC")
    found = compared(
        tmp_path, ROW.replace("C-1", "TBC").replace("Testa,Exampleton,02/03/2011", "Omar,Other,"), ours=(ours,)
    )
    (outcome,) = found.tally.first[Found.ONLY_THEIRS]
    assert (outcome.child_ref, outcome.note) == ("", "no such child in the register")


UNCLOSED = ROW.replace("Testa", '"Testa')


@pytest.mark.parametrize("closed", [('Testa"', "Exampleton"), ("Testa", 'Exampleton"')])
def test_a_quotation_mark_closed_in_a_later_row_loses_none_of_the_rows_between(
    tmp_path: Path, closed: tuple[str, str]
) -> None:
    read, faults = rows(tmp_path, UNCLOSED, ROW, ROW.replace("Testa,Exampleton", ",".join(closed)), ROW)
    assert [row.line for row in read] == [3, 5]
    assert [row.facts["given_names"] for row in read] == ["Testa", "Testa"]
    late = "a quotation mark that opens here is closed only on line 4; each line is read by itself"
    assert [str(fault) for fault in faults.listed if fault.line > 1] == [
        f"line 2, column 3: row not used: {late}",
        "line 4, whole row: row not used: closes the quotation mark of line 2",
    ]


def test_a_line_break_in_a_name_is_listed_and_that_row_is_not_used(tmp_path: Path) -> None:
    read, faults = rows(tmp_path, ROW.replace("Testa", '"Tes\nta"'), ROW)
    assert [row.line for row in read] == [4]
    assert [fault.line for fault in faults.listed if fault.is_dropped] == [2, 3]


def test_a_line_break_in_a_place_is_part_of_it_unless_a_row_stands_there(tmp_path: Path) -> None:
    meaning = tmp_path / "mine.toml"
    meaning.write_text(
        'name = "x"\nsender_kind = "police"\n[[column]]\nfield = "place"\ncolumn = "where"\n'
        '[[column]]\nfield = "began_at"\ncolumn = "from"\nformats = ["%d/%m/%Y"]\n'
    )
    header = "a,where,b,from"
    read, _ = rows(tmp_path, '1,"Park\nby the lake",,14/03/2026', header=header, mapping=str(meaning))
    assert [row.place for row in read] == ["Park\nby the lake"]
    swallowed = ('1,"Park,,14/03/2026', "2,Pond,,14/03/2026", '3,Lake",,14/03/2026')
    read, faults = rows(tmp_path, *swallowed, header=header, mapping=str(meaning))
    assert [row.place for row in read] == ["Pond"]
    assert [fault.line for fault in faults.listed if fault.is_dropped] == [2, 4]


def test_a_quoted_field_of_many_lines_is_called_what_it_is(tmp_path: Path) -> None:
    _, faults = rows(tmp_path, ROW.replace("Testa", '"' + "Tes\n" * 30 + '"'))
    assert "not closed within 20 lines" in next(fault.problem for fault in faults.listed if fault.line > 1)


def test_a_quotation_mark_that_was_left_in_a_name_is_listed(tmp_path: Path) -> None:
    read, faults = rows(tmp_path, ROW.replace("Testa", 'Testa"'))
    assert read[0].facts["given_names"] == 'Testa"'
    assert str(faults.listed[-1]).startswith("line 2, first_name: a quotation mark in it that nothing closes")


def test_names_of_columns_that_run_into_the_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="closed only on line 2"):
        rows(tmp_path, f'{ROW},"', header=f'{HEADER},"notes')
