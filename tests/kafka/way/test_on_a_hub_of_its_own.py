"""What other tests on one hub could not stand beside them: an alarm for a message, and mail that grows old at once.

A message that somebody withholds on its way is alarmed after a minute, until it comes; a restart forgets nothing.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.chain_gaps import ALARMED_AFTER
from hub.delivery.rules import DELIVERY_FILE, packaged_delivery_text
from tests.faults.points import Fault
from tests.kafka.way.town import POLICE, SALFORD, Seen, Town, id_of, missing_report, running_town

pytestmark = pytest.mark.timeout(300)

GAPS = "homeward_chain_gaps"


@pytest.fixture(scope="module")
async def own_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with running_town(tmp_path_factory.mktemp("own")) as town:
        yield town


async def until_alarmed(town: Town, number: int, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await town.metric("intake", GAPS) != number:  # noqa: ASYNC110 - a page has to be read
            await asyncio.sleep(0.5)


async def test_a_message_that_does_not_come_is_alarmed_until_it_comes(own_town: Town) -> None:
    town = own_town
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


async def test_what_nobody_has_read_is_sent_again_before_the_mailbox_forgets_it(own_town: Town) -> None:
    """Nobody here reads as a member of a group, so all mail is unread; by this table it is old after some seconds."""
    town = own_town
    (report,) = await town.installation(SALFORD).send(missing_report("unread"))
    await town.told(report, POLICE)

    def of_report() -> list[Seen]:
        return [seen for seen in town.inbox(POLICE) if seen.header("ce_cause") == report]

    first = of_report()
    table = packaged_delivery_text().replace('sent_again_after = "25d"', 'sent_again_after = "10s"')
    town.home.rules.mkdir(exist_ok=True)
    (town.home.rules / DELIVERY_FILE).write_text(table, "utf-8")
    await town.until(lambda: len(of_report()) > len(first), "what lies unread again")
    (town.home.rules / DELIVERY_FILE).unlink()
    again = of_report()[len(first)]
    assert again.headers[-1] == ("again", b"1")
    assert (again.key, again.value, again.headers[:-1]) in [(seen.key, seen.value, seen.headers) for seen in first]
    assert (again.at - first[0].at).total_seconds() >= 10
    stated = [seen.id for seen in town.inbox(POLICE) if seen.header("ce_type") == "MailboxStatement"]
    assert len(set(stated)) == len(stated) > 0
    sent_again = await town.metric("statements", "homeward_mail_sent_again_total")
    assert sent_again is not None
    assert sent_again >= 1
    assert "mail_sent_again" in town.log("statements")
