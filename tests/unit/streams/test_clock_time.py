"""The hub's time is the broker's, whatever a machine's clock is set to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.broker_clock import BELIEVED_AFTER, BrokerClock, counter

START = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)


class Machine:
    """A worker's counter and a broker's clock, each moved by hand."""

    def __init__(self) -> None:
        self.count = 1000.0
        self.broker = START
        self.clock = BrokerClock(lambda: self.count)

    def passes(self, seconds: float) -> None:
        self.count += seconds
        self.broker += timedelta(seconds=seconds)

    def asks(self, there: float = 0.002, back: float = 0.002) -> None:
        """A record goes out, is appended, and its acknowledgement comes back."""
        sent = self.count
        self.passes(there)
        appended = self.broker.replace(microsecond=self.broker.microsecond // 1000 * 1000)
        self.passes(back)
        self.clock.heard(sent, self.count, appended)

    @property
    def off(self) -> float:
        """Seconds by which the estimate is wrong."""
        return abs((self.clock.now() - self.broker).total_seconds())


def test_before_the_broker_has_answered_nobody_says_what_time_it_is() -> None:
    with pytest.raises(LookupError):
        BrokerClock().now()


def test_time_goes_on_between_answers() -> None:
    machine = Machine()
    machine.asks()
    machine.passes(3600)
    assert machine.off < 0.005


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(0.1, 30)), min_size=1, max_size=20))
def test_slow_answers_never_make_it_worse_than_they_were_slow(waits: list[tuple[float, float, float]]) -> None:
    machine = Machine()
    machine.asks()
    for there, back, pause in waits:
        machine.asks(there, back)
        assert machine.off < 0.005
        machine.passes(pause)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=366)])
def test_a_jump_of_the_broker_s_clock_that_is_put_right_changes_nothing(jump: timedelta) -> None:
    machine = Machine()
    machine.asks()
    machine.broker += jump
    for _ in range(5):
        machine.asks()
        machine.passes(10)
    assert machine.clock.jump == pytest.approx(jump.total_seconds(), abs=0.01)
    machine.broker -= jump
    machine.asks()
    assert machine.off < 0.005
    assert machine.clock.jump == 0


def test_a_jump_that_stays_is_believed_after_a_minute() -> None:
    machine = Machine()
    machine.asks()
    machine.broker += timedelta(hours=1)
    for _ in range(int(BELIEVED_AFTER / 5) + 2):
        machine.asks()
        machine.passes(5)
    assert machine.off < 0.005
    assert machine.clock.jump == 0


def test_a_clock_that_drifts_is_followed() -> None:
    machine = Machine()
    machine.asks()
    for _ in range(100):
        machine.passes(10)
        machine.broker += timedelta(milliseconds=5)
        machine.asks()
    assert machine.off < 0.01


def test_the_machine_s_own_clock_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: pytest.fail("the wall clock was read"))
    before = counter()
    assert counter() >= before
