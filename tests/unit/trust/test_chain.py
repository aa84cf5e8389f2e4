"""The chain of a signing key: what a message's number and link tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.chain import Position, Step, advance, chain_findings
from hub.messages import OpenedMessage, chain_link
from hub.signing import CHAIN_START
from schemas.records import Acknowledged, FindingKind
from tests.unit.trust.world import accepted, message


def chained(length: int) -> list[OpenedMessage]:
    """So many messages of one key, each naming the one before."""
    link, opened = CHAIN_START, []
    for number in range(1, length + 1):
        wire = message(Acknowledged(), sequence=number, previous=link)
        link = chain_link(wire)
        opened.append(accepted(wire))
    return opened


CHAIN = chained(6)


def steps(order: list[int]) -> tuple[list[Step], Position | None]:
    known, taken = None, []
    for index in order:
        result = advance(known, CHAIN[index])
        known = result.position
        taken.append(result.step)
    return taken, known


def test_messages_in_order_are_next_one_after_another() -> None:
    assert steps([0, 1, 2])[0] == [Step.NEXT] * 3


@pytest.mark.parametrize(
    "order, expected",
    [
        ([0, 2], [Step.NEXT, Step.GAP]),
        ([0, 2, 1, 3], [Step.NEXT, Step.GAP, Step.LATE, Step.NEXT]),
        ([0, 1, 1], [Step.NEXT, Step.NEXT, Step.REPEATED]),
        ([3, 4], [Step.FIRST_SEEN, Step.NEXT]),
    ],
)
def test_what_is_missing_late_or_repeated_is_seen(order: list[int], expected: list[Step]) -> None:
    assert steps(order)[0] == expected


@given(st.lists(st.integers(0, 5), min_size=1))
def test_a_chain_ends_where_its_highest_number_is(order: list[int]) -> None:
    position = steps(order)[1]
    assert position == Position(sequence=max(order) + 1, link=CHAIN[max(order)].signing_digest)


def test_a_second_history_under_one_key_is_a_fork() -> None:
    other = accepted(message(sequence=2, previous=bytes(range(32))))
    assert advance(Position(sequence=1, link=CHAIN[0].signing_digest), other).step is Step.FORK
    assert advance(Position(sequence=2, link=CHAIN[1].signing_digest), other).step is Step.FORK


def test_only_what_is_missing_or_doubled_is_told_and_nothing_is_refused_for_it() -> None:
    told = {step for step in Step if chain_findings(step)}
    assert told == {Step.GAP, Step.FORK}
    assert all(finding.kind is FindingKind.FLAG for step in told for finding in chain_findings(step))
