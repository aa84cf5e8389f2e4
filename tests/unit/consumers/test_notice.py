"""What a program of an agency reads of one notice."""

from datetime import datetime

import pytest

from consumers.notice import InboxNotice
from hub.routing.wording import WITHDRAW, WITHDRAW_ALL
from schemas.records import Acknowledgement, Notice, NoticeKind
from tests.unit.views import lines


async def nobody(notice: Notice, layer: Acknowledgement, *, role: str | None, by: datetime | None) -> None:
    """Nothing is acknowledged here."""


@pytest.mark.parametrize("purpose, is_all", [(WITHDRAW, False), (WITHDRAW_ALL, True), ("find_the_child", False)])
def test_a_withdrawal_says_whether_everything_is_taken_back(purpose: str, *, is_all: bool) -> None:
    record = lines.notice(1, None, kind=NoticeKind.WITHDRAWAL, purpose=purpose, withdrawn_fields=("episode.repeats",))
    read = InboxNotice(record=record, appended_at=lines.at("25 01:00"), _acknowledge=nobody)
    assert (read.withdraws_all, read.withdrawn_fields) == (is_all, ("episode.repeats",))
