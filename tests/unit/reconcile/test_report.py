"""What people read of a comparison: whom a row may be about, by names and references that can be looked up."""

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from deploy.cli.app import application
from deploy.cli.reconcile_view import of_the_header, said_of_faults, view
from deploy.linkage.reading import UnreadableFile
from deploy.reconcile.mapping import mapping_named
from deploy.reconcile.register import OurRegister
from deploy.reconcile.run import reconciled
from tests.unit.reconcile.ours import COUNCIL, POLICE, line
from tests.unit.reconcile.test_reconcile import HEADER, OURS, ROW, compared, written

TWINS = tuple(
    line(number, began="2026-03-14T17:00", child=f"child-{number}", given="", ref=f"P-{number}", sender=POLICE)
    for number in (1, 2)
)
OWN_TWIN = line(
    1, began="2026-03-14T17:00", ended="2026-03-14T22:50", child="child-1", ref="C-7", born="2011-03-03", given="Tesa"
)
DOUBT = ROW.replace("C-1,E-1,Testa", "C-9,E-1,T")


def screen(tmp_path: Path, *lines: str, ours: tuple[object, ...]) -> str:
    found = compared(tmp_path, *lines, ours=ours)
    console = Console(width=100)
    with console.capture() as captured:
        console.print(view(found, OurRegister.of([]), ["out.html", "out.csv"]))
    return captured.get()


def test_every_child_a_row_may_be_about_is_named_with_reference_and_probability(tmp_path: Path) -> None:
    shown = screen(tmp_path, DOUBT, ours=TWINS)
    rows = [row for row in written(tmp_path) if row["outcome"] == "possibly_same"]
    assert {row["episode_name"] for row in rows} == {"0000-0000"}
    assert sorted(row["episode"][-1] for row in rows) == ["1", "2"]
    assert all(0 < float(row["probability"]) < 1 for row in rows)
    page = (tmp_path / "out.html").read_text("utf-8")
    assert page.count("0000-0000") >= 2
    assert page.count("% likely") == 2
    assert "0000-0000" in shown
    assert shown.count("% likely") == 2


def test_the_third_and_last_candidate_has_a_probability_too(tmp_path: Path) -> None:
    alike = tuple(
        line(number, began="2026-03-14T17:00", child=f"child-{number}", given="", ref=f"P-{number}", sender=POLICE)
        for number in range(1, 6)
    )
    compared(tmp_path, DOUBT, ours=alike)
    likely = [float(row["probability"]) for row in written(tmp_path) if row["outcome"] == "possibly_same"]
    assert len(likely) == 3
    assert max(likely) == pytest.approx(min(likely), abs=0.001)


def test_the_agencys_own_reference_of_the_candidate_is_named(tmp_path: Path) -> None:
    shown = screen(tmp_path, ROW.replace("C-1,E-1,Testa", "C-9,E-1,Tesa").replace("02/03/2011", ""), ours=(OWN_TWIN,))
    (row,) = [row for row in written(tmp_path) if row["line"] == "2"]
    assert row["outcome"] == "possibly_same"
    assert row["register_ref"] == "C-7"
    assert "your C-7" in (tmp_path / "out.html").read_text("utf-8")
    assert "line 2, C-9: 0000-0000, your C-7" in shown


def test_what_only_the_register_has_is_named_by_reference_and_short_name(tmp_path: Path) -> None:
    other = line(2, began="2026-03-14T18:00", ended="2026-03-14T20:00", child="child-2", ref="C-2", given="Other")
    foreign = line(3, began="2026-03-14T10:00", child="child-3", ref="P-3", sender=POLICE, given="Third")
    shown = screen(tmp_path, ROW, ours=(OURS, other, foreign))
    rows = {row["episode"][-1]: row for row in written(tmp_path) if row["outcome"] == "only_ours"}
    assert (rows["2"]["child_ref"], rows["2"]["episode_name"]) == ("C-2", "0000-0000")
    assert rows["3"]["child_ref"] == ""
    page = (tmp_path / "out.html").read_text("utf-8")
    assert "00000000-0000-5000-8000-000000000002" not in page
    assert "C-2" in page
    assert "0000-0000, your C-2: 14 Mar 2026 18:00 to 14 Mar 2026 20:00" in shown


