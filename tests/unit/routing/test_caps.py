"""Whatever was accepted, what the hub composes of it can be written: no notice, no `Told` and no leaf breaks a cap.

All of it is encoded strictly, and what cannot be encoded ends a worker, which comes back to the same record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.delivery.points import LONGEST, MOST, heard, packed, rung, unpacked
from hub.delivery.rules import packaged_delivery_rules
from hub.directory import Directory
from hub.entry.view import view
from hub.episode.model import ChildState
from hub.episode.ownership import REPLACES, replaced_by
from hub.ids import AgencyId
from hub.routing import Cause, OwedNotice, told, unsent
from hub.routing.calls import Calls
from hub.routing.case import case_of
from hub.routing.differences import Difference, in_parts
from hub.routing.knowledge import NOTHING, stand_in
from hub.routing.knowledge import _read as read_points  # how a row's points are read, old ones and new
from hub.routing.notices import Desk
from hub.routing.wording import MOST_WORDS, fitting
from schemas.codec import encode
from schemas.records import Answer, CorrectionMade, FieldChange, Flag, FlagKind, NoticeKind, Urgency
from tests.searching import examples
from tests.unit.routing.clocked import ClockedNight
from tests.unit.routing.whatever import IDS, SENDERS, Whatever
from tests.unit.routing.world import (
    BLACKPOOL,
    EVERYBODY,
    HOME,
    LANCASHIRE,
    MANCHESTER,
    REFERENCE,
    ROCHDALE,
    RULES,
    Night,
    directory_of,
    joined,
    local,
    looked_after,
    person,
)

BEGAN = local("27 Mar 20:00")


@dataclass
class Written(ClockedNight):
    """A night in which everything that is owed is written as a worker writes it, before it counts as sent."""

    def owing(self, state: ChildState) -> dict[Cause, tuple[OwedNotice, ...]]:
        """What is owed; it can be written."""
        found = super().owing(state)
        for cause, owed in found.items():
            can_be_written(cause, owed, self.directory)
        return found


def can_be_written(cause: Cause, owed: Sequence[OwedNotice], directory: Directory) -> None:
    """Encode all of it, strictly; an event of a log holds 200,000 bytes, and a salt before them."""
    for one in owed:
        encode(one.notice, IDS)
        assert max(map(len, one.row.points), default=0) <= LONGEST
    for record in told(cause, owed, RULES, directory):
        assert len(encode(record, IDS)) < 199_000


def changed(directory: Directory, agency: AgencyId, *, is_connected: bool) -> Directory:
    """The directory after an agency joined or was kept out."""
    known = directory.entries.get(agency) or joined(agency)
    return directory.with_entry(
        replace(known, version=known.version + 1, connected=is_connected, approved=is_connected)
    )


@settings(max_examples=examples(60), deadline=None)
@given(
    seed=st.integers(0, 2**32),
    full=st.sampled_from([0.2, 0.6, 0.95]),
    length=st.integers(2, 6),
    reached=st.sampled_from([0, 1, 2, 4, 9]),
)
def test_whatever_is_accepted_what_is_owed_of_it_can_be_written(
    seed: int, full: float, length: int, reached: int
) -> None:
    chance = Random(seed)
    few = directory_of(*chance.sample(SENDERS, min(reached, len(SENDERS))))
    night = Written(directory=EVERYBODY if reached == len(SENDERS) else few)
    night.is_out = True
    words = Whatever(chance, full)
    when, first = BEGAN, words.sender()
    for _ in range(length):
        when += timedelta(minutes=chance.choice((1, 20, 300)))
        if chance.random() < 0.5:
            stay = chance.sample(SENDERS, chance.choice((1, 2, len(SENDERS))))
            for agency in SENDERS:
                night.directory = changed(night.directory, agency, is_connected=agency in stay)
        night.hears(when, chance.choice((first, words.sender())), words.message(when))
        words.said = [event.id for event in night.events if event.sender in SENDERS]
        words.names = sorted({field.name for one in night.inbox for field in one.fields})
    night.is_out = False
    night.after_an_outage(f"{when + timedelta(hours=chance.choice((1, 30))):%d %b %H:%M}")


@settings(max_examples=examples(40), deadline=None)
@given(
    kinds=st.sets(st.sampled_from([kind for kind in FlagKind if kind is not FlagKind.STAFF_LINKED]), min_size=8),
    gone=st.sets(st.sampled_from([MANCHESTER, ROCHDALE, BLACKPOOL, HOME]), min_size=1),
    parts=st.sets(st.sampled_from(["value", "basis", "set_at", "review_by"]), min_size=1),
)
def test_whatever_is_taken_back_by_telephone_of_whomever_can_be_written_and_is_owed_once(
    kinds: set[FlagKind], gone: set[AgencyId], parts: set[str]
) -> None:
    night = Written(directory=EVERYBODY, is_out=True)
    flags = tuple(
        Flag(kind=kind, value=Answer.NO, basis="b", set_by=ROCHDALE, set_at=BEGAN, review_by=BEGAN)
        for kind in sorted(kinds)
    )
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(local("27 Mar 22:40"), person=person(flags=flags)))
    for agency in gone:
        night.directory = changed(night.directory, agency, is_connected=False)
    new = {"value": "not_known", "basis": "c"}
    changes = tuple(
        FieldChange(field=f"person.flags.{kind}.{part}", new=new.get(part, "2026-03-27T19:00:00+00:00"))
        for kind in sorted(kinds)
        for part in sorted(parts)
    )
    night.hears("27 Mar 23:40", LANCASHIRE, CorrectionMade(corrects=night.events[0].id, changes=changes))
    assert not night.owed()


@pytest.mark.parametrize("count", [1, 59, 60])
def test_points_that_fit_stand_as_they_are(count: int) -> None:
    points = tuple(f"r=row.{number}" for number in range(count))
    assert packed(points) == tuple(unpacked(points)) == points


_SEATS = st.sampled_from(["", "@E08000005/duty ", "@E08000005/duty for E06000009 ", "@edt/named_officers "])
_SAID = st.sampled_from(
    ["n=1", "r=missing.force", "q=missing.force", "a=status:missing", "x=closed", "o=0a1b2c3d,4e5f6a7b"]
)
_ALONE = st.sampled_from(["u=now", "f=some notice", "j=some episode", "@E08000005/duty f=another"])


@given(st.lists(st.builds(str.__add__, _SEATS, _SAID) | _ALONE, max_size=240))
def test_more_points_than_a_row_holds_are_packed_and_read_as_they_were(points: list[str]) -> None:
    row = packed(points)
    assert list(unpacked(row)) == points
    assert max(map(len, row), default=0) <= LONGEST
    if len(points) <= MOST:
        assert row == tuple(points)
    assert {point for point in points if point.startswith(("u=", "f=", "j="))} <= set(row), "found where they stand"


def test_whom_a_packed_row_rings_is_read_from_it() -> None:
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(local("27 Mar 22:40")))
    row = next(iter(night.state.told.values())).row
    points = packed([f"@{agency}/duty r=row.{number}" for agency in ("E1", "E2") for number in range(80)])
    assert len(points) <= MOST
    assert rung(replace(row, points=points)) == (("E1", "duty"), ("E2", "duty"))


def test_what_older_rows_say_was_rung_off_is_read_as_what_newer_ones_say() -> None:
    old = read_points(["w=last_seen.place", "w=person.home.line"])
    new = read_points([f"o={stand_in('last_seen.place')},{stand_in('person.home.line')}"])
    assert old == new
    assert old.withdrawn == {stand_in("last_seen.place"), stand_in("person.home.line")}


def test_more_withdrawn_fields_than_a_notice_holds_become_several_that_name_each_once() -> None:
    names = tuple(f"sighting.{number:04}" for number in range(700))
    owed = Difference(
        seat=(ROCHDALE, "duty"), kind=NoticeKind.WITHDRAWAL, urgency=Urgency.SOON, withdrawn=names, points=("a=found:",)
    )  # fmt: skip
    parts = list(in_parts(owed))
    assert [len(part.withdrawn) for part in parts] == [300, 300, 100]
    assert tuple(name for part in parts for name in part.withdrawn) == names
    assert all(part.points == owed.points for part in parts)


@pytest.mark.parametrize("desks, fields", [(["duty"], 3_000), (["duty", "reviewing_team"], 700)])
def test_calls_of_which_the_caller_may_read_nothing_are_each_a_task_of_its_own(desks: list[str], fields: int) -> None:
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(local("27 Mar 22:40")))
    (episode,) = night.state.episodes
    case, delivery = case_of(night.state, episode, view(night.state, episode)), packaged_delivery_rules()
    calls = Calls(Desk(case, EVERYBODY, RULES, REFERENCE, delivery), EVERYBODY, RULES, delivery)
    names = [f"sighting.{number:04}" for number in range(fields)]
    owed = [
        Difference(
            seat=(MANCHESTER, desk), kind=NoticeKind.WITHDRAWAL, urgency=Urgency.SOON, withdrawn=tuple(names)
        )
        for desk in desks
    ]  # fmt: skip
    tasks = list(calls.tasks(ROCHDALE, [(one, NOTHING) for one in owed], Urgency.SOON, frozenset()))
    assert len(tasks) > 1
    assert len({one.id for one in tasks}) == len(tasks)
    assert len({one.notice.asked_of_you for one in tasks}) == len(tasks), "or whoever reads both takes them for one"
    said = {stand_in(name) for name in names}
    for seat in (one.seat for one in owed):
        points = (heard(one.row, point) for one in tasks for point in unpacked(one.row.points))
        rung_off = {each for whose, point in points if whose == seat for each in point.removeprefix("o=").split(",")}
        assert said <= rung_off


def test_more_references_than_are_told_at_once_to_be_replaced_become_several_notices() -> None:
    ids = tuple(f"{number:036}" for number in range(30))
    points = ("a=status:missing", *(f"{REPLACES}{one}" for one in ids))
    owed = Difference(
        seat=(ROCHDALE, "duty"), kind=NoticeKind.UPDATE, urgency=Urgency.SOON, joined=ids, points=points
    )  # fmt: skip
    parts = list(in_parts(owed))
    assert tuple(one for part in parts for one in part.joined) == ids
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(local("27 Mar 22:40")))
    row = next(iter(night.state.told.values())).row
    for part in parts:
        assert replaced_by(replace(row, points=part.points)) == frozenset(part.joined)


def test_what_one_event_of_a_log_cannot_hold_is_said_in_several_and_no_desk_is_parted() -> None:
    night = Night(checks=False)
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(local("27 Mar 22:40")))
    (owed, *_) = unsent(replace(night.state, told={}), EVERYBODY, RULES, REFERENCE).values()
    many = [
        replace(
            owed[0],
            notice=replace(owed[0].notice, recipient=f"agency-{number // 3:03}"),
            row=replace(
                owed[0].row,
                recipient=f"agency-{number // 3:03}",
                fields=tuple(f"person.flags.some_kind_of_flag.{place:04}" for place in range(300 if number % 7 else 3)),
            ),
        )
        for number in range(450)
    ]
    records = told(Cause(owed[0].notice.cause), many, RULES, EVERYBODY)
    can_be_written(Cause(owed[0].notice.cause), many, EVERYBODY)
    assert [row for record in records for row in record.rows] == [one.row for one in many]
    parted = [{row.recipient for row in record.rows} for record in records]
    assert sum(map(len, parted)) == len(frozenset().union(*parted))


def test_words_are_cut_only_where_a_notice_has_no_room_for_them() -> None:
    assert fitting("a" * MOST_WORDS) == "a" * MOST_WORDS
    cut = fitting("a" * (MOST_WORDS + 1))
    assert len(cut) == MOST_WORDS
    assert "see the register" in cut
