"""On a clock a hundred and twenty times as fast: who does not read is noticed, and whoever sent is told so."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from consumers import Inbox
from deploy.hub_time import NotADemonstration, read_hub_times, set_hub_time
from hub.ids import AgencyId
from schemas.records import MailboxStatement, Notice
from tests.kafka.way.judging import TOLD
from tests.kafka.way.town import PATIENCE, ROCHDALE, SALFORD, Seen, Town, missing_report, running_town

pytestmark = pytest.mark.timeout(300)
SCALE = 120.0
"""Two minutes a second: what is to be opened within half an hour is late after a quarter of a minute."""


@pytest.fixture(scope="module")
async def fast_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A hub of its own, whose trust key is a demonstration's."""
    async with running_town(tmp_path_factory.mktemp("fast"), hub_scale=SCALE) as running:
        yield running


def heard(town: Town, agency: AgencyId, words: str) -> list[Notice]:
    """Notices in an agency's mailbox that say these words."""
    opened = [town.opened(seen, agency) for seen in town.inbox(agency) if seen.header("ce_type") == "Notice"]
    return [each for each in opened if isinstance(each, Notice) and words in each.what_happened]


def is_acknowledged_by(seen: Seen, agency: AgencyId) -> bool:
    return seen.header("ce_type") == "Acknowledged" and seen.header("ce_source") == agency


async def test_who_stops_reading_is_tried_again_and_whoever_sent_is_told(fast_town: Town) -> None:
    town = fast_town
    sender = town.shared_installation(SALFORD)
    async with asyncio.timeout(2 * PATIENCE), Inbox.open(profile=town.profile(ROCHDALE)) as inbox:
        (first,) = await sender.send(missing_report(f"read {uuid4().hex[:6]}"))
        await town.told(first, *TOLD)
        async for notice in inbox:
            if notice.record.cause == first:
                await notice.taken(role="duty_social_worker")
                break
    (second,) = await sender.send(missing_report(f"unread {uuid4().hex[:6]}"))
    await town.told(second, *TOLD)
    (news,) = {each.episode_id for each in town.notices(ROCHDALE, caused_by=[second])}
    (read,) = {each.episode_id for each in town.notices(ROCHDALE, caused_by=[first])}

    def is_told() -> bool:
        return any(each.episode_id == news for each in heard(town, SALFORD, "Not opened by"))

    await town.until(is_told, "the sender told of what was not opened", 2 * PATIENCE)
    (said, *_) = (each for each in heard(town, SALFORD, "Not opened by") if each.episode_id == news)
    assert "Rochdale" in said.what_happened
    times = await read_hub_times(town.home, town.hub.broker.bootstrap, town.ids)
    said_so = [seen for seen in town.seen["inbound"] if is_acknowledged_by(seen, ROCHDALE)]
    taken_at = times.hub_time(max(seen.at for seen in said_so))
    about_read = [each for each in heard(town, SALFORD, "Not opened by") if each.episode_id == read]
    for each in about_read:
        assert "Rochdale" not in each.what_happened or each.issued_at < taken_at, "it had taken that one by then"
    ids = [seen.id for seen in town.inbox(SALFORD) if seen.header("ce_type") == "Notice"]
    assert len(ids) == len(set(ids)), "nobody is told anything twice"


async def test_hub_time_runs_fast_and_acceptance_is_dated_by_it(fast_town: Town) -> None:
    town = fast_town
    times = await read_hub_times(town.home, town.hub.broker.bootstrap, town.ids)
    assert times.scale(datetime.now(UTC)) == SCALE
    (sent,) = await town.shared_installation(SALFORD).send(missing_report(f"dated {uuid4().hex[:6]}"))
    receipt = await town.receipt(SALFORD, sent)
    (record,) = town.with_id("inbound", sent)
    assert receipt.accepted_at == times.hub_time(record.at)
    await town.told(sent, *TOLD)
    (notice, *_) = town.notices(ROCHDALE, caused_by=[sent])
    assert notice.issued_at == receipt.accepted_at


async def test_every_mailbox_is_stated_and_its_reader_agrees(fast_town: Town) -> None:
    town = fast_town

    def statements(agency: AgencyId) -> list[MailboxStatement]:
        records = [seen for seen in town.inbox(agency) if seen.header("ce_type") == "MailboxStatement"]
        opened = [town.opened(seen, agency) for seen in records]
        return [each for each in opened if isinstance(each, MailboxStatement)]

    await town.until(lambda: len(statements(SALFORD)) >= 2, "two statements of a mailbox", 70)
    before, after = statements(SALFORD)[-2:]
    assert after.end_offset - before.end_offset == after.count - before.count > 0
    async with Inbox.open(profile=town.profile(SALFORD)) as inbox:
        async for _ in inbox.everything(wait=False):
            pass
        assert inbox.statement is not None
        assert (inbox.missing, inbox.disagreements, inbox.refused) == (0, 0, 0)
        assert inbox.statement.count >= after.count


async def test_a_real_hub_is_given_no_fast_clock(town: Town) -> None:
    with pytest.raises(NotADemonstration, match="its time is the broker's"):
        await set_hub_time(town.home, town.hub.broker.bootstrap, town.ids, scale=2.0)
