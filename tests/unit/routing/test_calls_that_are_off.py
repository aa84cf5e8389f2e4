"""Nobody is asked to telephone again whoever may be told no more: excluded since, closed to it, or after a death."""

import pytest

from hub.ids import AgencyId
from schemas.records import (
    AgencyMessage,
    AllegedRole,
    Answer,
    ChildFound,
    Condition,
    ExclusionSet,
    ExclusionState,
    PlacementChanged,
    PlacementMove,
    PreventionInterviewRecorded,
    SeenBy,
)
from tests.unit.routing.clocked import ClockedNight
from tests.unit.routing.world import (
    BLACKPOOL,
    HOME,
    LANCASHIRE,
    LEEDS,
    ROCHDALE,
    directory_of,
    local,
    looked_after,
    placed,
)

STOOD_DOWN = "say only: Search stood down. Contact the force."
CLOSED = "say only: This is closed to you: the child is no longer in your care."
EXCLUDED = ExclusionSet(state=ExclusionState.SET, excluded_agency=HOME)
HARM = PreventionInterviewRecorded(harm_disclosed=Answer.YES, alleged_role=AllegedRole.CARER)
DEAD = ChildFound(found_at=local("27 Mar 23:12"), seen_by=SeenBy.POLICE, condition=Condition.DECEASED)
MOVED = PlacementChanged(
    from_placement=placed(),
    to_placement=placed(AgencyId("home-hill-top"), LEEDS),
    move=PlacementMove.PLANNED,
    started_at=local("27 Mar 23:14"),
)


def asked_after(said: AgencyMessage, sender: AgencyId = LANCASHIRE) -> list[str]:
    """What anybody is asked to do about the home after this, the home having not joined."""
    night = ClockedNight(directory=directory_of(LANCASHIRE, ROCHDALE, BLACKPOOL))
    first = night.hears("27 Mar 23:10", LANCASHIRE, looked_after(local("27 Mar 22:40")))
    assert any(HOME in one.asked_of_you for one in first)
    night.hears("27 Mar 23:15", sender, said)
    before = len(night.inbox)
    night.until(local("28 Mar 12:00"))
    return [one.asked_of_you for one in night.inbox[before:] if HOME in one.asked_of_you]


@pytest.mark.parametrize("said", [EXCLUDED, HARM], ids=["excluded", "harm told of"])
def test_of_the_excluded_only_the_last_word_is_asked_again(said: AgencyMessage) -> None:
    again = asked_after(said)
    assert again
    assert all(STOOD_DOWN in asked for asked in again)


def test_after_a_death_nobody_is_asked_to_ring_anybody_again() -> None:
    assert not asked_after(DEAD)


def test_a_home_that_the_child_has_left_is_rung_again_of_the_end_alone() -> None:
    (again,) = asked_after(MOVED, ROCHDALE)
    assert f"{HOME}, duty, {CLOSED}" in again
