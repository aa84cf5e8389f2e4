"""One report reaches everyone who must know, once, and the repeat of it changes nothing."""

from datetime import timedelta

import pytest

from consumers import Inbox, RegisterView
from hub.intake_leaves import EQUIVOCATION
from producers import Publisher
from producers.message_ids import message_id
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    AuditBatch,
    CancelReason,
    NoticeKind,
    NoticeRef,
    ReceiptOutcome,
    ReportCancelled,
)
from tests.kafka.way.town import POLICE, ROCHDALE, SALFORD, Town, id_of, missing_report

pytestmark = pytest.mark.timeout(300)


async def test_a_report_reaches_everyone_who_must_know(town: Town) -> None:
    (report,) = await town.installation(SALFORD).send(missing_report("way"))
    receipt = await town.receipt(SALFORD, report)
    assert receipt.outcome is ReceiptOutcome.ACCEPTED
    await town.told(report, POLICE, ROCHDALE)
    for recipient in (POLICE, ROCHDALE):
        (notice,) = {each.notice_id: each for each in town.notices(recipient, caused_by=[report])}.values()
        assert (notice.kind, notice.recipient) == (NoticeKind.NEWS, recipient)
        assert "Example way" in {field.value for field in notice.fields}
    (accepted,) = town.with_id("accepted", report)
    (event,) = town.with_id("events", report)
    assert accepted.partition == 0
    episode = notice.episode_id
    await town.until(lambda: any(seen.key == episode.encode() for seen in town.seen["register"]), "a register entry")
    told = [seen for seen in town.seen["events"] if seen.header("ce_type") == "Told" and seen.key == event.key]
    assert {seen.header("ce_cause") for seen in told} == {report}
    await town.until(lambda: leaves(town, POLICE) > 0, "an audit leaf of the disclosure")


def leaves(town: Town, recipient: str) -> int:
    batches = [town.opened(seen, ROCHDALE) for seen in town.seen["audit"]]
    return sum(recipient in leaf.recipients for each in batches if isinstance(each, AuditBatch) for leaf in each.leaves)


async def test_programs_of_agencies_send_read_and_look_it_up(town: Town) -> None:
    async with Publisher.open(town.profile(SALFORD)) as publisher:
        sent = await publisher.send(missing_report("programs"))
        receipt = await sent.receipt(timeout=30)
        assert receipt.is_accepted
    await town.told(sent.message_id, POLICE, ROCHDALE)
    async with Inbox.open(profile=town.profile(POLICE)) as inbox:
        shown = [notice async for notice in inbox.notices(wait=False) if notice.record.cause == sent.message_id]
    assert len(shown) == 1
    async with RegisterView.open(profile=town.profile(ROCHDALE)) as register:
        line = register.episode(shown[0].record.episode_id)
        assert line is not None
        name = line.known("person.family_name")
        assert name is not None
        assert name.value == "Example programs"


async def test_a_cancellation_under_a_wrong_id_is_answered_to_its_sender_and_to_nobody_else(town: Town) -> None:
    sender, report = town.installation(SALFORD), missing_report("wrong id")
    (reported,) = await sender.send(report)
    await town.told(reported, POLICE, ROCHDALE)
    wrong = ReportCancelled(child_ref=report.child_ref, cancels=message_id(0), reason=CancelReason.ENTERED_IN_ERROR)
    (cancelled,) = await sender.send(wrong)
    assert (await town.receipt(SALFORD, cancelled)).outcome is ReceiptOutcome.ACCEPTED
    await town.told(cancelled, SALFORD)
    (answer,) = {each.notice_id: each for each in town.notices(SALFORD, caused_by=[cancelled])}.values()
    assert "nothing was cancelled" in answer.what_happened
    assert [town.notices(agency, caused_by=[cancelled]) for agency in (POLICE, ROCHDALE)] == [[], []]
    pair = NoticeRef(notice_id=answer.notice_id, episode_id=answer.episode_id)
    (opened,) = await sender.send(Acknowledged(pairs=(pair,), layer=Acknowledgement.OPENED, role="duty"))
    (event,) = town.with_id("events", cancelled)

    def is_known() -> bool:
        said = [seen for seen in town.seen["events"] if seen.header("ce_type") == "Acknowledged"]
        return any(seen.key == event.key and seen.header("ce_cause") == opened for seen in said)

    await town.until(is_known, "that the answer was opened, in the log of its child")


async def test_the_same_message_again_gets_the_first_receipt_again_and_nothing_else(town: Town) -> None:
    sender = town.installation(SALFORD)
    wire = sender.write(missing_report("again"))
    await town.send(wire)
    await town.told(id_of(wire), POLICE, ROCHDALE)
    await town.send(wire, wire)
    await town.until(lambda: len(town.receipts(SALFORD, id_of(wire))) == 3, "a receipt for each repeat")
    (marker,) = await sender.send(missing_report("after again"))
    await town.told(marker, POLICE, ROCHDALE)
    repeats = [seen for seen in town.inbox(SALFORD) if seen.key == id_of(wire).encode()]
    assert len({(seen.id, town.plaintext(seen, SALFORD)) for seen in repeats}) == 1
    assert len(town.with_id("accepted", id_of(wire))) == 1
    assert len(town.with_id("events", id_of(wire))) == 1
    assert len(town.notices(POLICE, caused_by=[id_of(wire)])) == 1


async def test_the_same_id_with_other_bytes_is_kept_apart_and_the_first_stands_flagged(town: Town) -> None:
    sender = town.installation(SALFORD)
    alarm = {"outcome": "rejected", "reason": "equivocation"}
    before = await town.metric("intake", "homeward_intake_results_total", **alarm)
    assert before is not None, "an alarm on the first of all needs the nought before it"
    first = sender.write(missing_report("twice"))
    second = sender.write(missing_report("twice, differently"), message_id=id_of(first))
    flags = {leaf.leaf_id for leaf in town.leaves() if leaf.outcome == EQUIVOCATION}
    await town.send(first)
    await town.told(id_of(first), POLICE)
    await town.send(second)
    kept = await town.kept(second)
    assert ([finding.field for finding in kept.reasons], kept.reason) == (["ce_id"], "equivocation")
    await town.until(lambda: len(town.receipts(SALFORD, id_of(first))) == 2, "an answer to each")
    (stands,) = town.with_id("inbound", id_of(first))[:1]
    assert (kept.first_partition, kept.first_offset) == (stands.partition, stands.offset)
    assert await town.metric("intake", "homeward_intake_results_total", **alarm) == before + 1

    def newly_flagged() -> list[str]:
        return [each.agency for each in town.leaves() if each.outcome == EQUIVOCATION and each.leaf_id not in flags]

    await town.until(lambda: bool(newly_flagged()), "the flag in the audit log")
    assert newly_flagged() == [SALFORD]
    assert '"equivocation"' in town.log("intake")
    outcomes = [receipt.outcome for receipt in town.receipts(SALFORD, id_of(first))]
    assert outcomes == [ReceiptOutcome.ACCEPTED, ReceiptOutcome.REJECTED]
    assert len(town.with_id("accepted", id_of(first))) == 1


async def test_a_report_that_was_hours_old_still_arrives(town: Town) -> None:
    report = missing_report("late")
    assert report.occurred_at is not None
    (late,) = await town.installation(SALFORD).send(
        missing_report("late", occurred_at=report.occurred_at - timedelta(days=3))
    )
    receipt = await town.receipt(SALFORD, late)
    assert receipt.outcome is ReceiptOutcome.ACCEPTED
    assert "occurred_at" in {finding.field for finding in receipt.findings}
    await town.told(late, POLICE)
