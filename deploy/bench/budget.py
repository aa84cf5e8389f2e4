"""The load budget of one report as it was: records on each topic, operations with keys in each worker.

Records are the growth of each topic's end at the broker; operations are counted in the workers of the benchmark
(`faulty/counting.py`). Both are taken before and after a phase and shared among its reports, so that what reports cause
later, as acknowledgements, counts too.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import httpx
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec
from prometheus_client.parser import text_string_to_metric_families

from deploy.bench.faulty.counting import COUNTED
from deploy.home import WORKERS

_TIMEOUT: Final = 10.0
_INBOX: Final = "inbox."
_MAILBOXES: Final = "inbox.*"


@dataclass(frozen=True, slots=True)
class Meter:
    """What had been written and computed at one moment: records by topic, operations by worker."""

    records: Mapping[str, int]
    operations: Mapping[tuple[str, str], float]

    @classmethod
    def read(cls, client: AdminClient, pages: Mapping[str, str]) -> Self:
        """Ask the broker for the ends of its topics, and each worker's metrics page."""
        return cls(_ends(client), {key: count for name in WORKERS for key, count in _operations(name, pages[name])})


def per_report(before: Meter, after: Meter, reports: int) -> dict[str, dict[str, float]]:
    """Records by topic and operations by worker, each for one report; what did not grow is left out."""
    grown = Counter(after.records)
    grown.subtract(before.records)
    counted = {
        f"{worker}: {operation}": count - before.operations.get((worker, operation), 0.0)
        for (worker, operation), count in after.operations.items()
    }
    return {
        "records_per_report": _shares(grown, reports),
        "operations_per_report": _shares(counted, reports),
    }


def _shares(totals: Mapping[str, float], reports: int) -> dict[str, float]:
    return {name: round(total / reports, 2) for name, total in sorted(totals.items()) if total > 0}


def _ends(client: AdminClient) -> dict[str, int]:
    topics = client.list_topics(timeout=_TIMEOUT).topics
    places = [TopicPartition(name, number) for name, topic in topics.items() for number in topic.partitions]
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # confluent-kafka leaves it untyped
    ends: Counter[str] = Counter()
    for place, end in client.list_offsets(dict.fromkeys(places, latest), request_timeout=_TIMEOUT).items():
        name = _MAILBOXES if place.topic.startswith(_INBOX) else place.topic
        ends[name] += end.result().offset
    return {name: end for name, end in ends.items() if not name.startswith("__")}


def _operations(worker: str, page: str) -> list[tuple[tuple[str, str], float]]:
    text = httpx.get(page, timeout=_TIMEOUT).text
    return [
        ((worker, sample.labels["operation"]), sample.value)
        for family in text_string_to_metric_families(text)
        if family.name == COUNTED
        for sample in family.samples
        if sample.name.endswith("_total")
    ]
