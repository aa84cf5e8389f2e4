"""The page for the next shift: nothing left out silently, and what needs a call first in its section."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from unittest.mock import Mock

import pytest
from rich.console import Console, RenderableType

from deploy.cli import due_commands, shapes
from deploy.cli.asof_commands import _mapping as _asof_mapping
from deploy.cli.episode_commands import _mapping as _episode_mapping
from deploy.desk import Desk
from deploy.moments import NotATime
from deploy.views.duties import Acted, owed
from deploy.views.handover import LINES, ROWS, Handover, handover
from hub.delivery.points import acting_desk
from hub.ids import AgencyId
from schemas.records import Acknowledgement, EpisodeStatus, Means, NoticeKind, Phase, PhaseKind, ToldSummary
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


def on_screen(what: RenderableType, width: int) -> list[str]:
    screen = StringIO()
    Console(file=screen, width=width).print(what)
    return screen.getvalue().splitlines()


def printed(what: Handover, width: int = 80) -> list[str]:
    return on_screen(due_commands._page(what), width)


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


def test_nobody_rings_police_about_a_child_that_is_away_alone_and_no_force_rings_itself() -> None:
    away = Phase(kind=PhaseKind.AWAY, began_at=at("24 19:00"))
    for status in (EpisodeStatus.AWAY, EpisodeStatus.LOCATED_NOT_RETURNED):
        assert page(line(status=status, police_position="unconfirmed", area=ROCHDALE, phases=(away,))).ring == ()
    waits = line(police_position="unconfirmed", area=ROCHDALE)
    force = handover([waits], (), (), agency="E23000005", since=at("24 19:00"), until=at("25 07:00"))
    assert force.ring == ()


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


def test_a_desk_that_acts_for_another_is_named_with_whom_it_acts_for() -> None:
    asked = notice(1, "25 01:00", desk=acting_desk("duty", AgencyId(ROCHDALE)))
    said = " ".join(" ".join(printed(page(line(1), notices=(asked,)))).split())
    assert "due 01:00, duty desk for Rochdale" in said
    (ring,) = page(line(told=(replace(TO_RING, desk=acting_desk("duty", AgencyId(ROCHDALE))),))).ring
    assert ring.whom == "West Yorkshire Police (duty for Rochdale)"


def test_it_fits_one_printed_page_and_counts_what_is_not_on_it() -> None:
    lines = [
        line(n, police_position="unconfirmed", area=ROCHDALE, duties=(duty("return_interview", "27 03:25"),))
        for n in range(1, 90)
    ]
    rows = printed(page(*lines, notices=tuple(notice(n, "25 01:00") for n in range(1, 40))))
    assert len(rows) <= LINES
    assert max(map(len, rows)) <= 80
    assert f"New since then, the first {ROWS} of 89 (all: homeward register show)" in rows
    assert "Still owed, the first 9 of 89 (all: homeward due)" in rows, "each is two lines"
    assert sum("hold the" in row for row in rows) == 9


BUSY = (
    line(
        1, status=EpisodeStatus.RETURN_REPORTED, risk="medium",
        duties=(duty("exploitation_considered", "27 23:59", raw="26 23:59"),),
    ),
    line(2, police_position="unconfirmed", area=ROCHDALE, told=(TO_RING,)),
)  # fmt: skip


@pytest.mark.parametrize("width", [32, 40, 60, 79, 80, 120])
def test_no_reference_time_or_word_is_cut_away_however_narrow_the_screen(width: int) -> None:
    rows = printed(page(*BUSY, notices=(notice(1, "25 08:00"),)), width)
    assert max(map(len, rows)) <= width
    assert not any("…" in row for row in rows)
    said = " ".join(" ".join(rows).split())
    for words in (
        "return reported, not confirmed, risk medium",
        "Nate Exampleton: consider a referral to the National Referral Mechanism (without pauses 26 Nov 23:59)",
        "0000-0001 27 Nov 23:59 in 2 d 16 h",
        "0000-0001 due 08:00, duty desk",
        "Greater Manchester Police 101: they have not confirmed that they have the report",
        "0000-0002 West Yorkshire Police (duty): nobody has recorded the call",
    ):
        assert words in said


@pytest.mark.parametrize("width", [32, 40, 60, 79])
def test_on_a_narrow_screen_what_is_owed_stands_below_its_reference_and_its_time(width: int) -> None:
    rows = on_screen(due_commands._shown(owed(BUSY, (), {}, ROCHDALE), at("25 07:00")), width)
    assert rows[0].startswith("0000-0001  27 Nov 23:59")
    said = " ".join(" ".join(rows).split())
    assert said == (
        "0000-0001 27 Nov 23:59 in 2 d 16 h Nate Exampleton: consider a referral to the National Referral Mechanism "
        "(without pauses 26 Nov 23:59)"
    )
    assert max(map(len, rows)) <= width


def test_on_a_screen_of_eighty_columns_what_is_owed_is_a_table() -> None:
    rows = on_screen(due_commands._shown(owed(BUSY, (), {}, ROCHDALE), at("25 07:00")), 80)
    assert rows[0].split() == ["due", "left", "reference", "child", "what"]


def test_very_long_words_take_three_lines_of_the_page_and_leave_the_child_named() -> None:
    ring = notice(1, "25 08:00", purpose="telephone", asked_of_you=f"Please telephone these: {'Kirklees, ' * 40}")
    asked = owed(BUSY, (ring,), {ring.notice_id: Acted(layer=Acknowledgement.OPENED)}, ROCHDALE)
    rows = printed(replace(page(*BUSY), owed=asked))
    begin = next(place for place, row in enumerate(rows) if "08:00" in row)
    assert "Nate Exampleton: Please telephone" in rows[begin]
    assert rows[begin + 2].endswith("…")
    assert "27 Nov 23:59" in rows[begin + 3]


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
