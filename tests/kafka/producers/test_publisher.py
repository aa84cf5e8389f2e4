"""The publisher against a real broker: durable at once, answered by the hub, and nothing lost while it was away."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from producers import Installation, NoReceiptYet, OutboxInUse, Publisher, Rejected
from schemas.errors import UnencodableRecord
from schemas.records import (
    Acknowledged,
    ChildReturned,
    CorrectionMade,
    MissingReported,
    NoticeRef,
    Person,
    ReceiptOutcome,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
)
from tests.kafka.conftest import RunningHub
from tests.kafka.producers.answering import AnsweringHub, new_signer, refusal_of_key

NOW = datetime(2026, 3, 27, 22, 40, tzinfo=UTC)
PATIENCE = 20.0


@pytest.fixture
async def answering(hub: RunningHub) -> AsyncIterator[AnsweringHub]:
    answering = AnsweringHub(hub)
    async with answering.listening():
        yield answering


def returned(ref: str = "RMBC-4471") -> ChildReturned:
    return ChildReturned(child_ref=ref, occurred_at=NOW, to=ReturnedTo.PLACEMENT)


async def test_a_report_is_durable_at_once_and_answered_by_the_hub(answering: AnsweringHub, tmp_path: Path) -> None:
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)

    async with Publisher.open(rochdale) as publisher:
        sent = await publisher.send(returned())
        assert sent.durable_at in {"outbox", "broker"}
        receipt = await sent.receipt(timeout=PATIENCE)
        receipt.raise_if_rejected()

        assert receipt.outcome is ReceiptOutcome.ACCEPTED
        assert receipt.message_id == sent.message_id
        assert sent.durable_at == "broker"
        await publisher.drained(PATIENCE)
        counts = await publisher.counts()
        assert (counts.waiting, counts.picked, counts.taken, counts.refused) == (0, 0, 0, 0)


async def test_a_report_with_values_that_cannot_be_is_sent_with_what_can_be_said(
    answering: AnsweringHub, tmp_path: Path
) -> None:
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)
    long = "r" * 200
    odd = (
        MissingReported(child_ref="a1", person=Person(given_names="A", date_of_birth=date(1, 1, 1))),
        MissingReported(child_ref="a2", occurred_at=datetime.max.replace(tzinfo=UTC)),
        MissingReported(child_ref="a3", circumstances="x" * 100_000),
        MissingReported(child_ref="a4", person=Person(given_names="A\ud800B")),
        dataclasses.replace(MissingReported(child_ref="a5"), status="ran_away"),  # type: ignore[arg-type]
        MissingReported(child_ref=long),
    )
    async with Publisher.open(rochdale) as publisher:
        for record in odd:
            sent = await publisher.send(record)
            assert len(sent.left_out) == 1
            assert all(one.rule and one.remedy and "ran_away" not in str(one) for one in sent.left_out)
            (await sent.receipt(timeout=PATIENCE)).raise_if_rejected()
        assert (await publisher.send(returned())).left_out == ()
        for word in (Acknowledged(pairs=(NoticeRef(notice_id="A", episode_id="B"),)), CorrectionMade(corrects="A")):
            with pytest.raises(UnencodableRecord):
                await publisher.send(word)
        await publisher.answered(PATIENCE)
    arrived = [opened.record for _, opened in answering.arrived]
    assert len(arrived) == len(odd) + 1
    assert [getattr(record, "child_ref")[:80] for record in arrived[:6]] == ["a1", "a2", "a3", "a4", "a5", long[:80]]  # noqa: B009


async def test_a_refusal_comes_back_with_every_reason_and_the_report_is_kept(
    answering: AnsweringHub, tmp_path: Path
) -> None:
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)
    finding = answering.refuses["ChildReturned"] = refusal_of_key()

    async with Publisher.open(rochdale) as publisher:
        sent = await publisher.send(returned())
        receipt = await sent.receipt(timeout=PATIENCE)
        with pytest.raises(Rejected) as refused:
            receipt.raise_if_rejected()
        assert str(refused.value).splitlines()[:2] == [
            f"refused: ChildReturned {sent.message_id} from E08000005 (Rochdale), key rochdale-1",
            f"  ce_keyid  {finding.rule}  {finding.remedy}",
        ]

    answering.refuses.clear()
    async with Publisher.open(rochdale) as publisher:
        (kept,) = await publisher.refused()
        assert kept.message_id == sent.message_id
        assert await publisher.send_again(kept)
        await answering.has_received(2)


async def test_reports_sent_while_the_hub_is_away_go_out_by_risk_when_it_is_back(
    answering: AnsweringHub, tmp_path: Path
) -> None:
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)
    async with Publisher.open(rochdale):
        pass  # the first start caches the directory

    async with Publisher.open(_unreachable(answering, rochdale), leave_after=0) as publisher:
        records = (
            returned(),
            MissingReported(person=Person(given_names="Sam")),
            RiskAssessed(grade=RiskGrade.LOW),
            RiskAssessed(grade=RiskGrade.HIGH),
        )
        offline = [await publisher.send(record) for record in records]
        assert {sent.durable_at for sent in offline} == {"outbox"}
        with pytest.raises(NoReceiptYet):
            await offline[0].receipt(timeout=0.05)

    async with Publisher.open(rochdale) as publisher:
        await answering.has_received(4)
        await publisher.drained(PATIENCE)
    assert [opened.type for _, opened in answering.arrived] == [
        "RiskAssessed",
        "MissingReported",
        "ChildReturned",
        "RiskAssessed",
    ]
    assert answering.sequences == [1, 2, 3, 4]


async def test_a_restart_sends_what_was_not_answered_byte_for_byte(answering: AnsweringHub, tmp_path: Path) -> None:
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)
    answering.is_answering = False
    async with Publisher.open(rochdale) as publisher:
        await publisher.send(returned())
        await answering.has_received(1)
        await publisher.drained(PATIENCE)
        assert (await publisher.counts()).taken == 1

    answering.is_answering = True
    async with Publisher.open(rochdale) as publisher:
        again = await publisher.send(returned("RMBC-9"))
        await again.receipt(timeout=PATIENCE)
        assert (await publisher.counts()).waiting == 0
    assert answering.sequences == [1, 2]
    links = [opened.previous for _, opened in answering.arrived]
    assert links[1] == answering.arrived[0][1].signing_digest


async def test_a_receipt_of_an_earlier_life_is_still_found(answering: AnsweringHub, tmp_path: Path) -> None:
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)
    answering.is_answering = False
    async with Publisher.open(rochdale) as publisher:
        await publisher.send(returned())
        await answering.has_received(1)
        await publisher.drained(PATIENCE)

    opened = answering.arrived[0][1]
    wire = answering.receipt(opened, datetime.now(UTC))
    async with answering.connection("admin").producer() as producer:
        await producer.send_and_wait(wire.topic, value=wire.value, key=wire.key, headers=list(wire.headers))
    async with Publisher.open(rochdale) as publisher:
        await publisher.answered(PATIENCE)
        assert (await publisher.counts()).taken == 0


async def test_a_receipt_that_no_worker_of_the_hub_signed_changes_nothing(
    answering: AnsweringHub, tmp_path: Path
) -> None:
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)
    answering.is_answering = False
    async with Publisher.open(rochdale) as publisher:
        sent = await publisher.send(returned())
        await answering.has_received(1)
        forged = answering.receipt(answering.arrived[0][1], datetime.now(UTC), new_signer("intake-0"))
        genuine = answering.receipt(answering.arrived[0][1], datetime.now(UTC))
        async with answering.connection("admin").producer() as producer:
            for wire in (forged, genuine):
                if wire is genuine:
                    with pytest.raises(NoReceiptYet):
                        await sent.receipt(timeout=1)
                await producer.send_and_wait(wire.topic, value=wire.value, key=wire.key, headers=list(wire.headers))
        assert (await sent.receipt(timeout=PATIENCE)).is_accepted


async def test_two_publishers_cannot_have_one_outbox(answering: AnsweringHub, tmp_path: Path) -> None:
    rochdale = answering.installation(tmp_path)
    await answering.publish_directory(rochdale)
    async with Publisher.open(rochdale):
        with pytest.raises(OutboxInUse):
            async with Publisher.open(rochdale):
                pass


def _unreachable(answering: AnsweringHub, installation: Installation) -> Installation:
    nowhere = answering.connection(installation.agency, bootstrap="127.0.0.1:1")
    return dataclasses.replace(installation, connection=nowhere)
