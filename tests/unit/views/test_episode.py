"""One absence on the screen: which day it is says the hub, and not the machine that prints it."""

from dataclasses import replace
from datetime import datetime
from io import StringIO

from rich.console import Console, Group

from consumers import RegisterLine
from deploy.cli.episode_commands import shown
from deploy.views.timeline import timeline
from schemas.records import (
    Acknowledgement,
    DisclosedField,
    EpisodeStatus,
    Means,
    NoticeKind,
    Phase,
    PhaseKind,
    ToldSummary,
)
from tests.unit.views.lines import ROCHDALE, at, duty, line

TOLD = ToldSummary(
    recipient=ROCHDALE, desk="reviewing_team", kind=NoticeKind.NEWS, told_at=at("24 23:10"), means=Means.HUB,
    layer=Acknowledgement.OPENED,
)  # fmt: skip


def printed(now: datetime, *, today: datetime | None = None) -> list[str]:
    absence = line(duties=(duty("return_interview", "25 22:50"),), told=(TOLD,))
    screen = Console(file=StringIO(), width=80)
    screen.print(Group(*shown(absence, timeline(absence), now, today=today)))
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue().splitlines()


def row(lines: list[str], what: str) -> str:
    return next(each for each in lines if what in each)


def test_a_time_of_the_hubs_day_stands_without_its_day() -> None:
    then = printed(at("24 23:50"))
    assert "24 Nov" not in row(then, "reviewing team): opened")
    assert "25 Nov 22:50" in row(then, "hold the independent return interview")
    assert "23 h" in row(then, "hold the independent return interview")


def test_as_of_a_day_that_is_over_every_time_has_its_day_and_what_was_left_is_as_it_was_then() -> None:
    then = printed(at("24 23:50"), today=at("26 09:00"))
    assert "24 Nov 23:10" in row(then, "reviewing team): opened")
    assert "in 23 h" in row(then, "hold the independent return interview")


def test_what_is_owed_no_longer_says_so_and_since_when() -> None:
    review = duty("risk_review", "24 23:50", met="24 23:20", is_withdrawn=True)
    absence = line(duties=(review, duty("return_interview", "25 22:50")))
    screen = Console(file=StringIO(), width=100)
    screen.print(Group(*shown(absence, timeline(absence), at("24 23:55"))))
    assert isinstance(screen.file, StringIO)
    said = screen.file.getvalue().splitlines()
    assert "no longer owed since 23:20" in row(said, "review the risk")
    assert "late" not in row(said, "review the risk")


def head(absence: RegisterLine) -> str:
    screen = Console(file=StringIO(), width=100)
    screen.print(Group(*shown(absence, timeline(absence), at("24 23:55"))))
    assert isinstance(screen.file, StringIO)
    return screen.file.getvalue().split("happened")[0]


def test_police_are_to_be_rung_of_a_missing_child_and_not_of_one_that_is_away() -> None:
    assert "police have not confirmed: ring" in head(line(police_position="unconfirmed"))
    away = Phase(kind=PhaseKind.AWAY, began_at=at("24 22:00"))
    assert "police" not in head(line(status=EpisodeStatus.AWAY, police_position="unconfirmed", phases=(away,)))


def test_an_answer_that_police_do_not_record_the_child_is_no_confirmation() -> None:
    answered = line(police_position="confirmed")
    assert "police have it" in head(answered)
    (block,) = answered.blocks.values()
    said = DisclosedField(name="police.decision", disclosure=block.disclosure, value="not_recorded")
    refused = replace(answered, blocks={block.disclosure: replace(block, golden=(*block.golden, said))})
    assert "police have answered: not recorded" in head(refused)


def test_an_absence_that_was_cancelled_does_not_go_on() -> None:
    phase = Phase(kind=PhaseKind.MISSING, began_at=at("24 22:40"))
    assert "missing (M)  22:40 to now" in head(line(phases=(phase,)))
    cancelled = head(line(status=EpisodeStatus.CANCELLED, phases=(phase,)))
    assert "missing (M)  22:40, until it was cancelled" in cancelled


def test_two_desks_of_one_agency_are_told_apart() -> None:
    assert "Rochdale (reviewing team): opened" in "\n".join(printed(at("24 23:50")))
