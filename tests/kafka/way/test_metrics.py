"""What the workers tell Prometheus of a known set of messages, against what stands in the topics.

One child is reported by a council and by police, who differ on one field; one message comes twice, one cannot be read.
Each figure is compared as the difference that these made, read from every process over HTTP.
"""

import asyncio
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from deploy import check, topics
from deploy.home import PROCESSES, WORKER_GROUPS, WORKERS
from hub.entry.register_entry import STATUS_IN_CLEAR
from hub.refusal import Reason
from hub.rulebook import packaged_rulebook
from schemas.codec import encode
from schemas.records import (
    Address,
    AgencyKind,
    Ask,
    ClaimOutcome,
    Identifier,
    IdentifierKind,
    MissingReported,
    NoticeKind,
    Person,
    ReceiptOutcome,
    RiskGrade,
)
from streams.metrics_page import labels
from tests.kafka.way.scraping import Labels, Scrape, caught_up, scraped
from tests.kafka.way.town import AGENCIES, POLICE, ROCHDALE, SALFORD, Seen, Town, id_of, missing_report

pytestmark = pytest.mark.timeout(300)

_PATIENCE: Final = 20.0
_REPORT: Final = "MissingReported"


def report_of(reference: str, ethnicity: str, hours_ago: int) -> MissingReported:
    """A report of the one child: number, name and birth date agree, and so it is linked; the ethnicity is said."""
    now = datetime.now(UTC).replace(microsecond=0)
    nhs = Identifier(kind=IdentifierKind.NHS_NUMBER, value="9990000409")
    person = Person(
        given_names="Testa", family_name="Example Measured", date_of_birth=date(2012, 3, 4), identifiers=(nhs,),
        home=Address(area_code=ROCHDALE), ethnicity=ethnicity,
    )  # fmt: skip
    return missing_report(reference, person=person, occurred_at=now - timedelta(hours=hours_ago))


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was sent, and by how much the figures of each worker changed by it."""

    council: str
    police: str
    delays: Mapping[str, float]
    """Seconds from what was told of to its acceptance, by kind of agency, by the broker's clock."""
    changed: Mapping[str, Scrape]
    after: Mapping[str, Scrape]


@pytest.fixture(scope="module")
async def measured(town: Town) -> Measured:
    """Send the set, once, and read every process before and after."""
    await quiet(town)
    before = await scraped(town)
    council, police = town.installation(SALFORD), town.installation(POLICE)
    from_council = report_of("measured-council", "W1", 2)
    from_police = report_of("measured-police", "W9", 3)
    first, second = council.write(from_council), police.write(from_police)
    await town.send(first)
    await town.told(id_of(first), POLICE, ROCHDALE)
    await town.send(second)
    unreadable = council.write_framed(encode(missing_report("unreadable"), town.ids)[:-3])
    await town.send(first, unreadable)
    assert (await town.receipt(SALFORD, id_of(unreadable))).outcome is ReceiptOutcome.REJECTED
    await town.until(lambda: len(town.receipts(SALFORD, id_of(first))) == 2, "the receipt again")
    (at_register,) = town.with_id("events", id_of(first))
    await town.until(
        lambda: [seen.key for seen in town.with_id("events", id_of(second))] == [at_register.key],
        "the two as one child",
    )
    await quiet(town)
    after = await scraped_at_rest(town)
    return Measured(
        council=id_of(first),
        police=id_of(second),
        delays={
            "authority": delay(town, id_of(first), from_council),
            "police": delay(town, id_of(second), from_police),
        },
        changed={name: after[name].since(before[name]) for name in after},
        after=after,
    )


async def quiet(town: Town) -> None:
    """Wait until no worker has anything left to read or to handle, and each has said so to Prometheus since."""
    await caught_up(town)
    deadline = time.monotonic() + _PATIENCE
    while await check.waiting(town.home, town.hub.running):
        assert time.monotonic() < deadline, "the workers do not come to rest"
        await asyncio.sleep(0.2)
    await asyncio.sleep(1.5)  # the figures about what is left are taken once a second


