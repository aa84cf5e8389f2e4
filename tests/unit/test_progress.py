"""A worker that stands still with work waiting is stalled; one with nothing to do is not."""

from aiokafka import TopicPartition

from deploy.progress import Look, StallWatch

PARTITION = TopicPartition("events", 0)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def look(position: int, end: int) -> Look:
    return Look(positions={PARTITION: position}, ends={PARTITION: end})


def watch() -> tuple[StallWatch, Clock]:
    clock = Clock()
    return StallWatch(after_seconds=4.0, clock=clock), clock


def test_a_worker_with_nothing_to_do_is_not_stalled() -> None:
    watched, clock = watch()
    for clock.seconds in range(60):
        assert not watched.is_stalled(look(10, 10))


def test_a_worker_that_moves_is_not_stalled_however_far_behind() -> None:
    watched, clock = watch()
    for clock.seconds in range(60):
        assert not watched.is_stalled(look(int(clock.seconds), 100_000))


def test_a_worker_that_stands_still_with_work_waiting_is_stalled_once() -> None:
    watched, clock = watch()
    told = []
    for clock.seconds in range(8):
        told.append(watched.is_stalled(look(10, 20)))
    assert told == [False, False, False, False, False, True, False, False]


def test_a_worker_that_counts_steps_is_not_stalled_while_it_reads_its_log_again() -> None:
    watched, clock = watch()
    for clock.seconds in range(60):
        steps = str(int(clock.seconds) // 3)
        assert not watched.is_stalled(Look(positions={PARTITION: 10}, ends={PARTITION: 20}, steps=steps))


def test_a_count_of_steps_that_stands_still_or_is_not_told_is_no_progress() -> None:
    watched, clock = watch()
    told = []
    for clock.seconds in range(8):
        steps = None if clock.seconds % 2 else "7.0"
        told.append(watched.is_stalled(Look(positions={PARTITION: 10}, ends={PARTITION: 20}, steps=steps)))
    assert told.count(True) == 1


def test_work_that_has_just_come_is_given_its_time() -> None:
    watched, clock = watch()
    for clock.seconds in range(30):
        assert not watched.is_stalled(look(10, 10))
    clock.seconds = 30
    assert not watched.is_stalled(look(10, 11))
    clock.seconds = 33
    assert not watched.is_stalled(look(10, 11))


def test_a_worker_that_was_started_anew_has_all_its_time() -> None:
    watched, clock = watch()
    for clock.seconds in range(60):
        if clock.seconds % 3 == 0:  # killed again and again by somebody else, each time before it was ready
            watched.begin()
        assert not watched.is_stalled(look(10, 20))


def test_a_broker_that_does_not_answer_is_no_sign_against_the_worker() -> None:
    watched, clock = watch()
    watched.is_stalled(look(10, 20))
    for clock.seconds in range(60):
        assert not watched.is_stalled(None)


def test_a_group_that_never_committed_lags_by_the_whole_log() -> None:
    assert Look(positions={}, ends={PARTITION: 7}).lag == 7
