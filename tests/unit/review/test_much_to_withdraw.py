"""An agency that was told in writing cannot be reached any more, and is to withdraw more than one row or task holds."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest

from hub.ids import AgencyId
from hub.routing import wording
from schemas.records import (
    AgencyKind,
    Answer,
    CorrectionMade,
    FieldChange,
    Flag,
    FlagKind,
    MissingAmended,
    Notice,
)
from streams.notices import NoticeWriter
from tests.unit.review.hub_in_memory import BEGAN, HubInMemory, Member
from tests.unit.routing.world import BLACKPOOL, HOME, LANCASHIRE, MANCHESTER, ROCHDALE, looked_after, person

MINUTE = timedelta(minutes=1)
MEMBERS = (
    Member(id=LANCASHIRE, kind=AgencyKind.POLICE),
    Member(id=MANCHESTER, kind=AgencyKind.POLICE),
    Member(id=ROCHDALE, kind=AgencyKind.AUTHORITY, areas=(ROCHDALE,)),
    Member(id=BLACKPOOL, kind=AgencyKind.AUTHORITY, areas=(BLACKPOOL,)),
    Member(id=HOME, kind=AgencyKind.PLACEMENT),
)
KINDS = [kind for kind in FlagKind if kind not in (FlagKind.STAFF_LINKED, FlagKind.UNKNOWN, FlagKind.PROTECTED_ADDRESS)]
FLAGS = tuple(
    Flag(kind=kind, value=Answer.NOT_KNOWN, basis="b", set_by=LANCASHIRE, set_at=BEGAN - 60 * MINUTE) for kind in KINDS
)
"""As a system exports them that states every flag, with who set it and when."""


def kept_out(hub: HubInMemory, agency: AgencyId) -> None:
    """As `homeward agency revoke` leaves an agency."""
    entry = replace(hub.directory.entries[agency], version=2, connected=False, approved=False)
    hub.directory = hub.directory.with_entry(entry)
    assert hub._identity is not None
    hub._identity._directory.current = hub.directory
    for register in hub.registers():
        register._directory.current = hub.directory


def rung_off(notices: Iterable[Notice]) -> list[Notice]:
    """The tasks by which somebody is asked to have fields withdrawn."""
    return [one for one in notices if "to withdraw" in one.asked_of_you]


async def test_flags_that_are_left_out_again_are_withdrawn_by_telephone_however_many_they_are(tmp_path: Path) -> None:
    async with HubInMemory(tmp_path, MEMBERS) as hub:
        hub.hears_the_time(BEGAN)
        child = person(flags=FLAGS)
        hub.accept(LANCASHIRE, looked_after(BEGAN - 30 * MINUTE, person=child), BEGAN)
        await hub.settle()
        held = {field.name for one in hub.inbox(ROCHDALE).values() for field in one.fields}
        assert len(held) > 60
        kept_out(hub, ROCHDALE)
        hub.accept(LANCASHIRE, MissingAmended(child_ref="C-1", person=replace(child, flags=())), BEGAN + 30 * MINUTE)
        await hub.settle()
        assert rung_off(hub.inbox(LANCASHIRE).values())
        first = len(hub.inbox(LANCASHIRE))
        hub.accept(LANCASHIRE, MissingAmended(child_ref="C-1", circumstances="by the front door"), BEGAN + 40 * MINUTE)
        await hub.settle()
        assert len(rung_off(hub.inbox(LANCASHIRE).values())) == 1, "once"
        assert len(hub.inbox(LANCASHIRE)) == first


async def test_a_task_names_as_many_fields_as_it_has_room_for_and_counts_the_others(tmp_path: Path) -> None:
    async with HubInMemory(tmp_path, MEMBERS) as hub:
        hub.hears_the_time(BEGAN)
        report = hub.accept(LANCASHIRE, looked_after(BEGAN - 30 * MINUTE, person=person(flags=FLAGS)), BEGAN)
        await hub.settle()
        kept_out(hub, ROCHDALE)
        parts = (("value", "no"), ("basis", "other"), ("set_at", "2026-03-27T19:00:00+00:00"))
        changes = tuple(
            FieldChange(field=f"person.flags.{kind.value}.{part}", new=new) for kind in KINDS for part, new in parts
        )
        corrected = CorrectionMade(child_ref="C-1", corrects=report, changes=changes)
        hub.accept(LANCASHIRE, corrected, BEGAN + 30 * MINUTE)
        await hub.settle()
        (task,) = rung_off(hub.inbox(LANCASHIRE).values())
        assert "more fields" in task.asked_of_you
        assert len(task.asked_of_you) < wording.MOST_WORDS


async def test_nothing_is_sent_of_what_cannot_be_written_in_full(tmp_path: Path) -> None:
    """Else every repeat sends the notices again, and what says that they went never comes."""

    def never(*_: object) -> None:
        message = "no room"
        raise OverflowError(message)

    async with HubInMemory(tmp_path, MEMBERS) as hub:
        hub.hears_the_time(BEGAN)
        hub.accept(LANCASHIRE, looked_after(BEGAN - 30 * MINUTE), BEGAN)
        with mock.patch.object(NoticeWriter, "told", never), pytest.raises(OverflowError):
            await hub.settle()
        assert not hub.inbox(ROCHDALE)
        hub.fall_behind()
        await hub.settle()
        assert hub.inbox(ROCHDALE)
