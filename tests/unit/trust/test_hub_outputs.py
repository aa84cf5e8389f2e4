"""What the hub puts out: readable by its recipient, signed by a worker, and nothing else passes for it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.directory import Directory
from hub.ids import ChildId, EventId, derived_id
from hub.messages import (
    OpenedMessage,
    Reason,
    Refusal,
    Verdict,
    WireMessage,
    WorkerKey,
    body_of,
    compose_accepted,
    compose_directory_entry,
    compose_event,
    compose_from_hub,
    open_accepted,
    open_directory_entry,
    open_event,
    open_from_hub,
    statement_verifies,
    stored_event,
)
from hub.messages.accepted import AcceptedMessage
from hub.receipts import accepted_receipt, compose_receipt, outcome_of, receipt_id, rejected_receipt
from hub.records_at_rest import RecordNotOpened
from schemas.records import (
    AgencyKind,
    Finding,
    FindingKind,
    Header,
    LoggedEvent,
    MailboxStatement,
    ReceiptOutcome,
)
from tests.searching import examples
from tests.unit.trust.world import (
    BOARD,
    DIRECTORY,
    HUB_ENTRY,
    HUB_KEYS,
    IDS,
    MESSAGE_ID,
    NOW,
    REPORT,
    ROCHDALE,
    ROCHDALE_ENTRY,
    ROCHDALE_KEYS,
    TRUST,
    WORKER,
    accepted,
    at_intake,
    listed,
    message,
    message_with,
    refused,
    sealing,
    with_header,
)

GAP = Finding(field="status", rule="is not given", remedy="send it", kind=FindingKind.GAP)
FLAG = replace(GAP, kind=FindingKind.FLAG)
STATEMENT = MailboxStatement(mailbox=ROCHDALE, end_offset=7, count=7, rolling_hash=bytes(32), at=NOW)
CHILD_KEY = bytes(range(32))


def read(wire: WireMessage, directory: Directory = DIRECTORY) -> OpenedMessage | Refusal:
    return open_from_hub(wire, directory, ROCHDALE_KEYS, IDS, NOW)


def reason(result: object) -> Reason:
    assert isinstance(result, Refusal)
    return result.reason


def answer(findings: tuple[Finding, ...] = (), wire: WireMessage | None = None) -> WireMessage:
    receipt = accepted_receipt(accepted(wire or message()), findings, NOW)
    return compose_receipt(
        receipt, ROCHDALE, time=NOW, seal_to=sealing("rochdale-1"), salt_secret=b"s", worker=WORKER, ids=IDS
    )


def statement(**changed: object) -> WireMessage:
    arguments = {
        "topic": f"inbox.{ROCHDALE}",
        "key": ROCHDALE.encode(),
        "message_id": derived_id(ROCHDALE, "statement", "7"),
        "time": NOW,
        "worker": WORKER,
        "ids": IDS,
    }
    return compose_from_hub(STATEMENT, **(arguments | changed))  # type: ignore[arg-type]  # one argument replaced


def test_a_receipt_says_what_became_of_the_message() -> None:
    wire = message()
    opened = read(answer((GAP,), wire))
    assert isinstance(opened, OpenedMessage)
    assert opened.record == accepted_receipt(accepted(wire), (GAP,), NOW)
    assert (opened.id, opened.headers.subject) == (derived_id(MESSAGE_ID, "receipt"), MESSAGE_ID)


def test_a_repeat_is_answered_with_the_same_receipt() -> None:
    wire = message()
    first, again = (read(answer((GAP,), wire)) for _ in range(2))
    assert isinstance(first, OpenedMessage)
    assert isinstance(again, OpenedMessage)
    assert (first.id, first.plaintext) == (again.id, again.plaintext)


def test_gaps_and_not_flags_make_an_acceptance_with_gaps() -> None:
    assert outcome_of((FLAG,)) is ReceiptOutcome.ACCEPTED
    assert outcome_of((FLAG, GAP)) is ReceiptOutcome.ACCEPTED_WITH_GAPS


def test_a_rejection_is_answered_only_where_the_sender_is_proven() -> None:
    proven, forged = refused(message(key=b"gmp")), refused(with_header(message(), "ce_subject", b"x"))
    receipt = rejected_receipt(proven)
    assert receipt is not None
    assert (receipt.outcome, receipt.findings) == (ReceiptOutcome.REJECTED, proven.findings)
    assert rejected_receipt(forged) is None


def test_a_rejection_and_a_later_acceptance_have_different_receipts() -> None:
    rejection = rejected_receipt(refused(message(key=b"gmp")))
    assert rejection is not None
    assert receipt_id(rejection) != receipt_id(accepted_receipt(accepted(message()), (), NOW))


def test_a_statement_in_clear_is_read() -> None:
    opened = read(statement())
    assert isinstance(opened, OpenedMessage)
    assert opened.record == STATEMENT


@pytest.mark.parametrize("part", ["value", "topic", "key"])
def test_what_was_changed_on_the_way_is_refused(part: str) -> None:
    for wire in (answer(), statement()):
        changed = {"value": wire.value[:-1] + b"\xff", "topic": "inbox.gmp", "key": b"other"}[part]
        assert reason(read(replace(wire, **{part: changed}))) is Reason.BAD_SIGNATURE  # type: ignore[arg-type]


def test_an_agency_cannot_speak_as_the_hub() -> None:
    assert reason(read(statement(worker=BOARD))) is Reason.UNKNOWN_KEY
    assert reason(read(statement(worker=replace(BOARD, key_id=WORKER.key_id)))) is Reason.BAD_SIGNATURE


def test_a_message_of_an_agency_is_nothing_of_the_hub() -> None:
    assert reason(read(message())) is Reason.UNEXPECTED_TYPE


def test_a_workers_key_must_have_been_valid_when_the_record_was_appended() -> None:
    ended = replace(HUB_ENTRY, signing_keys=(listed(WORKER, valid_until=NOW),))
    directory = Directory.empty().with_entry(ended)
    assert reason(read(statement(), directory)) is Reason.KEY_EXPIRED
    before = open_from_hub(statement(), directory, ROCHDALE_KEYS, IDS, NOW - timedelta(seconds=1))
    assert isinstance(before, OpenedMessage)


def test_somebody_elses_receipt_does_not_open() -> None:
    assert reason(open_from_hub(answer(), DIRECTORY, HUB_KEYS, IDS, NOW)) is Reason.SEAL_NOT_OPENED


def test_what_must_be_sealed_is_not_put_out_in_clear() -> None:
    receipt = accepted_receipt(accepted(message()), (), NOW)
    with pytest.raises(ValueError, match="table of outputs"):
        compose_from_hub(receipt, topic="inbox.x", key=b"", message_id=MESSAGE_ID, time=NOW, worker=WORKER, ids=IDS)
    with pytest.raises(ValueError, match="table of outputs"):
        compose_from_hub(REPORT, topic="inbox.x", key=b"", message_id=MESSAGE_ID, time=NOW, worker=WORKER, ids=IDS)


# On `accepted`: the agency's own bytes, with the verdict beside them.

VERDICT = Verdict(
    outcome=ReceiptOutcome.ACCEPTED_WITH_GAPS,
    findings=(GAP, FLAG),
    accepted_at=NOW,
    inbound_partition=3,
    inbound_offset=1234,
    sender_kind=AgencyKind.AUTHORITY,
)


def with_verdict(wire: WireMessage, verdict: Verdict = VERDICT, worker: WorkerKey = WORKER) -> WireMessage:
    """A message as intake passes it on."""
    return compose_accepted(wire, accepted(wire), verdict, worker)


def verdict_on(wire: WireMessage) -> AcceptedMessage | Refusal:
    return open_accepted(wire, DIRECTORY, HUB_KEYS, IDS)


def test_an_accepted_message_comes_with_its_verdict() -> None:
    wire = message()
    read_again = verdict_on(with_verdict(wire))
    assert isinstance(read_again, AcceptedMessage)
    assert read_again.verdict == VERDICT
    assert read_again.opened == accepted(wire)


def test_what_the_agency_signed_is_kept_byte_for_byte() -> None:
    wire = message()
    passed_on = with_verdict(replace(wire, headers=(*wire.headers, ("x-vendor", b"1"))))
    assert (passed_on.key, passed_on.value) == (wire.key, wire.value)
    assert set(wire.headers) <= set(passed_on.headers)
    assert "x-vendor" not in dict(passed_on.headers)


def test_a_verdict_belongs_to_one_message() -> None:
    passed_on = with_verdict(message())
    verdict = [header for header in passed_on.headers if header[0].startswith("hub_")]
    other = message(sequence=2)
    moved = replace(other, topic="accepted", headers=(*other.headers, *verdict))
    assert reason(verdict_on(moved)) is Reason.VERDICT_NOT_GENUINE
    assert reason(verdict_on(replace(other, topic="accepted"))) is Reason.VERDICT_MISSING


def test_a_verdict_is_a_workers() -> None:
    assert reason(verdict_on(with_verdict(message(), worker=BOARD))) is Reason.VERDICT_NOT_GENUINE
    changed = with_header(with_verdict(message()), "hub_verdict", b"{}")
    assert reason(verdict_on(changed)) is Reason.VERDICT_NOT_GENUINE


def test_a_verdict_that_an_agency_writes_itself_is_not_passed_on() -> None:
    stated = with_header(message(), "hub_verdict", b"{}")
    passed_on = with_verdict(stated)
    assert [name for name, _ in passed_on.headers].count("hub_verdict") == 1


extensions = st.dictionaries(
    st.from_regex(r"ce_x[a-z0-9]{1,80}", fullmatch=True),
    st.integers(0, 4001).map(lambda size: b"x" * size),
    max_size=60,
)


@settings(max_examples=examples(25), deadline=None)
@given(added=extensions, findings=st.integers(0, 100), is_traced=st.booleans())
def test_what_intake_accepts_stays_readable_with_a_verdict_and_in_the_log(
    added: dict[str, bytes], findings: int, *, is_traced: bool
) -> None:
    """However many headers a sender adds: what is not refused at intake is lost nowhere behind it."""
    wire = message_with(added)
    if is_traced:
        wire = with_header(wire, "traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    opened = at_intake(wire)
    if isinstance(opened, Refusal):
        assert opened.reason in {Reason.HEADERS_TOO_LARGE, Reason.TOO_MANY_HEADERS}
        return
    long = replace(GAP, rule="r" * 400, remedy="m" * 400)
    passed_on = with_verdict(wire, replace(VERDICT, findings=(long,) * findings))
    assert isinstance(verdict_on(passed_on), AcceptedMessage)
    event = log_event(opened)
    assert log_opened(compose_event(event, CHILD_KEY, WORKER, IDS)) == event


@pytest.mark.parametrize("count, size", [(53, 1), (7, 4000), (53, 550)])
def test_a_message_at_the_bounds_goes_all_the_way(count: int, size: int) -> None:
    wire = message_with({f"ce_x{index}": b"x" * size for index in range(count)})
    assert isinstance(verdict_on(with_verdict(wire)), AcceptedMessage)
    assert isinstance(log_opened(compose_event(log_event(accepted(wire)), CHILD_KEY, WORKER, IDS)), LoggedEvent)


# On `events`: the log of record.


def logged() -> LoggedEvent:
    return log_event(accepted(message()))


def log_event(opened: OpenedMessage) -> LoggedEvent:
    return LoggedEvent(
        event_id=opened.id,
        record_type=opened.type,
        child_id="a-child",
        claim_id="a-claim",
        sender=opened.sender,
        sender_kind=AgencyKind.AUTHORITY,
        headers=tuple(Header(name=name, value=value) for name, value in opened.headers.kept()),
        signature=opened.headers.signature,
        value_digest=opened.value_digest,
        topic=opened.topic,
        key=opened.key.decode(),
        plaintext=opened.plaintext,
        accepted_at=NOW,
        inbound_partition=0,
        inbound_offset=1,
        accepted_offset=1,
    )


def log_opened(wire: WireMessage, key: bytes = CHILD_KEY) -> LoggedEvent | Refusal:
    return open_event(wire, key, DIRECTORY, IDS, NOW)


def test_an_event_is_read_as_it_was_written_and_written_the_same_again() -> None:
    event = logged()
    wire = compose_event(event, CHILD_KEY, WORKER, IDS, cause=MESSAGE_ID, told=(MESSAGE_ID,))
    assert log_opened(wire) == event
    assert wire == compose_event(event, CHILD_KEY, WORKER, IDS, cause=MESSAGE_ID, told=(MESSAGE_ID,))
    assert body_of(event.plaintext, IDS) == REPORT
    headers = dict(wire.headers)
    assert (headers["ce_cause"], headers["ce_told"]) == (MESSAGE_ID.encode(), MESSAGE_ID.encode())


def test_an_event_belongs_to_its_child() -> None:
    event = logged()
    wire = compose_event(event, CHILD_KEY, WORKER, IDS)
    assert reason(log_opened(replace(wire, key=b"another"))) is Reason.BAD_SIGNATURE
    assert reason(log_opened(wire, bytes(32))) is Reason.SEAL_NOT_OPENED
    assert stored_event(wire.value, ChildId("a-child"), EventId(MESSAGE_ID), CHILD_KEY, IDS) == event
    with pytest.raises(RecordNotOpened):
        stored_event(wire.value, ChildId("another"), EventId(MESSAGE_ID), CHILD_KEY, IDS)


def test_an_event_is_a_workers() -> None:
    assert reason(log_opened(compose_event(logged(), CHILD_KEY, BOARD, IDS))) is Reason.UNKNOWN_KEY


def test_the_agencys_own_signature_still_verifies_inside_the_log() -> None:
    event = logged()
    assert statement_verifies(event, DIRECTORY)
    revoked = replace(ROCHDALE_ENTRY, signing_keys=(listed(BOARD, revoked_at=NOW),))
    assert statement_verifies(event, Directory.empty().with_entry(revoked))
    for change in ({"plaintext": event.plaintext + b"x"}, {"value_digest": bytes(32)}, {"topic": "x"}, {"headers": ()}):
        assert not statement_verifies(replace(event, **change), DIRECTORY)


# On `directory`: who is who, under the trust key.


def test_an_entry_is_read_under_the_trust_key_alone() -> None:
    wire = compose_directory_entry(ROCHDALE_ENTRY, TRUST, IDS, NOW)
    assert open_directory_entry(wire, TRUST.public_key, IDS) == ROCHDALE_ENTRY
    assert reason(open_directory_entry(wire, WORKER.public_key, IDS)) is Reason.BAD_SIGNATURE
    assert reason(open_directory_entry(replace(wire, key=b"gmp"), TRUST.public_key, IDS)) is Reason.BAD_SIGNATURE


def test_no_other_record_passes_for_an_entry() -> None:
    under_trust = statement(worker=TRUST, topic="directory")
    assert reason(open_directory_entry(under_trust, TRUST.public_key, IDS)) is Reason.BAD_SIGNATURE
