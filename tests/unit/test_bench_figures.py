"""What the benchmark computes from what it saw: a report's steps, and what one report costs."""

from deploy.bench.agencies import RECIPIENTS
from deploy.bench.budget import Meter, per_report
from deploy.bench.mailboxes import Read
from deploy.bench.steps import steps
from deploy.book_entry import Entry

MAILBOX = f"inbox.{RECIPIENTS[0]}"


def entry(topic: str, name: str, at: int) -> Entry:
    return Entry(topic=topic, partition=0, offset=0, at=at, id=name, type="MissingReported", source="E23000003")


def test_each_step_lies_between_two_appends_and_the_last_ends_with_the_reading() -> None:
    reads = [
        Read(MAILBOX, "Notice", "notice", "one", 10.040, 10.045),
        Read(MAILBOX, "Receipt", "r", "one", 10.011, 10.2),
    ]
    found = steps({"one": 10.0}, [entry("accepted", "one", 10_010)], [entry("events", "one", 10_015)], reads)
    assert {name: each["p50"] for name, each in found.items()} == {
        "intake": 0.01, "identity": 0.005, "register": 0.025, "reader": 0.005,
    }  # fmt: skip


def test_a_repeat_counts_by_its_first_append_and_what_was_not_offered_does_not_count() -> None:
    accepted = [entry("accepted", "one", 10_010), entry("accepted", "one", 19_000), entry("accepted", "other", 1)]
    found = steps({"one": 10.0}, accepted, [], [])
    assert found["intake"]["max"] == 0.01


def test_a_report_costs_its_share_of_what_grew() -> None:
    before = Meter({"events": 100, "register": 7}, {("intake", "sign"): 5.0})
    after = Meter(
        {"events": 300, "register": 7, "audit": 50}, {("intake", "sign"): 205.0, ("register", "verify"): 100.0}
    )
    assert per_report(before, after, 100) == {
        "records_per_report": {"audit": 0.5, "events": 2.0},
        "operations_per_report": {"intake: sign": 2.0, "register: verify": 1.0},
    }
