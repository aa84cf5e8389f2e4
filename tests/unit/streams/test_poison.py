"""The law of counting: a record that gets through alone is never parked, one that never gets through always is."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, NotEnoughReplicasError
from hypothesis import given
from hypothesis import strategies as st

from streams.blame import is_the_brokers_fault, is_the_machines_fault
from streams.in_hand import MOST_PARKED, End, InHand
from streams.poison import PARKED_AT, one_by_one

PARTITIONS, RECORDS = 2, 6
Place = tuple[int, int]


@dataclass(slots=True)
class Log:
    """Two partitions, some of whose records end every process that takes them in hand; and a worker that reads them.

    What was parked is read again like anything else, until its offset is committed.
    """

    file: Path
    draw: st.DataObject
    poison: frozenset[Place]
    deaths_left: int = 12
    """Deaths that no record is to blame for."""
    position: list[int] = field(default_factory=lambda: [0] * PARTITIONS)
    committed: list[int] = field(default_factory=lambda: [0] * PARTITIONS)
    handled: set[Place] = field(default_factory=set)
    parked: set[Place] = field(default_factory=set)
    killed_alone: Counter[Place] = field(default_factory=Counter)
    own_deaths: int = 0

    def lives(self) -> Iterator[InHand]:
        """Processes, one after another, until everything is handled; each begins where its group had committed."""
        while True:
            for partition in range(PARTITIONS):  # offsets are committed a moment after they are handled
                ends = st.integers(self.committed[partition], self.position[partition])
                self.committed[partition] = self.position[partition] = self.draw.draw(ends)
            hand = InHand(self.file, PARTITIONS)
            yield hand
            hand.close()
            if self.position == [RECORDS] * PARTITIONS:
                return

    def live(self, hand: InHand) -> None:
        """One process: batches of whatever has arrived, until a death or the end of the log."""
        while self.position != [RECORDS] * PARTITIONS:
            run = [
                (partition, offset)
                for partition, begin in enumerate(self.position)
                for offset in range(begin, min(RECORDS, begin + 4 - self.draw.draw(st.integers(0, 4))))
            ]
            for group in one_by_one(run, lambda place: hand.strikes(*place) > 0) if run else ():
                if not self._gets_through(hand, group):
                    return
                for partition, offset in group:
                    self.position[partition] = offset + 1

    def _gets_through(self, hand: InHand, group: Sequence[Place]) -> bool:
        if len(group) == 1 and hand.must_be_parked(*group[0]):
            partition, offset = group[0]
            self.parked.add(group[0])
            hand.parked(partition, offset)
            return True
        hand.take(group)
        if self.poison.intersection(group):
            self.own_deaths += 1
            hand.ends(self.draw.draw(st.sampled_from([End.UNEXPLAINED, End.FAILED, End.HUNG])))
            return False
        if self.deaths_left and self.draw.draw(st.booleans()):
            self.deaths_left -= 1
            return self._dies(hand, group)
        hand.done()
        self.handled.update(group)
        return True

    def _dies(self, hand: InHand, group: Sequence[Place]) -> bool:
        """An end by no record's fault: noted, or a kill at a random moment (of one record alone in hand: once)."""
        if len(group) == 1 and self.killed_alone[group[0]]:
            hand.ends(End.NOT_THE_RECORDS)
        elif self.draw.draw(st.booleans()):
            hand.ends(End.NOT_THE_RECORDS, for_good=self.draw.draw(st.booleans()))
        elif len(group) == 1:
            self.killed_alone[group[0]] += 1
        return False


places = st.tuples(st.integers(0, PARTITIONS - 1), st.integers(0, RECORDS - 1))


@given(draw=st.data(), poison=st.frozensets(places, max_size=4))
def test_whoever_gets_through_alone_is_never_parked_and_whoever_never_does_always_is(
    draw: st.DataObject, poison: frozenset[Place]
) -> None:
    with TemporaryDirectory() as folder:
        log = Log(file=Path(folder) / "in-hand", draw=draw, poison=poison)
        for hand in itertools.islice(log.lives(), 200):
            log.live(hand)
    assert log.position == [RECORDS] * PARTITIONS, f"it loops for ever: {log.own_deaths} deaths"
    assert log.parked == poison
    assert log.handled == set(itertools.product(range(PARTITIONS), range(RECORDS))) - poison


def dies_with(file: Path, *places: Place, end: End = End.UNEXPLAINED) -> InHand:
    """The process after one that died with these in hand."""
    hand = InHand(file, PARTITIONS)
    hand.take(places)
    hand.ends(end)
    hand.close()
    return InHand(file, PARTITIONS)


@pytest.mark.parametrize("end", [End.UNEXPLAINED, End.FAILED, End.HUNG])
def test_the_third_death_with_a_record_in_hand_parks_it(tmp_path: Path, end: End) -> None:
    die = partial(dies_with, tmp_path / "in-hand", end=end)
    first = die((0, 7), (0, 8), (1, 3))
    assert [first.strikes(*place) for place in ((0, 6), (0, 7), (0, 8), (0, 9), (1, 3))] == [0, 1, 1, 0, 1]
    assert {(struck.partition, struck.records, struck.end) for struck in first.struck} == {(0, 2, end), (1, 1, end)}
    assert die((0, 7)).strikes(0, 7) == PARKED_AT - 1
    last = die((0, 7))
    assert last.must_be_parked(0, 7)
    assert not last.must_be_parked(0, 8)
    last.parked(0, 7)
    assert (last.must_be_parked(0, 7), last.strikes(0, 8)) == (True, 1)


