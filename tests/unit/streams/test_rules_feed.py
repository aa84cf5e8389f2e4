"""A running hub takes changed rules on without a restart, and keeps the last good ones when they are broken."""

from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hub.deadlines import DEADLINES_FILE, packaged_deadline_text
from hub.delivery.rules import DELIVERY_FILE, packaged_delivery_text
from hub.routing.rules import ROUTING_FILE, packaged_text
from hub.rulebook import Rulebook, packaged_rulebook
from schemas.records import RiskGrade
from streams import rules_feed
from streams.rules_feed import RulesFeed

ROUTING = packaged_text(ROUTING_FILE)
OTHER = ROUTING.replace('within = "15m"', 'within = "25m"', 1)


def feed(tmp_path: Path) -> RulesFeed:
    return RulesFeed(tmp_path / "rules", tmp_path / "kept")


def put(tmp_path: Path, text: str, name: str = ROUTING_FILE) -> None:
    (tmp_path / "rules").mkdir(exist_ok=True)
    (tmp_path / "rules" / name).write_text(text, "utf-8")


def test_without_a_folder_the_packaged_rules_hold(tmp_path: Path) -> None:
    assert feed(tmp_path).current.version == packaged_rulebook().version
    assert RulesFeed(None, tmp_path / "kept").current.version == packaged_rulebook().version


def test_a_changed_table_is_in_force_at_the_next_look(tmp_path: Path) -> None:
    rules = feed(tmp_path)
    assert not rules.look()
    put(tmp_path, OTHER)
    assert rules.look()
    assert rules.current.version != packaged_rulebook().version
    assert not rules.look(), "only once"


def test_a_broken_table_changes_nothing_and_the_next_good_one_does(tmp_path: Path) -> None:
    put(tmp_path, OTHER)
    rules = feed(tmp_path)
    good = rules.current
    put(tmp_path, OTHER + "\n[[rwo]]\n")
    assert not rules.look()
    assert rules.current is good
    (tmp_path / "rules" / ROUTING_FILE).write_bytes(b"\xff\xfe")
    assert not rules.look()
    assert rules.current is good
    put(tmp_path, ROUTING + "\n# good again\n")
    assert rules.look()


def test_a_change_of_the_ladders_is_a_change_of_the_rules(tmp_path: Path) -> None:
    rules = feed(tmp_path)
    put(tmp_path, packaged_delivery_text().replace('opened_within = "5m"', 'opened_within = "3m"'), DELIVERY_FILE)
    assert rules.look()
    assert rules.current.delivery.aim(RiskGrade.HIGH).opened_within == timedelta(minutes=3)
    put(tmp_path, packaged_delivery_text().replace('"owning_force"', '"owning_fource"'), DELIVERY_FILE)
    assert not rules.look(), "a role that nobody has"


def test_the_last_good_rules_hold_over_a_restart(tmp_path: Path) -> None:
    put(tmp_path, OTHER)
    good = feed(tmp_path).current.version
    put(tmp_path, OTHER + "\n[[rwo]]\n")
    assert feed(tmp_path).current.version == good


def test_a_table_that_is_taken_away_is_as_packaged_again(tmp_path: Path) -> None:
    put(tmp_path, OTHER)
    rules = feed(tmp_path)
    (tmp_path / "rules" / ROUTING_FILE).unlink()
    assert rules.look()
    assert rules.current.version == packaged_rulebook().version
    assert feed(tmp_path).current.version == packaged_rulebook().version


@pytest.mark.parametrize(
    "name, text, line, reason",
    [
        (ROUTING_FILE, b"", 1, "nothing stands in it"),
        (ROUTING_FILE, b'version = "1"\n\xff\xfe', 2, "not UTF-8 text"),
        (ROUTING_FILE, b'version = "1"\nx = ' + b"[" * 9000, 2, "brackets stand in one another"),
        ("rooting.toml", OTHER.encode(), 1, "no table of rules is called 'rooting.toml'"),
        (
            DEADLINES_FILE,
            packaged_deadline_text().replace("within_days = 90", "within_days = 99999999999").encode(),
            packaged_deadline_text().splitlines().index("within_days = 90") + 1,
            "'within_days' must be a whole number",
        ),
    ],
    ids=["empty", "bytes", "deep", "misnamed", "huge number"],
)
def test_whatever_lies_in_the_folder_the_last_good_rules_stay_and_the_log_says_why(
    tmp_path: Path, name: str, text: bytes, line: int, reason: str
) -> None:
    put(tmp_path, OTHER)
    rules = feed(tmp_path)
    good = rules.current
    (tmp_path / "rules" / name).write_bytes(text)
    with capture_logs() as logs:
        assert not rules.look()
        assert feed(tmp_path).current.version == good.version, "over a restart"
    assert rules.current is good
    assert [(each["event"], each["file"], each["line"]) for each in logs] == [("rules_refused", name, line)] * 2
    assert reason in logs[0]["reason"]


def test_a_fault_of_the_reader_that_nobody_foresaw_stops_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> Rulebook:
        raise OverflowError

    put(tmp_path, OTHER)
    rules = feed(tmp_path)
    good = rules.current
    monkeypatch.setattr(rules_feed, "rulebook_from", fails)
    put(tmp_path, OTHER + "\n# again\n")
    with capture_logs() as logs:
        assert not rules.look()
        assert feed(tmp_path).current.version == packaged_rulebook().version, "what was kept is read no better"
    assert rules.current is good
    assert [each["event"] for each in logs] == ["rules_refused", "rules_refused", "kept_rules_refused"]
    assert {(each["file"], each["reason"]) for each in logs} == {(ROUTING_FILE, "OverflowError: ")}


def test_rules_that_cannot_be_kept_are_in_force_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be", "utf-8")
    put(tmp_path, OTHER)
    with capture_logs() as logs:
        assert feed(tmp_path).current.version != packaged_rulebook().version
    assert [each["event"] for each in logs] == ["rules_not_kept"]
