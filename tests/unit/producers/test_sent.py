"""What a caller is told: in words that can be acted on, and never with a value from the report."""

import ssl
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.ids import AgencyId
from hub.messages import WireMessage
from hub.sealing import OpeningKeys
from hub.signing import Signer
from producers import Connection, Installation, NoReceiptYet, PublisherError, Rejected, Sent, SentReceipt
from producers.message_ids import message_id
from producers.stored_wire import from_stored, split_stored, stored, stored_together
from schemas.records import Finding, Receipt, ReceiptOutcome

ID = "0192f7c1-6d5e-7a3b-8c4d-5e6f70819203"


def receipt(outcome: ReceiptOutcome, *findings: Finding) -> SentReceipt:
    record = Receipt(
        message_id=ID, message_type="ChildReturned", outcome=outcome, findings=findings, value_digest=bytes(32)
    )
    return SentReceipt(record=record, installation=installation())


def installation() -> Installation:
    nowhere = Path("nowhere")
    return Installation(
        agency=AgencyId("E08000005"),
        agency_name="Rochdale",
        connection=Connection(bootstrap_servers="", client_id="", ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)),
        signer=Signer.from_bytes("rochdale-board-2", bytes(32)),
        opening_keys=OpeningKeys({}),
        trust_key=bytes(32),
        schema_registry="",
        outbox=nowhere,
        marks=nowhere,
        cache=nowhere,
    )


def test_a_refusal_names_every_reason_where_what_and_remedy() -> None:
    refused = receipt(
        ReceiptOutcome.REJECTED,
        Finding(field="signature", rule="does not verify under any key of E08000005", remedy="was the key replaced?"),
        Finding(field="ce_id", rule="was used before", remedy="give every message an id of its own"),
    )
    with pytest.raises(Rejected) as raised:
        refused.raise_if_rejected()
    assert str(raised.value) == str(refused)
    assert str(refused).splitlines() == [
        f"refused: ChildReturned {ID} from E08000005 (Rochdale), key rochdale-board-2",
        "  signature  does not verify under any key of E08000005  was the key replaced?",
        "  ce_id      was used before                             give every message an id of its own",
        (
            "nothing was routed; the bytes are kept in quarantine for 14 days. "
            "Your outbox keeps the report: put right what is named and send it again."
        ),
    ]
    assert raised.value.findings == refused.findings


def test_a_receipt_with_gaps_asks_for_them_and_is_no_error() -> None:
    gaps = receipt(
        ReceiptOutcome.ACCEPTED_WITH_GAPS,
        Finding(field="date_of_birth", rule="is after occurred_at", remedy="please check"),
    )
    gaps.raise_if_rejected()
    assert str(gaps).splitlines() == [
        f"accepted with gaps: ChildReturned {ID} from E08000005 (Rochdale)",
        "  date_of_birth  is after occurred_at  please check",
        "send a CorrectionMade for these fields when you can.",
    ]


async def test_no_receipt_yet_says_that_the_message_is_safe_and_may_be_asked_again() -> None:
    sent = Sent(message_id=ID, record_type="ChildReturned", is_answered=True)
    with pytest.raises(NoReceiptYet, match=r"it is safe \(outbox\)"):
        await sent.receipt(timeout=0.001)
    sent.note_receipt(receipt(ReceiptOutcome.ACCEPTED))
    assert (await sent.receipt(timeout=1)).is_accepted
    assert sent.durable_at == "broker"


async def test_an_acknowledgement_has_no_receipt_to_wait_for() -> None:
    sent = Sent(message_id=ID, record_type="Acknowledged", is_answered=False)
    with pytest.raises(PublisherError, match="gets no receipt"):
        await sent.receipt(timeout=1)


@given(milliseconds=st.integers(0, 2**48 - 1), randomness=st.integers(0, 2**80))
def test_message_ids_are_uuids_of_version_seven_that_sort_by_time(milliseconds: int, randomness: int) -> None:
    made = UUID(message_id(milliseconds, randomness))
    assert (made.version, made.variant, made.int >> 80) == (7, "specified in RFC 4122", milliseconds)


WIRES = st.builds(
    WireMessage,
    topic=st.text(),
    key=st.binary(),
    headers=st.lists(st.tuples(st.text(), st.binary())).map(tuple),
    value=st.binary(),
)


@given(wires=st.lists(WIRES, max_size=3))
def test_a_stored_message_comes_back_as_it_was(wires: list[WireMessage]) -> None:
    assert list(split_stored(stored_together(wires))) == wires


@given(wire=WIRES, cut=st.integers(1, 20), data=st.data())
def test_damaged_storage_is_never_taken_for_a_message(wire: WireMessage, cut: int, data: st.DataObject) -> None:
    whole = stored(wire)
    at = data.draw(st.integers(0, max(0, len(whole) - cut)))
    with pytest.raises(ValueError, match="not one stored message"):
        from_stored(whole[:at])


async def test_without_an_answer_an_ended_certificate_is_named_and_the_hub_is_not_blamed() -> None:
    why = "your certificate ended on 26 November 2026"
    sent = Sent(message_id=ID, record_type="ChildReturned", is_answered=True, hindrance=lambda: why)
    with pytest.raises(NoReceiptYet, match=why) as late:
        await sent.receipt(timeout=0.01)
    assert "goes on by itself" not in str(late.value)
