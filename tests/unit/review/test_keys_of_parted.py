"""Children joined by mistake and parted again: no key to an entry stays with whom the child does not concern."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.records import LinkDecision
from tests.unit.review.hub_in_memory import PARTITIONS, HubInMemory
from tests.unit.review.three_children import (
    ADA,
    BEA,
    BURY,
    CLEO,
    OF_THREE,
    Reported,
    decide,
    part_all,
    report,
    see,
    state,
)
from tests.unit.review.two_children import ROCHDALE, SALFORD

Between = Callable[[HubInMemory], None]


def hand_all_over(hub: HubInMemory) -> None:
    for partition in range(PARTITIONS):
        hub.hand_over(partition)


def nothing(_: HubInMemory) -> None:
    """All goes on."""


STAY, FALL, LOSE, HAND = nothing, HubInMemory.fall_behind, HubInMemory.lose_the_stores, hand_all_over
NIGHTS = (
    (STAY, STAY, STAY),
    (STAY, STAY, FALL),
    (STAY, FALL, LOSE),
    (STAY, LOSE, STAY),
    (STAY, HAND, HAND),
    (HAND, STAY, HAND),
    (HAND, HAND, STAY),
)
"""What befalls the registers before the first mistake, before the second, and before the split."""


def can_open(hub: HubInMemory, child: Reported) -> frozenset[str]:
    """Who was given the key under which the entry of a child's only episode stands last."""
    (episode,) = state(hub, child).episodes
    return hub.given(hub.entries()[episode.id].key_id)


async def tell(hub: HubInMemory, first: Between, second: Between, last: Between) -> None:
    """Cleo is reported before Ada, and Ada before Bea; Bea is taken for Ada, and both for Cleo; then all are parted."""
    for child, at in ((CLEO, 0), (ADA, 5), (BEA, 20)):
        await report(hub, child, at)
    first(hub)
    await decide(hub, LinkDecision.SAME, ADA, BEA, 100)
    second(hub)
    await decide(hub, LinkDecision.SAME, ADA, CLEO, 110)
    last(hub)
    await part_all(hub, 120)


@pytest.mark.parametrize("night", NIGHTS)
async def test_who_was_given_a_key_by_mistake_opens_nothing_with_it_after_the_split(
    tmp_path: Path, night: tuple[Between, Between, Between]
) -> None:
    async with HubInMemory(tmp_path, OF_THREE) as hub:
        await tell(hub, *night)
        assert can_open(hub, ADA) == {ROCHDALE}, "with what stands, before anything more is said"
        await see(hub, ADA, 200)
        assert {child.reference: can_open(hub, child) for child in (ADA, BEA, CLEO)} == {
            "R-1": {ROCHDALE},
            "S-1": {SALFORD},
            "B-1": {BURY},
        }


def published(hub: HubInMemory) -> dict[str, int]:
    """How many records stand on what others read."""
    topics = {topic for topic, _ in hub.broker.logs if topic.startswith(("register", "inbox."))}
    return {topic: sum(1 for _ in hub.broker.all(topic)) for topic in topics}


async def test_a_register_rebuilt_after_it_sends_nothing_again(tmp_path: Path) -> None:
    async with HubInMemory(tmp_path, OF_THREE) as hub:
        await tell(hub, STAY, STAY, STAY)
        await see(hub, ADA, 200)
        before = hub.entries(), published(hub)
        hub.lose_the_stores()
        await hub.settle()
        assert (hub.entries(), published(hub)) == before
