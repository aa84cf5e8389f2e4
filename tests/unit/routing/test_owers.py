"""Whoever owes a duty is told of it at its stages, at some desk of its own, or is telephoned: of every row there is."""

from collections.abc import Sequence
from functools import cache

import pytest

from hub.deadlines import Deadline, packaged_deadline_rules
from hub.delivery.points import WITHDRAWN, acted_for, rung, told_duty
from hub.ids import HUB, AgencyId
from schemas.records import Ask, DeadlineRaised, Means, Nation
from tests.searching import share
from tests.unit.routing.clocked import ClockedNight
from tests.unit.routing.owing import EDINBURGH, STORIES, Telling
from tests.unit.routing.world import EVERYBODY, joined

_MET_AT_ONCE = {("prevention_interview_shared", "prevention_interview_held", "owning_force")}
"""Met by the very record that begins it, so that it is never raised."""
_STAGES = ("soon", "due", "overdue")


@cache
def everybody_but(one: AgencyId | None) -> Telling:
    """Stories of which one agency reads nothing, as it is not connected."""
    directory = EVERYBODY.with_entry(joined(EDINBURGH, nation=Nation.SCOTLAND, version=2))
    if one is not None:
        nation = Nation.SCOTLAND if one == EDINBURGH else Nation.ENGLAND
        directory = directory.with_entry(joined(one, connected=False, nation=nation, version=3))
    return Telling(directory)


@cache
def played(name: str, without: AgencyId | None = None) -> ClockedNight:
    """A story, with everybody connected but one."""
    return everybody_but(without).night_of(STORIES[name])


def away(name: str) -> Sequence[AgencyId]:
    """Whoever owes something in a story and is not connected when it is told again, one at a time."""
    owing = {agency for duty, _ in raised(played(name)).values() for agency in duty.owed_by if agency != HUB}
    return share(sorted(owing), name)


def raised(night: ClockedNight) -> dict[str, tuple[Deadline, str]]:
    """By its id every duty that was raised and is not withdrawn, with the last stage that was raised of it."""
    last: dict[tuple[str, str, str], str] = {}
    for event in night.raised:
        said = event.body
        if isinstance(said, DeadlineRaised):
            last[said.episode_id, said.duty, said.due_at.isoformat()] = str(said.stage)
    return {
        duty.id: (duty, stage)
        for duty in night.duties()
        if duty.is_open and (stage := last.get((duty.episode, duty.duty, duty.due_at.isoformat()))) is not None
    }


def told(night: ClockedNight) -> dict[str, dict[AgencyId, tuple[str, Means]]]:
    """Of which duty each agency was told last, at which stage and how; of those that were telephoned too."""
    found: dict[str, dict[AgencyId, tuple[str, Means]]] = {}
    for fact in night.state.told.values():
        said = told_duty(fact.row)
        if said is not None and said.stage in (*_STAGES, WITHDRAWN):
            seats = rung(fact.row) or ((AgencyId(fact.row.recipient), fact.row.desk),)
            for agency, desk in seats:
                if acted_for(desk) is None:
                    found.setdefault(said.deadline, {})[agency] = (said.stage, fact.row.means)
    return found


def untold(night: ClockedNight, asks: tuple[Ask, ...] = (Ask.ACTION, Ask.INFORMATION)) -> list[str]:
    """Who owes something and was not told of its last stage, where the duty asks in this way."""
    said = told(night)
    return [
        f"{duty.duty} ({duty.base}) {stage}: {agency}"
        for name, (duty, stage) in raised(night).items()
        if not duty.duty.startswith("delivery.") and duty.ask in asks
        for agency in duty.owed_by
        if agency != HUB and said.get(name, {}).get(agency, ("", None))[0] != stage
    ]


@pytest.mark.parametrize("name", STORIES)
def test_whoever_owes_something_is_told_of_it_by_some_desk(name: str) -> None:
    assert untold(played(name)) == []


@pytest.mark.parametrize("name", STORIES)
def test_whoever_owes_an_action_and_is_not_connected_is_telephoned_by_somebody(name: str) -> None:
    for agency in away(name):
        night = played(name, agency)
        assert untold(night, (Ask.ACTION,)) == [], agency
        for by in told(night).values():
            assert by.get(agency, ("", Means.TELEPHONE))[1] is Means.TELEPHONE, "nobody writes to it"


@pytest.mark.parametrize("name", STORIES)
def test_whoever_owes_information_that_must_not_be_missed_is_rung_once_and_nobody_of_any_other(name: str) -> None:
    owed = {
        (agency, duty.is_telephoned)
        for duty, _ in raised(played(name)).values()
        for agency in duty.owed_by
        if duty.ask is Ask.INFORMATION and agency != HUB
    }
    for agency, is_telephoned in sorted(one for one in owed if one[0] in away(name)):
        night = played(name, agency)
        calls = [
            said.deadline
            for fact in night.state.told.values()
            if (said := told_duty(fact.row)) is not None and agency in {by for by, _ in rung(fact.row)}
        ]
        for deadline, (duty, stage) in raised(night).items():
            if duty.ask is Ask.INFORMATION and agency in duty.owed_by:
                assert duty.is_telephoned is is_telephoned
                assert calls.count(deadline) == (is_telephoned and stage in ("due", "overdue")), duty.duty


def test_there_is_a_story_for_every_row() -> None:
    rows = {(row.duty, row.base, row.owed_by) for row in packaged_deadline_rules().rows if row.owed_by != "hub"}
    owed = {(duty.duty, duty.base, duty.owed_by_role) for name in STORIES for duty, _ in raised(played(name)).values()}
    assert rows - owed == _MET_AT_ONCE
