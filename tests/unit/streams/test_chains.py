"""A number that was passed over is known until it comes, whoever else sends meanwhile, and is alarmed if it stays."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.chain import Position, advance
from hub.chain_gaps import ALARMED_AFTER, KEPT_FOR, Gap, Gaps, alarmed, filled, from_row, still_kept, to_row, with_gap
from hub.messages import OpenedMessage, WireMessage, chain_link
from hub.signing import CHAIN_START
from schemas.records import Acknowledged
from streams import intake_memory
from streams.arrivals import Arrival
from streams.chains import Chains
from streams.intake_memory import IntakeMemory
from streams.metrics import CHAIN_FORKS
from tests.unit.trust.world import IDS, NOW, POLICE, accepted, message, refused

SIGNER = "E08000005/board-2"
SECOND = timedelta(seconds=1)


class Event:
    """What Faust's tables look at; here nothing does."""


def chained(length: int) -> list[WireMessage]:
    """So many messages of one key; the second is one that is refused."""
    link, wires = CHAIN_START, []
    for number in range(1, length + 1):
        key = {"key": POLICE.encode()} if number == 2 else {}
        wires.append(message(Acknowledged(), sequence=number, previous=link, **key))
        link = chain_link(wires[-1])
    return wires


WIRES = chained(9)
EVENT = Event()


def arrival(offset: int, partition: int = 3) -> Arrival:
    event: Any = EVENT
    return Arrival(
        topic="inbound", partition=partition, offset=offset, appended_at=NOW + offset * SECOND, key=b"", value=b"",
        headers=(), event=event, delivered=True,
    )  # fmt: skip


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> IntakeMemory:
    rows: dict[bytes, bytes] = {}
    monkeypatch.setattr(intake_memory, "durable_table", lambda *_: rows)
    app: Any = None
    return IntakeMemory(app, 8, b"s" * 32, IDS)


def take(memory: IntakeMemory, numbers: Sequence[int]) -> list[int]:
    """Let these numbers come; how many findings each caused."""
    chains = Chains(memory, 8)
    told = []
    for offset, number in enumerate(numbers):
        wire = WIRES[number - 1]
        came = refused(wire) if number == 2 else accepted(wire)
        told.append(len(chains.take(arrival(offset), SIGNER, came)))
    return told


def missing(memory: IntakeMemory) -> list[int]:
    return sorted(number for gap in memory.gaps(3) for number in range(gap.first, gap.last + 1))


@pytest.mark.parametrize(
    "numbers, told, left",
    [
        ([1, 2, 3], [0, 0, 0], []),
        ([1, 3], [0, 1], [2]),
        ([1, 5, 3], [0, 1, 0], [2, 4]),
        ([1, 5, 3, 2, 4, 6], [0, 1, 0, 0, 0, 0], []),
        ([4, 5], [0, 0], []),
        ([1, 9, 9, 1], [0, 1, 0, 0], [2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_what_was_refused_has_its_place_and_what_did_not_come_is_missing(
    memory: IntakeMemory, numbers: list[int], told: list[int], left: list[int]
) -> None:
    assert take(memory, numbers) == told
    assert missing(memory) == left


def test_handled_again_after_a_crash_it_is_the_same_gap(memory: IntakeMemory) -> None:
    take(memory, [1, 5])
    before = memory.gaps(3)
    again = Chains(memory, 8)
    again.keep_again(arrival(1), SIGNER)
    again.take(arrival(1), SIGNER, accepted(WIRES[4]))
    assert memory.gaps(3) == before
    assert memory.gaps(4) == ()


def test_a_crash_between_the_gap_and_the_chain_forgets_neither(memory: IntakeMemory) -> None:
    take(memory, [1])
    chain = memory.chain(arrival(0), SIGNER)
    assert chain is not None
    take(memory, [5])
    memory.extend_chain(arrival(0), SIGNER, chain)
    take(memory, [5])
    assert missing(memory) == [2, 3, 4]
    assert len(memory.gaps(3)) == 1


def open_gaps(order: Sequence[int]) -> Gaps:
    known: Position | None = None
    gaps: Gaps = ()
    for offset, number in enumerate(order):
        came = accepted(message(Acknowledged(), sequence=number, previous=bytes(32)))
        assert isinstance(came, OpenedMessage)
        gaps = filled(gaps, SIGNER, number)
        if known is not None and number > known.sequence + 1:
            gap = Gap(signer=SIGNER, first=known.sequence + 1, last=number - 1, since=NOW + offset * SECOND)
            gaps = with_gap(gaps, gap)
        known = advance(known, came).position
    return gaps


@given(st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_in_any_order_what_is_missing_is_what_did_not_come(order: list[int]) -> None:
    listed = [number for gap in open_gaps(order) for number in range(gap.first, gap.last + 1)]
    assert sorted(listed) == [number for number in range(order[0], max(order)) if number not in order]


def test_a_gap_is_alarmed_after_a_minute_and_let_go_after_a_week() -> None:
    gaps = (Gap(signer=SIGNER, first=2, last=2, since=NOW),)
    assert alarmed(gaps, NOW + ALARMED_AFTER) == 0
    assert alarmed(gaps, NOW + ALARMED_AFTER + SECOND) == 1
    assert alarmed(gaps, NOW + KEPT_FOR + SECOND) == 0
    assert still_kept(gaps, NOW + KEPT_FOR) == gaps
    assert still_kept(gaps, NOW + KEPT_FOR + SECOND) == ()


def test_gaps_are_stored_as_they_are_and_do_not_grow_without_bound() -> None:
    gaps: Gaps = ()
    for signer in range(200):
        for number in range(20):
            gap = Gap(signer=f"{signer}", first=3 * number + 2, last=3 * number + 2, since=NOW)
            gaps = with_gap(gaps, gap)
    assert from_row(to_row(gaps)) == gaps
    assert len(to_row(gaps)) < 128 * 1024
    of_one = [gap for gap in gaps if gap.signer == "0"]
    assert (len(of_one), of_one[-1].last) == (16, 3 * 19 + 2)


def test_a_second_history_under_one_key_is_counted_and_a_gap_is_not(memory: IntakeMemory) -> None:
    before = CHAIN_FORKS._value.get()
    take(memory, [1, 3])
    assert CHAIN_FORKS._value.get() == before
    other = accepted(message(Acknowledged(), sequence=4, previous=bytes(32)))
    (finding,) = Chains(memory, 8).take(arrival(9), SIGNER, other)
    assert finding.field == "ce_previous"
    assert CHAIN_FORKS._value.get() == before + 1
