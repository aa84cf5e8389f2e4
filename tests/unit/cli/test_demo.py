"""The demonstration: whose folder it may empty, how it counts, and what its screen shows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from deploy import check
from deploy.bringup import Hub
from deploy.cli.demo import closing, too_fast
from deploy.cli.shapes import faults
from deploy.config import Settings
from deploy.demo import calm
from deploy.demo.board import Moment, board, quantile
from deploy.demo.cast import Tally
from deploy.demo.run import NotADemo, Wish, prepare, registry_is_ready
from deploy.demo.seen_twice import SeenTwice
from deploy.demo.summary import Summary
from deploy.home import Home
from deploy.ledger import balance
from deploy.occupied import Running
from hub.hub_time import HubTimes
from schemas.records import Ask, HubTime, Notice, NoticeKind, Urgency
from tests.unit.cli.lines import line

NOW = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
KEYS = (
    "accepted", "rejected", "routed", "in_review", "in_flight", "unroutable", "notices", "lost", "visible_duplicates",
    "episodes", "report_to_inbox_seconds", "peak_rss_mib", "seconds",
    "clocks",
)  # fmt: skip


def drawn(*lines: object, width: int = 80, height: int = 24) -> str:
    screen = StringIO()
    console = Console(file=screen, width=width, height=height)
    moment = Moment(simulated=NOW, elapsed=5.0, length=60.0, hints=("try this",))
    console.print(board(lines, {}, Tally(sent=3), moment, height=height))  # type: ignore[arg-type]
    return screen.getvalue()


def test_the_board_fits_eighty_columns_and_says_states_in_words() -> None:
    screen = drawn(line("missing", risk="high", began="2026-11-24T20:10:00Z"), line("returned"))
    assert "MISSING" in screen
    assert "home again" in screen
    assert "1 h 20 " in screen
    assert max(map(len, screen.splitlines())) <= 80


def test_missing_children_stand_above_those_who_are_home() -> None:
    screen = drawn(line("returned"), line("missing", risk="low"), line("missing", risk="high"))
    assert screen.index("high") < screen.index("low") < screen.index("home again")


def test_a_full_board_says_how_many_more_there_are() -> None:
    screen = drawn(*(line("missing") for _ in range(29)))
    assert "and 16 more" in screen
    assert len(screen.splitlines()) <= 24


@pytest.mark.parametrize("took, allowed", [(5.0, 6.0), (100.0, 15.0)])
def test_the_clock_waits_as_long_as_the_last_start_took_and_a_little(
    tmp_path: Path, took: float, allowed: float
) -> None:
    home = Home(tmp_path)
    assert calm.needed(home) == timedelta(0), "a first start waits for nothing"
    calm.connected(home, took)
    assert calm.needed(home) == timedelta(seconds=allowed)


async def test_the_day_begins_when_the_clock_runs_or_somebody_stops_it() -> None:
    steps: list[str] = []
    stop = asyncio.Event()
    for ahead in (timedelta(seconds=-1), timedelta(seconds=0.05), timedelta(hours=1)):
        began = datetime.now(UTC) + ahead
        if ahead > timedelta(minutes=1):
            stop.set()
        times = HubTimes.of([HubTime(origin=began, scale=288.0, real_origin=began)])
        async with asyncio.timeout(30):
            await calm.is_over(times, lambda step, _done, _of: steps.append(step), stop)
    assert steps == ["the day begins"] * 2


def test_a_folder_that_is_no_demo_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("keep")
    with pytest.raises(NotADemo):
        prepare(Home(tmp_path), is_fresh=True)
    assert (tmp_path / "precious").exists()


def test_a_demo_of_the_same_code_is_kept_and_a_fresh_one_begins_empty(tmp_path: Path) -> None:
    home = Home(tmp_path)
    prepare(home, is_fresh=False)
    (tmp_path / "broker").mkdir()
    prepare(home, is_fresh=False)
    assert (tmp_path / "broker").exists()
    prepare(home, is_fresh=True)
    assert not (tmp_path / "broker").exists()


def test_a_demo_that_other_code_made_begins_anew(tmp_path: Path) -> None:
    home = Home(tmp_path)
    prepare(home, is_fresh=False)
    (tmp_path / "demo").write_text("another digest")
    (tmp_path / "broker").mkdir()
    prepare(home, is_fresh=False)
    assert not (tmp_path / "broker").exists()


def test_a_given_length_plays_the_whole_day_in_it(tmp_path: Path) -> None:
    wish = Wish(home=Home(tmp_path), settings=Settings(), seconds=60)
    assert wish.pace * 60 == 24 * 3600


@pytest.mark.parametrize(
    "seconds, speed, is_whole", [(None, None, True), (300, None, True), (60, None, False), (60, 1000, True)]
)
def test_a_day_pressed_into_a_short_time_has_fewer_children_and_a_speed_asked_for_has_all(
    tmp_path: Path, seconds: float | None, speed: float | None, *, is_whole: bool
) -> None:
    wish = Wish(home=Home(tmp_path), settings=Settings(), seconds=seconds, speed=speed)
    assert (wish.share == 1) == is_whole
    assert 0 < wish.share <= 1


@pytest.mark.parametrize("share,value", [(0.0, 1.0), (0.5, 3.0), (0.99, 4.0)])
def test_a_quantile_is_one_of_the_values(share: float, value: float) -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0], share) == value


def notice(id_: str, **changed: Any) -> Notice:  # noqa: ANN401 - any field of a notice
    first = Notice(
        notice_id=id_,
        episode_id="e1",
        reference="AB-1",
        kind=NoticeKind.NEWS,
        ask=Ask.ACTION,
        purpose="find",
        recipient="E08000005",
        desk="duty",
        urgency=Urgency.NOW,
        what_happened="A child is missing.",
        asked_of_you="",
        cause="r1",
        rules_version="1",
        directory_version=1,
        issued_at=NOW,
    )
    return replace(first, **changed)


def summary(tally: Tally) -> Summary:
    return Summary(
        balance=balance(accepted=[], events=[], inboxes={}),
        tally=tally,
        in_review=0,
        open_episodes=1,
        closed_episodes=2,
        clocks={"running": 3, "late": 1, "met": 0, "escalations": 0, "telephone_tasks": 0, "late_interviews": 0},
        peak_rss_mib={"broker": 1.0, "registry": 1.0, "worker": 1.0},
        seconds={"setup": 0.1, "start": 1.0, "run": 2.0},
    )


def test_the_summary_has_the_promised_shape() -> None:
    said = summary(Tally(latencies=[0.1, 0.2])).as_mapping()
    assert faults("homeward demo", said) == []
    assert tuple(said) == KEYS
    assert said["episodes"] == {"open": 1, "closed": 2}
    assert set(said["report_to_inbox_seconds"]) == {"p50", "p99", "max"}


def test_the_summary_in_words_says_how_long_the_start_took() -> None:
    assert "seconds: setup 0.1, start 1.0, run 2.0" in closing(summary(Tally())).plain


def test_a_report_without_a_receipt_or_a_notice_that_did_not_open_is_not_clean() -> None:
    assert summary(Tally()).is_clean
    assert not summary(Tally(unanswered=1)).is_clean
    assert not summary(Tally(unreadable=1)).is_clean


def test_a_child_of_whom_nobody_was_told_is_not_clean_and_is_named() -> None:
    found = replace(summary(Tally()), balance=replace(balance(accepted=[], events=[], inboxes={}), untold=1))
    assert not found.is_clean
    found = replace(found, balance=replace(found.balance, untold_ids=("r1",)))
    assert found.faults() == ["nobody was told of: report r1"]


def test_a_notice_opened_twice_under_two_ids_is_not_clean_and_is_named() -> None:
    tally = Tally()
    for id_ in ("n1", "n1", "n2"):
        tally.seen_twice.note(notice(id_))
    found = summary(tally)
    assert (found.is_clean, found.as_mapping()["visible_duplicates"]) == (False, 1)
    assert found.faults() == ["doubled: notice n2, which says what was told already"]


@pytest.mark.parametrize(
    "changed",
    [
        {"desk": "night"},
        {"recipient": "E08000006"},
        {"cause": "another"},
        {"kind": NoticeKind.WITHDRAWAL},
        {"withdrawn_fields": ("person.given_names",)},
    ],
)
def test_notices_to_others_of_other_causes_or_about_other_things_are_not_seen_twice(changed: dict[str, Any]) -> None:
    seen = SeenTwice()
    seen.note(notice("n1"))
    seen.note(notice("n2", **changed))
    assert seen.ids == []


def test_other_words_for_the_same_thing_are_seen_twice() -> None:
    seen = SeenTwice()
    seen.note(notice("n1"))
    seen.note(notice("n2", what_happened="A child is missing, said in other words."))
    assert seen.ids == ["n2"]


def test_calls_to_two_people_are_two_things() -> None:
    seen = SeenTwice()
    for id_, whom in (("n1", "Rochdale"), ("n2", "Salford"), ("n3", "Salford")):
        seen.note(notice(id_, purpose="telephone", asked_of_you=f"Telephone {whom}"))
    assert seen.ids == ["n3"]


def test_a_machine_that_is_too_slow_for_its_speed_is_not_taken_for_late_people() -> None:
    assert too_fast(0.05, 288.0) is None
    said = too_fast(6.9, 1000.0)
    assert said is not None
    assert "1 h 55 min of the hub's time" in said


async def test_ctrl_c_does_not_wait_for_the_registry_to_have_started() -> None:
    async def starting() -> None:
        await asyncio.Event().wait()

    async def failed() -> None:
        raise RuntimeError

    stop = asyncio.Event()
    stop.set()
    async with asyncio.timeout(5):
        await registry_is_ready(cast("Hub", SimpleNamespace(registry_is_ready=starting)), stop)
    with pytest.raises(RuntimeError):
        await registry_is_ready(cast("Hub", SimpleNamespace(registry_is_ready=failed)), stop)


async def test_pairs_for_a_person_are_those_of_this_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    kept = [(0, "old", b"waits"), (1, "new", b"waits"), (2, "done", b"waits"), (3, "done", None)]

    @asynccontextmanager
    async def consumer(*_: object) -> AsyncIterator[None]:
        yield None

    async def records(_: object, names: list[str], since: check.Positions) -> AsyncIterator[object]:
        for offset, key, value in kept:
            if offset >= since.get((names[0], 0), 0):
                yield SimpleNamespace(
                    topic=names[0], partition=0, offset=offset, key=key.encode(), value=value,
                    headers=[("ce_id", key.encode())], timestamp=0,
                )  # fmt: skip

    monkeypatch.setattr(check, "_consumer", consumer)
    monkeypatch.setattr(check, "_records", records)
    running = Running(pid=1, bootstrap="", registry="", metrics={})
    assert await check.in_review(Home(tmp_path), running) == 2
    assert await check.in_review(Home(tmp_path), running, since={(check.REVIEW, 0): 1}) == 1
