"""Words of reviewers in a row: what was joined by a mistake comes apart again as it was, and nobody barred meets."""

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity import ClaimRecord, Decision, IdentityIndex, decide_again
from hub.ids import AgencyId, ClaimId, EventId
from schemas.records import LinkDecided, LinkDecision
from tests.unit.identity.test_decide import report, take

SAME, SPLIT, DIFFERENT, BREAK = (
    LinkDecision.SAME,
    LinkDecision.SPLIT,
    LinkDecision.DIFFERENT,
    LinkDecision.ADOPTION_BREAK,
)
NAMES = ("Ada", "Bea", "Cleo", "Dora", "Bea", "Ada")


class Desk:
    """An index of some records, and a reviewer who says things of pairs of them, by number."""

    def __init__(self, names: Sequence[str]) -> None:
        self.index = IdentityIndex()
        self.claims: list[ClaimId] = []
        for order, name in enumerate(names):
            facts = report(AgencyId(f"E0800000{order + 1}"), f"R-{order}", given=name, family=f"{name}son")
            self.claims.append(take(self.index, facts, order).record.claim)
        self._words = 0

    def say(self, one: int, other: int, decision: LinkDecision, kept: int | None = None) -> None:
        """A word, handled twice; the first time only some of its decisions are kept before the process dies: those
        whose bit is set in `kept`, for rows become durable in any order.
        """
        self._words += 1
        said = LinkDecided(claim_a=self.claims[one], claim_b=self.claims[other], decision=decision)
        event = EventId(f"word-{self._words}")
        decisions = decide_again(said, event, self.index)
        self._keep([each for bit, each in enumerate(decisions) if kept is None or kept >> bit & 1])
        self._keep(decide_again(said, event, self.index))

    def _keep(self, decisions: Sequence[Decision]) -> None:
        for decision in decisions:
            if not decision.reviews:
                self.index.put(decision.record)

    def record(self, number: int) -> ClaimRecord:
        """A record by its number."""
        found = self.index.claim(self.claims[number])
        assert found is not None
        return found

    @property
    def children(self) -> list[list[int]]:
        """Which records are of one child."""
        found: dict[str, list[int]] = {}
        for number in range(len(self.claims)):
            found.setdefault(self.record(number).child, []).append(number)
        return sorted(found.values())


@pytest.mark.parametrize("pair", [(0, 1), (1, 0), (0, 2), (2, 0)])
def test_a_mistaken_join_of_two_who_were_rightly_joined_parts_from_both(pair: tuple[int, int]) -> None:
    desk = Desk(["Ada", "Bea", "Cleo"])
    desk.say(1, 2, SAME)
    desk.say(0, 1, SAME)
    desk.say(*pair, SPLIT)
    assert desk.children == [[0], [1, 2]]


def test_the_right_join_can_be_taken_back_after_the_mistake_was() -> None:
    desk = Desk(["Ada", "Bea", "Cleo"])
    desk.say(1, 2, SAME)
    desk.say(0, 1, SAME)
    desk.say(0, 1, SPLIT)
    desk.say(1, 2, SPLIT)
    assert desk.children == [[0], [1], [2]]


@pytest.mark.parametrize("word", [BREAK, SPLIT, DIFFERENT])
def test_a_parting_never_puts_anybody_to_whom_it_was_parted_from(word: LinkDecision) -> None:
    desk = Desk(["Ada", "Bea", "Bea"])
    desk.say(1, 2, SAME)
    desk.say(1, 2, word)
    desk.say(0, 2, SAME)
    desk.say(0, 2, SPLIT)
    assert desk.children == [[0], [1], [2]]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(combinations(range(len(NAMES)), 2))),
            st.sampled_from([SAME, SAME, SPLIT, DIFFERENT, BREAK]),
            st.booleans(),
            st.none() | st.integers(0, 63),
        ),
        max_size=12,
    )
)
def test_nobody_who_is_barred_is_of_one_child_whatever_is_said_and_wherever_a_worker_dies(
    words: list[tuple[tuple[int, int], LinkDecision, bool, int | None]],
) -> None:
    desk, plain = Desk(NAMES), Desk(NAMES)
    for (one, other), decision, is_turned, kept in words:
        desk.say(*((other, one) if is_turned else (one, other)), decision, kept)
        plain.say(one, other, decision)
    assert desk.children == plain.children, "in either order of the pair, and however often it is handled"
    for one, other in combinations(range(len(NAMES)), 2):
        if desk.claims[other] in desk.record(one).barred:
            assert desk.record(one).child != desk.record(other).child


@given(
    st.lists(st.sampled_from(list(combinations(range(4), 2))), max_size=4),
    st.sampled_from(list(combinations(range(4), 2))),
)
def test_after_same_and_split_everybody_is_where_they_were(
    joined: list[tuple[int, int]], mistake: tuple[int, int]
) -> None:
    desk = Desk(NAMES[:4])
    for pair in joined:
        desk.say(*pair, SAME)
    before = desk.children
    if desk.record(mistake[0]).child != desk.record(mistake[1]).child:
        desk.say(*mistake, SAME)
        desk.say(*mistake, SPLIT)
        assert desk.children == before
