"""Whoever looks into a mailbox for a demo keeps its position as a reader does, while no program of the agency reads."""

import logging
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, KafkaConnectionError

from consumers.reader import Reader
from deploy import mailbox as looking
from deploy.mailbox import Mailbox
from tests.unit.views.lines import ROCHDALE

PLACE = TopicPartition(f"inbox.{ROCHDALE}", 0)


class Broker:
    """Keeps positions, or answers with an error."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.asked = 0
        self.answers: Exception | None = None

    async def commit(self, positions: dict[TopicPartition, int]) -> None:
        self.asked += 1
        if self.answers is not None:
            raise self.answers
        self.kept.append(positions[PLACE])


class Named:
    """As much of a reader as a mailbox asks for before it reads."""

    agency = ROCHDALE


def looked_into(broker: Broker) -> Mailbox:
    return Mailbox(cast("Reader", Named()), broker, cast("Any", None), cast("Any", None))


async def test_a_position_is_kept_once_it_has_moved() -> None:
    broker = Broker()
    mailbox = looked_into(broker)
    await mailbox.keep_position()
    assert broker.asked == 0, "nothing was read yet"
    for read_to in (3, 3, 7):
        mailbox._read_to = read_to
        await mailbox.keep_position()
    assert broker.kept == [3, 7]


async def test_while_a_program_of_the_agency_reads_its_position_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker()
    mailbox = looked_into(broker)
    mailbox._read_to, broker.answers = 3, CommitFailedError()
    await mailbox.keep_position()
    broker.answers = None
    await mailbox.keep_position()
    assert (broker.asked, broker.kept) == (1, []), "left alone for a while"
    monkeypatch.setattr(looking, "_LEFT_SECONDS", -1.0)
    mailbox._left_until = 0.0
    await mailbox.keep_position()
    assert broker.kept == [3]


async def test_a_broker_that_is_away_is_asked_again() -> None:
    broker = Broker()
    mailbox = looked_into(broker)
    mailbox._read_to, broker.answers = 3, KafkaConnectionError()
    await mailbox.keep_position()
    broker.answers = None
    await mailbox.keep_position()
    assert broker.kept == [3]


def test_only_that_a_program_reads_is_left_out_of_the_log() -> None:
    def said(text: str) -> bool:
        return looking._REFUSED.filter(logging.LogRecord("aiokafka", logging.ERROR, "", 0, text, (), None))

    assert not said("OffsetCommit failed for group %s due to group error (%s), will rejoin")
    assert said("OffsetCommit failed for group %s - %s")
    assert said("Unable to connect to %s")
