"""What a desk knows is read from what it was told alone: in one order, in whichever process it is read."""

from hub.entry.view import view
from hub.routing.case import case_of
from hub.routing.knowledge import knowledge
from schemas.records import Arrangement, ChildFound, ReturnArranged, RiskAssessed, RiskGrade, SeenBy
from tests.unit.routing.world import BLACKPOOL, LANCASHIRE, ROCHDALE, Night, event, local, looked_after

FEWEST = 6
"""Aspects in one notice, so that they hardly stand in their order by luck."""


def test_what_a_desk_knows_stands_in_the_order_in_which_it_was_told() -> None:
    """The words of a later notice name what is gone in this order; another order would be another notice."""
    night = Night(checks=False)
    said = (
        looked_after(local("27 Mar 22:40"), expected_by=local("27 Mar 22:00")),
        RiskAssessed(grade=RiskGrade.MEDIUM),
        ChildFound(found_at=local("28 Mar 00:30"), seen_by=SeenBy.POLICE, area_code=BLACKPOOL),
        ReturnArranged(arrangement=Arrangement.ARRANGED, expected_at=local("28 Mar 02:00")),
    )
    accepted = local("28 Mar 00:40")
    night.events += [event(next(night.orders), accepted, LANCASHIRE, body) for body in said]
    night.settle()
    state = night.state
    told = {(fact.row.recipient, fact.row.desk): fact.row.points for fact in state.told.values()}
    (episode,) = state.episodes
    knows = knowledge(case_of(state, episode, view(state, episode)))
    assert len(knows[ROCHDALE, "duty"].aspects) >= FEWEST
    for seat, known in knows.items():
        in_order = [point[2:].partition(":")[0] for point in told[seat] if point.startswith("a=")]
        assert list(known.aspects) == in_order
