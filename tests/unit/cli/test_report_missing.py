"""A report from the command line says what its officer said, and nothing that nobody said."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.cli.report_missing import last_seen
from deploy.identities import RequestRefused
from deploy.moments import NotATime
from schemas.records import LastSeen


def test_what_nobody_said_of_the_last_sighting_is_not_said() -> None:
    assert last_seen(None, None, None) is None
    assert last_seen(None, "E08000005", "by the canal") == LastSeen(area_code="E08000005", place="by the canal")


def test_that_it_is_not_known_is_an_answer() -> None:
    assert last_seen("unknown", None, None) == LastSeen(not_known=True)


def test_a_time_is_that_time_and_now_is_now() -> None:
    assert last_seen("2026-11-24T21:30", None, None) == LastSeen(at=datetime(2026, 11, 24, 21, 30, tzinfo=UTC))
    seen = last_seen("now", None, None)
    assert seen is not None
    assert seen.at is not None
    assert datetime.now(UTC) - seen.at < timedelta(minutes=1)
    with pytest.raises(NotATime):
        last_seen("later", None, None)


def test_the_name_of_an_area_is_answered_with_its_code() -> None:
    with pytest.raises(RequestRefused, match=r"did you mean E08000005 \(Rochdale\)"):
        last_seen(None, "Rochdale", None)


def test_a_word_is_one_however_it_is_written() -> None:
    assert last_seen(" Unknown ", None, None) == LastSeen(not_known=True)
    assert last_seen("NOW", None, None) is not None
