"""A message that somebody withholds on its way is alarmed after a minute, until it comes; a restart forgets nothing."""

import asyncio
from pathlib import Path

import pytest

from hub.chain_gaps import ALARMED_AFTER
from tests.faults.points import Fault
from tests.kafka.way.town import POLICE, SALFORD, Town, id_of, missing_report, running_town

pytestmark = pytest.mark.timeout(300)

GAPS = "homeward_chain_gaps"


async def until_alarmed(town: Town, number: int, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await town.metric("intake", GAPS) != number:  # noqa: ASYNC110 - a page has to be read
            await asyncio.sleep(0.5)


async def test_a_message_that_does_not_come_is_alarmed_until_it_comes(tmp_path: Path) -> None:
    async with running_town(tmp_path) as town:
        sender = town.installation(SALFORD)
        first, withheld, third = (sender.write(missing_report(f"chain {number}")) for number in range(3))
        await town.send(first, third)
        receipt = await town.receipt(SALFORD, id_of(third))
        assert "ce_sequence" in {finding.field for finding in receipt.findings}
        with town.fault("intake", Fault(point="answer")):
            (after,) = await town.installation(POLICE).send(missing_report("kills"))
            await town.receipt(POLICE, after)
        assert await town.metric("intake", GAPS) == 0, "nobody is alarmed at once"
        await until_alarmed(town, 1, ALARMED_AFTER.total_seconds() + 10)
        assert sender.signer.key_id in town.log("intake")
        await town.send(withheld)
        await town.receipt(SALFORD, id_of(withheld))
        await until_alarmed(town, 0, 10)
        await town.told(id_of(withheld), POLICE)
