"""The blocking form, and the simulator's player, against a real broker."""

import asyncio
import math
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from hub.ids import AgencyId
from producers import BlockingPublisher, NotYetConnected, Publisher
from producers.simulator import demo_agencies, plan, play
from schemas.records import AgencyMessage, ChildReturned, CorrectionMade, MissingReported, ReturnedTo
from tests.kafka.conftest import RunningHub
from tests.kafka.producers.answering import AnsweringHub

PATIENCE = 30.0
START = datetime(2026, 3, 27, tzinfo=UTC)


async def test_a_script_sends_and_waits_without_an_event_loop(hub: RunningHub, tmp_path: Path) -> None:
    answering = AnsweringHub(hub)
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)

    def script() -> bool:
        with BlockingPublisher.open(rochdale) as publisher:
            sent = publisher.send(ChildReturned(child_ref="RMBC-4471", to=ReturnedTo.PLACEMENT))
            return sent.receipt(timeout=PATIENCE).is_accepted and sent.durable_at == "broker"

    async with answering.listening():
        assert await asyncio.to_thread(script)


async def test_a_script_hears_of_what_is_wrong_as_its_own_error(hub: RunningHub, tmp_path: Path) -> None:
    answering = AnsweringHub(hub)
    rochdale = answering.installation(tmp_path)
    rochdale.schema_ids_cache.unlink()

    def script() -> None:
        with BlockingPublisher.open(rochdale):
            pass

    with pytest.raises(NotYetConnected, match="registry"):
        await asyncio.to_thread(script)


async def test_a_callers_own_error_comes_out_of_the_block_as_it_is(hub: RunningHub, tmp_path: Path) -> None:
    answering = AnsweringHub(hub)
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)

    async def program() -> None:
        async with Publisher.open(rochdale):
            raise LookupError

    with pytest.raises(LookupError):
        await program()


async def test_the_player_sends_a_plan_with_real_ids_for_the_planned_ones(hub: RunningHub, tmp_path: Path) -> None:
    answering = AnsweringHub(hub)
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)
    messages = [each for each in plan(11, START, 96, 2, demo_agencies()) if each.agency == "E08000005"]
    corrected = next(number for number, each in enumerate(messages) if isinstance(each.record, CorrectionMade))

    async with answering.listening(), Publisher.open(rochdale) as publisher:
        count = await play(
            islice(messages, corrected + 1),
            {AgencyId("E08000005"): publisher},
            speed=math.inf,
            clock=lambda planned: START + (planned - START) / 1440,
        )
        await publisher.answered(PATIENCE)

    records = {opened.id: opened.record for _, opened in answering.arrived}
    assert len(records) == count == corrected + 1
    (correction,) = (record for record in records.values() if isinstance(record, CorrectionMade))
    assert isinstance(records[correction.corrects], MissingReported)
    written = [record.recorded_at for record in records.values() if isinstance(record, AgencyMessage)]
    assert all(at is not None and at < START.replace(hour=2) for at in written)
