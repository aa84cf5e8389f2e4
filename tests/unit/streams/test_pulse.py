"""A process that stood still for longer than its session ends before it sends anything."""

import threading
import time

import pytest

import streams.pulse
from streams.pulse import Pulse


@pytest.mark.parametrize("stood_still, ends", [(0.2, False), (6.9, False), (7.1, True), (600.0, True)])
def test_nothing_is_sent_after_a_stop_that_outlasted_the_session(
    stood_still: float, *, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, ended = 1_000.0, list[str]()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(streams.pulse, "end_process", ended.append)
    monkeypatch.setattr(threading.Thread, "start", lambda _: None)
    pulse = Pulse()
    pulse.start(session=10.0, heartbeat=2.0)
    now += stood_still
    pulse.check()
    assert bool(ended) is ends


def test_before_it_beats_nothing_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = list[str]()
    monkeypatch.setattr(streams.pulse, "end_process", ended.append)
    Pulse().check()
    assert not ended
