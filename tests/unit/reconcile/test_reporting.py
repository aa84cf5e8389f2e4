"""What is sent of a row: by the hub's own fold it is exactly the absence that the row tells of, and of nobody else."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deploy.linkage.columns import COLUMNS, Row
from deploy.linkage.reading import Faults
from deploy.linkage.stream import Stream
from deploy.reconcile.chosen import Published
from deploy.reconcile.extract import ExtractRow, read_extract
from deploy.reconcile.mapping import PACKAGED, mapping_named
from deploy.reconcile.reporting import Days, is_ahead, leaves_out_risk, reports_of
from hub.episode import Episode
from schemas.records import (
    AgencyKind,
    AgencyMessage,
    ChildReturned,
    EpisodeStatus,
    MissingReported,
    RiskAssessed,
    RiskGrade,
    StatusClaimed,
)
from tests.unit.episode.telling import BRADFORD, WEST_YORKSHIRE, Telling
from tests.unit.reconcile.ours import COUNCIL
from tests.unit.reconcile.test_reconcile import HEADER, ROW

NOW = datetime(2026, 9, 1, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
DFE = "CHILD,DOB,MISSING,MIS_START,MIS_END"
KEY = b"k" * 32


@cache
def published() -> Published:
    return Published(Path(mkdtemp()) / "imported.sqlite", KEY)


def digest(row: ExtractRow) -> str:
    return published().digest(row)


def read(text: str, mapping: str = "council") -> list[ExtractRow]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "extract.csv"
        file.write_text(text, "utf-8")
        return list(read_extract(file, mapping_named(mapping), COUNCIL, Faults(), year=None))


def sent(rows: Sequence[ExtractRow], now: datetime = NOW) -> list[AgencyMessage]:
    days = Days()
    for row in rows:
        days.note(row)
    return [report for row in rows for report in reports_of(row, now, reference=digest(row), times=days.times(row))]


def folded(reports: Sequence[AgencyMessage], sender: str = "council") -> tuple[Episode, ...]:
    telling = Telling()
    for place, report in enumerate(reports):
        agency = WEST_YORKSHIRE if sender == "police" else BRADFORD
        telling.tell(NOW + timedelta(milliseconds=place), agency, report)
    return telling.state.episodes


@st.composite
def written_rows(draw: st.DrawFn, *, has_end: bool) -> tuple[str, str]:
    """A mapping of the package, and a valid row of it in any of its formats."""
    name = draw(st.sampled_from(PACKAGED))
    mapping = mapping_named(name)
    began = draw(st.datetimes(datetime(2025, 1, 1), datetime(2026, 6, 1)))  # noqa: DTZ001 - local, as people write
    ended = began + draw(st.timedeltas(timedelta(minutes=2), timedelta(days=20)))
    said = {"child_ref": "C-1", "date_of_birth": "02/03/2011", "given_names": "Testa", "family_name": "Exampleton"}
    said["began_at"] = began.strftime(draw(st.sampled_from(mapping.columns["began_at"].formats)))
    if has_end:
        said["ended_at"] = ended.strftime(draw(st.sampled_from(mapping.columns["ended_at"].formats)))
    if "status" in mapping.columns:
        said["status"] = draw(st.sampled_from(["missing", "away", "located"]))
    if "risk" in mapping.columns:
        said["risk"] = draw(st.sampled_from(["", "low", "high", "Very low"]))
    columns = {field: mapped.column for field, mapped in mapping.columns.items()}
    head = list(columns.values())
    return name, ",".join(head) + "\n" + ",".join(said.get(field, "") for field in columns) + "\n"


@settings(deadline=None)
@given(written_rows(has_end=True))
def test_a_row_with_an_end_is_one_absence_that_is_over(written: tuple[str, str]) -> None:
    name, text = written
    rows = read(text, name)
    assume(rows)  # an hour that the clock repeats or leaves out can make the end lie before the start
    (row,) = rows
    (episode,) = folded(sent(rows), name)
    assert not episode.is_open
    assert not episode.never_reported
    assert row.began.at <= episode.began_at < row.began.last or episode.began_at == row.began.at
    assert episode.ended_at is not None
    assert row.ended is not None
    assert episode.ended_at.astimezone(LONDON).date() == row.ended.day
    assert row.ended.is_day or episode.ended_at == row.ended.at


@settings(deadline=None)
@given(written_rows(has_end=False))
def test_a_row_without_an_end_is_one_absence_that_lasts(written: tuple[str, str]) -> None:
    name, text = written
    rows = read(text, name)
    (episode,) = folded(sent(rows), name)
    assert episode.is_open
    located = rows[0].status == "located"
    assert (episode.status is EpisodeStatus.LOCATED_NOT_RETURNED) is located


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=6),
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
    st.randoms(use_true_random=False),
)
def test_rows_of_days_that_meet_are_an_absence_each(lengths: list[int], gaps: list[int], chance: object) -> None:
    day, lines = date(2026, 3, 20), []
    for length, gap in zip(lengths, gaps, strict=False):
        ends = day + timedelta(days=length)
        lines.append(f"C-1,02/03/2011,M,{day:%d/%m/%Y},{ends:%d/%m/%Y}")
        day = ends + timedelta(days=gap)
    chance.shuffle(lines)  # type: ignore[attr-defined]
    episodes = folded(sent(read("\n".join([DFE, *lines]), "dfe-903-missing")))
    assert len(episodes) == len(lines)
    assert not any(episode.is_open or episode.never_reported for episode in episodes)


def test_one_day_is_one_absence_even_on_the_day_the_clocks_change() -> None:
    for day in ("14/03/2026", "29/03/2026", "26/10/2025"):
        (episode,) = folded(sent(read(f"{DFE}\nC-1,02/03/2011,M,{day},{day}\n", "dfe-903-missing")))
        assert (episode.is_open, episode.never_reported) == (False, False)
        assert episode.ended_at is not None
        assert f"{episode.ended_at.astimezone(LONDON):%d/%m/%Y %H:%M:%S}" == f"{day} 23:59:59"


def test_a_day_is_never_sent_as_a_time() -> None:
    missing, returned = sent(read(f"{DFE}\nC-1,02/03/2011,M,14/03/2026,15/03/2026\n", "dfe-903-missing"))
    assert isinstance(missing, MissingReported)
    assert isinstance(returned, ChildReturned)
    assert missing.last_seen is not None
    assert (missing.last_seen.at, missing.last_seen.not_known) == (None, True)
    assert "14 Mar 2026 and no time of day" in (missing.circumstances or "")
    assert returned.returned_at is None
    assert "15 Mar 2026 and no time of day" in (returned.circumstances or "")


def test_what_police_say_of_the_hour_is_the_same_absence() -> None:
    telling = Telling()
    for report in sent(read(f"{DFE}\nC-1,02/03/2011,M,14/03/2026,14/03/2026\n", "dfe-903-missing")):
        telling.tell(NOW, BRADFORD, report)
    police = "incident_ref,person_ref,last_seen,returned\nI-1,P-1,14/03/2026 17:00,14/03/2026 22:50\n"
    for report in sent(read(police, "police")):
        telling.tell(NOW, WEST_YORKSHIRE, report)
    assert telling.episode.began_at == datetime(2026, 3, 14, 17, tzinfo=UTC)
    assert telling.episode.start_is_known


def test_rows_without_any_reference_are_told_apart_by_what_they_say() -> None:
    header = HEADER.replace("person_id,episode_id,", "")
    line = "{},Khan,02/03/2011,F,M,14/03/2026 17:00,14/03/2026 22:50"
    aisha, bilal = (sent(read(f"{header}\n{line.format(name)}\n")) for name in ("Aisha", "Bilal"))
    again = sent(read(f"{header}\n{line.format('Zoe')}\n{line.format('Aisha')}\n"))
    assert {report.episode_ref for report in aisha} == {report.episode_ref for report in again[2:]}, "whatever the line"
    assert {report.episode_ref for report in aisha}.isdisjoint(report.episode_ref for report in bilal)
    assert all(report.episode_ref for report in aisha)


def test_two_absences_of_one_day_have_references_of_their_own() -> None:
    line = ROW.replace("E-1", "")
    rows = read(f"{HEADER}\n{line}\n{line.replace('17:00', '21:00')}\n")
    assert len({report.episode_ref for report in sent(rows)}) == 2


def test_polices_grade_of_risk_is_sent_and_anybody_elses_is_left_out() -> None:
    text = "incident_ref,person_ref,last_seen,returned,risk\nI-1,P-1,14/03/2026 17:00,,High\n"
    missing, risk = sent(read(text, "police"))
    assert isinstance(missing, MissingReported)
    assert isinstance(risk, RiskAssessed)
    assert risk.grade is RiskGrade.HIGH
    (episode,) = folded([missing, risk], "police")
    assert episode.risk.grade is RiskGrade.HIGH
    (row,) = read(text, "police")
    of_council = ExtractRow(
        line=row.line, facts={**row.facts, "sender_kind": AgencyKind.AUTHORITY.value}, began=row.began, ended=None,
        status=None, risk=row.risk, place=None,
    )  # fmt: skip
    assert leaves_out_risk(of_council)
    assert not leaves_out_risk(row)
    assert len(sent([of_council])) == 1


def test_a_located_stretch_is_told_as_located_and_not_as_missing() -> None:
    missing, claimed = sent(read(f"{HEADER}\n" + ROW.replace(",M,", ",located,").rpartition(",")[0] + ",\n"))
    assert isinstance(claimed, StatusClaimed)
    (episode,) = folded([missing, claimed])
    assert episode.status is EpisodeStatus.LOCATED_NOT_RETURNED


@pytest.mark.parametrize("moment, ahead", [("14/03/2026 17:00", False), ("02/09/2026 17:00", True)])
def test_what_lies_ahead_is_known(moment: str, *, ahead: bool) -> None:
    (row,) = read(f"{HEADER}\n{ROW.replace('14/03/2026 17:00', moment).rpartition(',')[0]},\n")
    assert is_ahead(row, NOW) is ahead


def test_a_return_today_is_no_later_than_now() -> None:
    today = datetime.combine(NOW.date(), time(13), UTC)
    text = f"{DFE}\nC-1,02/03/2011,M,{today:%d/%m/%Y},{today:%d/%m/%Y}\n"
    *_, returned = sent(read(text, "dfe-903-missing"), now=today)
    assert returned.occurred_at == today


def test_two_children_on_the_same_line_of_two_files_are_two_children() -> None:
    """Their claims have nothing in common, by the very decision of the hub."""
    header = HEADER.replace("person_id,episode_id,", "")
    rows = []
    for name in ("Aisha", "Bilal"):
        (row,) = read(f"{header}\n{name},Khan,,,M,14/03/2026 17:00,\n")
        (report,) = sent([row])
        said = {**row.facts, "record_id": name, "episode_ref": report.episode_ref or ""}
        rows.append(Row(**{column: said.get(column, "") for column in COLUMNS}))
    assert len({made.child_id for made in Stream().run(rows)}) == 2


def test_what_stands_in_place_of_a_reference_is_not_sent_as_one() -> None:
    """Two children would be filed under it."""
    rows = read("\n".join([HEADER, ROW.replace("C-1,E-1", "TBC,N/A"), ROW.replace("C-1,E-1,Testa", "TBC,N/A,Omar")]))
    reports = [report for report in sent(rows) if isinstance(report, MissingReported)]
    assert [report.child_ref for report in reports] == [None, None]
    assert len({report.episode_ref for report in reports}) == 2
    assert "N/A" not in {report.episode_ref for report in reports}
