"""The books, kept from the headers of a running hub: they balance, and a second page for one thing stands out."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from deploy import check
from schemas.records import ReceiptOutcome
from tests.kafka.way.town import POLICE, ROCHDALE, SALFORD, Town, id_of, missing_report

pytestmark = pytest.mark.timeout(300)
_WAIT = 30.0


async def test_the_books_balance_whatever_was_sent_twice_or_refused(town: Town) -> None:
    since = await check.positions(town.home, town.hub.running)
    sender = town.installation(SALFORD)
    first = sender.write(missing_report("in the books"))
    other = sender.write(missing_report("in the books, differently"), message_id=id_of(first))
    await town.send(first)
    await town.told(id_of(first), POLICE, ROCHDALE)
    await town.send(first, other)
    await town.until(lambda: len(town.receipts(SALFORD, id_of(first))) == 3, "an answer to each")
    outcomes = {receipt.outcome for receipt in town.receipts(SALFORD, id_of(first))}
    assert outcomes == {ReceiptOutcome.ACCEPTED, ReceiptOutcome.REJECTED}
    found = await check.settled(town.home, town.hub.running, seconds=_WAIT, since=since)
    assert found.is_clean, found.as_mapping()
    assert (found.accepted, found.routed, found.untold) == (1, 1, 0)
    assert found.repeats >= 1, "the receipt stands there twice under one id"


async def test_a_notice_from_just_before_the_books_begin_is_not_called_lost(town: Town) -> None:
    """A hub that runs writes a notice, then positions are asked for, then it says that it told."""
    before = await check.positions(town.home, town.hub.running)
    (report,) = await town.installation(SALFORD).send(missing_report("across the line of the books"))
    await town.told(report, POLICE, ROCHDALE)
    await town.receipt(SALFORD, report)
    assert (await check.settled(town.home, town.hub.running, seconds=_WAIT, since=before)).is_clean
    after = await check.positions(town.home, town.hub.running)
    since = before | {place: end for place, end in after.items() if place[0].startswith(check.INBOX)}
    found = await check.check(town.home, town.hub.running, since=since)
    assert (found.accepted, found.notices, found.lost_ids) == (1, 0, ())


async def test_a_page_that_no_told_names_and_a_second_receipt_are_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = await check.positions(town.home, town.hub.running)
    (report,) = await town.installation(SALFORD).send(missing_report("in the books twice"))
    await town.told(report, POLICE, ROCHDALE)
    await town.receipt(SALFORD, report)
    (page,) = {
        seen.id: seen
        for seen in town.inbox(POLICE)
        if seen.header("ce_type") == "Notice" and seen.header("ce_cause") == report
    }.values()
    (answer,) = [seen for seen in town.inbox(SALFORD) if seen.key == report.encode()]
    copies = {str(uuid4()): page, str(uuid4()): answer}
    for id_, seen in copies.items():
        headers = tuple((name, id_.encode() if name == "ce_id" else value) for name, value in seen.headers)
        await town.send(replace(seen.wire, headers=headers))
    monkeypatch.setattr(check, "_FRESH", timedelta())
    found = await check.settled(town.home, town.hub.running, seconds=_WAIT, since=since)
    assert (found.visible_duplicates, found.is_clean) == (2, False)
    assert all(any(id_ in said for said in found.duplicate_ids) for id_ in copies)