def test_the_screen_lists_some_of_every_kind_and_says_where_the_rest_is(tmp_path: Path) -> None:
    strangers = [ROW.replace("C-1,E-1,Testa,Exampleton", f"N-{number},E-9,Nobody,Else") for number in range(14)]
    shown = " ".join(screen(tmp_path, ROW.replace("22:50", "23:30"), *strangers, ours=(OURS,)).split())
    assert "line 2, C-1, 0000-0000: ended at" in shown
    assert "line 3, N-0: 14 Mar 2026 17:00 to 14 Mar 2026 22:50, no such child in the register" in shown
    assert "line 13" not in shown
    assert "and 4 more, see out.csv" in shown


def test_one_child_is_one_child_in_words(tmp_path: Path) -> None:
    again = line(1, began="2026-03-20T10:00", ended="2026-03-20T12:00", ref="C-2")
    second = ROW.replace("C-1", "C-2").replace("14/03/2026", "20/03/2026").replace("17:00", "10:00")
    shown = screen(tmp_path, ROW, second, ours=(OURS, again))
    assert "more than one reference in the extract: 1 child\n" in shown


def test_no_reference_can_move_the_cursor_or_begin_a_formula(tmp_path: Path) -> None:
    hostile = line(2, began="2026-03-14T10:00", child="child-2", ref="=1+1\x1b[2J", given="Other", sender=COUNCIL)
    shown = screen(tmp_path, ROW, ours=(OURS, hostile))
    assert "\x1b[2J" not in shown
    for name in ("out.csv", "out.html"):
        text = (tmp_path / name).read_text("utf-8-sig")
        assert "\x1b" not in text
    assert any(row["child_ref"].startswith("'=1+1") for row in written(tmp_path))


def test_an_earlier_report_stands_until_the_next_one_is_whole(tmp_path: Path) -> None:
    compared(tmp_path, ROW, ours=(OURS,))
    files = [tmp_path / "out.csv", tmp_path / "out.html"]
    earlier = [file.read_bytes() for file in files]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    with pytest.raises(UnreadableFile):
        reconciled(
            tmp_path / "out.html", mapping_named("council"), OurRegister.of([]), agency=COUNCIL, out=tmp_path / "out"
        )
    assert [file.read_bytes() for file in files] == earlier
    assert {file.name for file in tmp_path.iterdir()} == {"extract.csv", "out.csv", "out.html"}


def test_whoever_breaks_off_is_told_that_no_report_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken_off(_: object) -> OurRegister:
        raise KeyboardInterrupt

    monkeypatch.setattr("deploy.cli.reconcile_commands.read_register", broken_off)
    file = tmp_path / "extract.csv"
    file.write_text(f"{HEADER}\n{ROW}\n")
    done = CliRunner().invoke(
        application(),
        ["reconcile", str(file), "--mapping", "council", "--as", COUNCIL, "--out", str(tmp_path / "out")],
    )
    assert (done.exit_code, "no report was written" in done.stderr) == (130, True)
    assert [each.name for each in tmp_path.iterdir()] == ["extract.csv"]


def test_no_name_of_a_column_can_move_the_cursor_or_begin_a_formula(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    file.write_text(f"{HEADER},=1+1,\x1b[2Jred\n{ROW},a\x01b,a\x01b\n")
    found = reconciled(file, mapping_named("council"), OurRegister.of([OURS]), agency=COUNCIL, out=tmp_path / "out")
    named = [row["field"] for row in written(tmp_path) if row["line"] == "2" and row["outcome"] == "bad_value"]
    assert named == ["'=1+1", "<U+001B>[2jred"]
    said = "".join(map(str, found.faults.listed))
    assert (
        "\x1b" not in (tmp_path / "out.html").read_text("utf-8") + (tmp_path / "out.csv").read_text("utf-8-sig") + said
    )


def test_hundreds_of_columns_that_are_not_used_are_one_note_and_hide_no_bad_row(tmp_path: Path) -> None:
    file = tmp_path / "extract.csv"
    more = "".join(f",extra{number}" for number in range(300))
    bad = ROW.replace("14/03/2026 17:00", "soon")
    file.write_text(f"{HEADER}{more}\n{ROW}{',' * 300}\n{bad}{',' * 300}\n")
    found = reconciled(file, mapping_named("council"), OurRegister.of([OURS]), agency=COUNCIL, out=tmp_path / "out")
    said = list(said_of_faults(found.faults))
    assert said[0].startswith("line 3, missing_from: row not used")
    assert said[-1] == (
        "300 columns are not expected and not used: extra0, extra1, extra2, extra3, extra4 and 295 more"
    )
    assert not any(row["outcome"] == "bad_value" for row in written(tmp_path))
    assert found.faults.total - found.faults.dropped - len(of_the_header(found.faults)) == 0