async def scraped_at_rest(town: Town) -> dict[str, Scrape]:
    """Every process, once each says that it has handled all there is; their last word where that never comes.

    A worker that writes to the topic it reads is behind by its own record until its figures are next taken.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        pages = await scraped(town)
        if all(pages[worker].named("homeward_position") == ends(pages[worker]) for worker in WORKER_GROUPS):
            return pages
        if time.monotonic() > deadline:
            return pages
        await asyncio.sleep(0.5)


def ends(page: Scrape) -> dict[Labels, float]:
    """The ends of those partitions that a worker reads."""
    found = page.named("homeward_end_of_log")
    return {partition: found[partition] for partition in page.named("homeward_position")}


def delay(town: Town, message: str, report: MissingReported) -> float:
    assert report.occurred_at is not None
    return (accepted_at(town, message) - report.occurred_at).total_seconds()


def notices_of(town: Town, *causes: str) -> list[Seen]:
    found = [seen for agency in AGENCIES for seen in town.inbox(agency) if seen.header("ce_type") == "Notice"]
    return [seen for seen in found if seen.header("ce_cause") in causes]


def accepted_at(town: Town, message: str) -> datetime:
    return min(seen.at for seen in town.with_id("inbound", message))


async def test_the_time_from_report_to_inbox_is_that_of_the_brokers_stamps(town: Town, measured: Measured) -> None:
    notices = notices_of(town, measured.council, measured.police)
    took = [(seen.at - accepted_at(town, seen.header("ce_cause"))).total_seconds() for seen in notices]
    assert len(took) >= 2
    counted = measured.changed["register"].named("homeward_report_to_inbox_seconds_count")
    summed = measured.changed["register"].named("homeward_report_to_inbox_seconds_sum")
    of_reports = {each: value for each, value in counted.items() if dict(each)["message_type"] == _REPORT}
    assert sum(of_reports.values()) == len(took)
    assert {dict(each)["risk"] for each in of_reports} <= {"medium", "high"}, "an ungraded child counts as one of these"
    seconds = sum(value for each, value in summed.items() if each in of_reports)
    assert seconds == pytest.approx(sum(took), abs=0.002 * len(took))


async def test_every_step_of_the_way_is_timed_once_for_each_that_takes_it(town: Town, measured: Measured) -> None:
    took = {worker: measured.changed[worker].value("homeward_step_seconds_count", step=worker) for worker in WORKERS}
    notices = [seen for agency in AGENCIES for seen in town.inbox(agency) if seen.header("ce_type") == "Notice"]
    assert (took["intake"], took["identity"]) == (4, 2)
    assert len(notices_of(town, measured.council, measured.police)) <= took["register"] <= len(notices)
    for worker in WORKERS:
        total = measured.changed[worker].value("homeward_step_seconds_sum", step=worker)
        assert 0 < total < took[worker] * _PATIENCE
        assert {dict(each)["step"] for each in measured.after[worker].named("homeward_step_seconds_count")} == {worker}


async def test_the_reporting_delay_is_from_what_happened_to_acceptance(measured: Measured) -> None:
    for kind, seconds in measured.delays.items():
        assert measured.changed["intake"].value("homeward_reporting_delay_seconds_count", agency_kind=kind) == 1
        took = measured.changed["intake"].value("homeward_reporting_delay_seconds_sum", agency_kind=kind)
        assert took == pytest.approx(seconds, abs=0.002)


async def test_intake_counts_each_answer_by_outcome_and_reason(town: Town, measured: Measured) -> None:
    outcomes = [town.receipts(SALFORD, measured.council)[0].outcome, town.receipts(POLICE, measured.police)[0].outcome]
    wanted: dict[tuple[str, str], float] = {("duplicate", ""): 1, ("rejected", Reason.UNDECODABLE.value): 1}
    for outcome in outcomes:
        wanted[outcome.value, ""] = wanted.get((outcome.value, ""), 0) + 1
    counted = measured.changed["intake"].named("homeward_intake_results_total")
    assert {(dict(each)["outcome"], dict(each)["reason"]): value for each, value in counted.items()} == wanted


async def test_identity_counts_a_first_and_a_linked_claim(measured: Measured) -> None:
    decided = measured.changed["identity"].named("homeward_identity_decisions_total")
    assert {dict(each)["outcome"]: value for each, value in decided.items()} == {"first": 1, "link": 1}


async def test_the_register_counts_one_entry_and_the_one_field_on_which_the_two_differ(measured: Measured) -> None:
    changed = measured.changed["register"]
    assert {dict(each)["status"]: value for each, value in changed.named("homeward_register_entries").items()} == {
        "missing": 1
    }
    differ = changed.named("homeward_disagreements")
    assert differ[frozenset({"field": "person.ethnicity", "kinds": "authority+police"}.items())] == 1
    assert {dict(each)["kinds"] for each in differ} == {"authority+police"}


async def test_notices_are_counted_by_what_they_ask(town: Town, measured: Measured) -> None:
    opened = [
        notice
        for agency in (POLICE, ROCHDALE, SALFORD)
        for notice in town.notices(agency, caused_by=[measured.council, measured.police])
    ]
    news = [notice for notice in opened if notice.kind is NoticeKind.NEWS]
    assert {notice.recipient for notice in news} >= {POLICE, ROCHDALE}
    for ask in Ask:
        sent = measured.changed["register"].value("homeward_notices_total", kind=NoticeKind.NEWS.value, ask=ask.value)
        assert sent == sum(notice.ask is ask for notice in news)


async def test_nothing_is_left_to_handle_when_the_workers_are_at_rest(town: Town, measured: Measured) -> None:
    for worker, (_, topic) in WORKER_GROUPS.items():
        after = measured.after[worker]
        assert after.named("homeward_consumer_lag_records") == {frozenset({("topic", topic)}): 0}
        assert after.total("homeward_accepted_not_folded") == 0
        handled = after.named("homeward_position")
        assert ends(after) == handled
        assert sum(handled.values()) > 0
        assert measured.changed[worker].total("homeward_unroutable_total") == 0
    assert len(town.seen["accepted"]) <= measured.after["identity"].total("homeward_position")


async def test_labels_are_closed_vocabularies_and_name_nobody(measured: Measured) -> None:
    vocabulary = allowed()
    seen: set[str] = set()
    for worker, after in measured.after.items():
        for name, labelled in after.samples:
            for label, value in labelled:
                assert vocabulary[label].fullmatch(value), f"{worker}: {name} has {label}={value!r}"
                seen.add(label)
    assert labels() - {"duty", "what"} <= seen, "what nobody shows here is what is due"
    said = str([list(after.samples) for after in measured.after.values()])
    assert not any(word in said for word in ("Testa", "Example", *AGENCIES))


def allowed() -> dict[str, re.Pattern[str]]:
    """How each label may read; one that has no line here is a fault."""
    kinds = one_of(kind.value for kind in AgencyKind)
    fields = r"[a-z_]+(\.[a-z_0-9*\[\]]+)*"
    outcomes = {"duplicate", "rejected", "accepted", "accepted_with_gaps", *(outcome.value for outcome in ClaimOutcome)}
    return {
        label: re.compile(pattern)
        for label, pattern in {
            "message_type": r"[A-Z][A-Za-z]+",
            "risk": one_of(grade.value for grade in RiskGrade),
            "step": one_of((*WORKERS, "stored", "fetched", "opened", "taken")),
            "agency_kind": kinds,
            "outcome": one_of(outcomes),
            "reason": one_of(("", *Reason)),
            "status": one_of({"closed", *STATUS_IN_CLEAR.values()}),
            "field": fields,
            "kinds": rf"{kinds}\+{kinds}",
            "kind": one_of(kind.value for kind in NoticeKind),
            "ask": one_of(ask.value for ask in Ask),
            "topic": one_of(topic.name for topic in topics.hub_topics()),
            "partition": "[0-7]",
            "duty": one_of(row.duty for row in packaged_rulebook().deadlines.rows),
            "what": "owed|offered|held|held_within_72h_raw|held_within_72h_paused|not_held",
            "le": r"[0-9.e+]+|\+Inf",
            "version": r"[0-9][0-9a-z.+]*",
            "worker": f"homeward-{one_of(PROCESSES)}",
        }.items()
    }


def one_of(words: Iterable[str]) -> str:
    return "(" + "|".join(map(re.escape, words)) + ")"
