"""The page for the next shift: nothing left out silently, and what needs a call first in its section."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from unittest.mock import Mock

import pytest
from rich.console import Console, Group

from deploy.cli import due_commands, shapes
from deploy.cli.asof_commands import _mapping as _asof_mapping
from deploy.cli.due_commands import _page
from deploy.cli.episode_commands import _mapping as _episode_mapping
from deploy.desk import Desk
from deploy.moments import NotATime
from deploy.views.duties import owed
from deploy.views.handover import ROWS, Handover, handover
from hub.ids import AgencyId
from schemas.records import EpisodeStatus, Means, NoticeKind, ToldSummary
from tests.unit.views.lines import ROCHDALE, at, duty, line, notice

TO_RING = ToldSummary(
    recipient="E23000010", desk="duty", kind=NoticeKind.NEWS, told_at=None, means=Means.TELEPHONE, layer=None
)


def page(*lines: object, notices: tuple[object, ...] = ()) -> Handover:
    return handover(
        lines,  # type: ignore[arg-type]
        owed(lines, (), {}, ROCHDALE),  # type: ignore[arg-type]
        notices,  # type: ignore[arg-type]
        agency=ROCHDALE,
        since=at("24 19:00"),
        until=at("25 07:00"),
    )


def printed(what: Handover) -> list[str]:
    screen = StringIO()
    Console(file=screen, width=80).print(Group(*_page(what)))
    return screen.getvalue().splitlines()


def test_a_shift_that_begins_ahead_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(
        agency=AgencyId(ROCHDALE), lines=(), notices=(), acted={}, now=at("25 07:00"), behind=0, has_register=True
    )
    monkeypatch.setattr(due_commands, "_desk", lambda *_: desk)
    with pytest.raises(NotATime, match="lies ahead"):
        due_commands.hand_over(Mock(), since="2027-01-01T00:00")


def test_what_changed_in_the_shift_is_new_and_what_changed_before_is_not() -> None:
    before = line(1, changed_at=at("24 18:00"))
    assert [one.reference for one in page(before, line(2, changed_at=at("24 22:00"))).new] == ["0000-0002"]


def test_open_absences_come_first_and_the_highest_risk_before_the_rest() -> None:
    lines = (
        line(1, status=EpisodeStatus.RETURNED, risk="high"),
        line(2, risk="low"),
        line(3, risk="high"),
    )
    assert [one.reference for one in page(*lines).new] == ["0000-0003", "0000-0002", "0000-0001"]


def test_police_who_have_not_confirmed_are_to_be_rung_with_the_force_of_the_place() -> None:
    (ring,) = page(line(police_position="unconfirmed", area=ROCHDALE)).ring
    assert ring.whom == "Greater Manchester Police"
    assert page(line(police_position="confirmed")).ring == ()


def test_a_mailbox_that_nobody_reads_stands_at_the_top_of_the_page() -> None:
    silent = replace(page(line(1)), unread_for=timedelta(minutes=35))
    said = " ".join(" ".join(printed(silent)).split())
    assert "nobody has read the mailbox of Rochdale for 35 min: start the program that reads it" in said
    assert said.index("nobody has read") < said.index("New since then")
    assert silent.as_mapping()["mailbox_unread_seconds"] == 2100
    assert "nobody has read" not in " ".join(printed(page(line(1))))
    assert page(line(1)).as_mapping()["mailbox_unread_seconds"] is None


def test_whom_the_hub_cannot_reach_is_to_be_rung_while_the_absence_goes_on() -> None:
    (ring,) = page(line(told=(TO_RING,))).ring
    assert ring.whom == "West Yorkshire Police (duty)"
    assert page(line(status=EpisodeStatus.RETURNED, told=(TO_RING,))).ring == ()


def test_a_desk_that_several_tasks_ask_to_ring_is_to_be_rung_once() -> None:
    other = replace(TO_RING, desk="exploitation_team")
    rung = page(line(told=(TO_RING, other, replace(TO_RING, kind=NoticeKind.UPDATE)))).ring
    assert [each.whom for each in rung] == [
        "West Yorkshire Police (duty)", "West Yorkshire Police (exploitation team)",
    ]  # fmt: skip


def test_it_fits_one_printed_page_and_counts_what_is_not_on_it() -> None:
    lines = [
        line(n, police_position="unconfirmed", duties=(duty("return_interview", "27 03:25"),)) for n in range(1, 90)
    ]
    rows = printed(page(*lines, notices=tuple(notice(n, "25 01:00") for n in range(1, 40))))
    assert len(rows) <= 66
    assert max(map(len, rows)) <= 80
    assert f"Still owed, the first {ROWS} of 89 (all: homeward due)" in rows


def test_an_empty_shift_says_nothing_four_times() -> None:
    assert printed(page()).count("  nothing") == 4


def test_what_is_printed_for_a_program_keeps_to_its_documented_shape() -> None:
    lines = [line(1, police_position="unconfirmed", duties=(duty("return_interview", "27 03:25"),), told=(TO_RING,))]
    shown = page(*lines, notices=(notice(1, "25 01:00"),)).as_mapping()
    assert all(shown[name] for name in ("new", "owed", "taken_by_nobody", "ring"))
    assert shapes.faults("homeward handover", shown) == []


def test_a_duty_is_printed_alike_now_and_as_it_was_known_then() -> None:
    one = line(1, duties=(duty("return_interview", "27 03:25"),))
    now, then = _episode_mapping(one, at("25 07:00")), _asof_mapping(one, whole=True)
    assert now["owed"] == then["owed"] != []
    assert shapes.faults("homeward episode show", now) == []


def test_every_list_is_whole_for_a_program() -> None:
    lines = [line(n) for n in range(1, 90)]
    assert len(page(*lines).as_mapping()["new"]) == 89