def test_what_was_parked_is_put_aside_at_once_when_it_is_read_again(tmp_path: Path) -> None:
    hand = InHand(tmp_path / "in-hand", PARTITIONS)
    hand.parked(1, 3)
    hand.close()
    again = InHand(tmp_path / "in-hand", PARTITIONS)
    assert again.was_parked(1, 3)
    assert again.must_be_parked(1, 3)
    assert not again.must_be_parked(1, 4)
    for offset in range(MOST_PARKED):
        again.parked(0, offset)
    assert not again.was_parked(1, 3), "only the last are remembered"


def test_three_deaths_together_park_nobody(tmp_path: Path) -> None:
    for _ in range(PARKED_AT + 1):
        hand = dies_with(tmp_path / "in-hand", (0, 7), (0, 8))
    assert not any(hand.must_be_parked(0, offset) for offset in (7, 8))


def test_an_end_that_is_nobodys_fault_strikes_nobody(tmp_path: Path) -> None:
    hand = dies_with(tmp_path / "in-hand", (0, 7), end=End.NOT_THE_RECORDS)
    assert (hand.struck, hand.strikes(0, 7)) == ([], 0)


def test_a_note_of_the_broker_is_of_this_batch_alone_and_a_stop_of_all_that_follow(tmp_path: Path) -> None:
    hand = InHand(tmp_path / "in-hand", PARTITIONS)
    hand.ends(End.NOT_THE_RECORDS)
    hand.take([(0, 7)])
    seen = [hand.end]
    hand.ends(End.NOT_THE_RECORDS, for_good=True)
    hand.take([(0, 8)])
    hand.ends(End.HUNG)
    assert [*seen, hand.end] == [End.UNEXPLAINED, End.NOT_THE_RECORDS]


def test_whoever_got_on_since_the_last_death_begins_to_count_anew(tmp_path: Path) -> None:
    file = tmp_path / "in-hand"
    for _ in range(PARKED_AT):
        dies_with(file, (0, 7)).close()
        hand = InHand(file, PARTITIONS)
        hand.take([(0, 7)])
        hand.gets_on()
        hand.close()
    assert InHand(file, PARTITIONS).strikes(0, 7) == 1


def test_a_record_that_is_blamed_is_struck_whatever_else_is_in_hand(tmp_path: Path) -> None:
    file = tmp_path / "in-hand"
    dies_with(file, (0, 7), (0, 8), (1, 3)).close()
    for strikes in (2, 3):
        hand = InHand(file, PARTITIONS)
        for stored in (7, 8):
            hand.take([(0, stored)])
            hand.stored()
        hand.take([(1, 3)])
        hand.blame((0, 7))
        hand.gets_on()
        hand.close()
        hand = InHand(file, PARTITIONS)
        assert [hand.strikes(*place) for place in ((0, 7), (0, 8), (1, 3))] == [strikes, 1, 0]
        hand.close()
    assert InHand(file, PARTITIONS).must_be_parked(0, 7)


def test_what_is_in_hand_beside_many_is_never_parked_for_one_of_them(tmp_path: Path) -> None:
    file = tmp_path / "in-hand"
    for deaths in range(PARKED_AT + 2):
        hand = InHand(file, PARTITIONS)
        assert (hand.deaths_among_many, hand.strikes(0, 9)) == (deaths, min(deaths, 1))
        hand.take([(0, 9)])
        hand.blame_any()
        hand.close()


def test_deaths_among_many_are_counted_in_a_row(tmp_path: Path) -> None:
    file = tmp_path / "in-hand"
    for end, counted in ((End.FAILED, 1), (End.NOT_THE_RECORDS, 1), (End.HUNG, 2)):
        hand = InHand(file, PARTITIONS)
        hand.take([(0, 9)])
        hand.blame_any()
        hand.ends(end)
        hand.close()
        hand = InHand(file, PARTITIONS)
        assert hand.deaths_among_many == counted
        hand.blame_any()
        hand.ends(End.NOT_THE_RECORDS)
        hand.close()
    dies_with(file, (0, 9)).close()
    assert InHand(file, PARTITIONS).deaths_among_many == 0


def test_nobody_is_blamed_any_longer_once_it_is_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "in-hand"
    hand = InHand(file, PARTITIONS)
    hand.take([(1, 3)])
    hand.blame((0, 7))
    hand.blame(None)
    hand.close()
    after = InHand(file, PARTITIONS)
    assert [after.strikes(*place) for place in ((0, 7), (1, 3))] == [0, 1]


@pytest.mark.parametrize("held", [b"", b"\0" * 7, b"\xff" * (24 + 6 * 8 * PARTITIONS), b"\0" * 4096])
def test_a_file_that_is_none_suspects_nobody(tmp_path: Path, held: bytes) -> None:
    file = tmp_path / "in-hand"
    file.write_bytes(held)
    assert InHand(file, PARTITIONS).struck == []
    assert dies_with(file, (1, 4)).strikes(1, 4) == 1


def test_what_the_broker_or_the_machine_refuses_is_told_from_what_a_record_does(tmp_path: Path) -> None:
    assert all(map(is_the_brokers_fault, [KafkaTimeoutError(), NotEnoughReplicasError()]))
    assert not any(map(is_the_brokers_fault, [MessageSizeTooLargeError(), ValueError(), TimeoutError()]))
    assert is_the_machines_fault(OSError(28, "No space left on device"), tmp_path)
    assert not any(is_the_machines_fault(error, tmp_path) for error in (ValueError(), TimeoutError()))
