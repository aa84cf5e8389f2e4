"""What a worker tells Prometheus, as samples by name and labels."""

import asyncio
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from deploy import topics
from deploy.home import PROCESSES, WORKER_GROUPS
from tests.kafka.way.town import PATIENCE, Town

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Scrape:
    """Every sample of our metrics that one process showed at one time."""

    samples: Mapping[tuple[str, Labels], float]

    def value(self, name: str, **labels: str) -> float:
        """One sample; nought where the process does not show it yet."""
        return self.samples.get((name, frozenset(labels.items())), 0.0)

    def total(self, name: str) -> float:
        """All samples of this name together."""
        return sum(value for (each, _), value in self.samples.items() if each == name)

    def since(self, before: "Scrape") -> "Scrape":
        """By how much each sample has changed; those that have not are left out."""
        changed = {key: value - before.samples.get(key, 0.0) for key, value in self.samples.items()}
        return Scrape({key: value for key, value in changed.items() if value})

    def named(self, name: str) -> dict[Labels, float]:
        """The samples of this name, by labels."""
        return {labels: value for (each, labels), value in self.samples.items() if each == name}


async def scraped(town: Town) -> dict[str, Scrape]:
    """The samples of every process of the hub, by its name."""
    pages = await asyncio.gather(*(asyncio.to_thread(scrape, town.hub.running.metrics[name]) for name in PROCESSES))
    return dict(zip(PROCESSES, pages, strict=True))


async def caught_up(town: Town) -> None:
    """Return once each of the hub's own workers says that it has every partition of its topic, and lacks nothing of it.

    What is left in Kafka says less: a worker that got partitions back reads again what another had acknowledged.
    """
    wanted = {topic.name: topic.partitions for topic in topics.hub_topics()}
    async with asyncio.timeout(PATIENCE):
        while await _partitions(town) != {topic: wanted[topic] for _, topic in WORKER_GROUPS.values()}:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.2)


async def _partitions(town: Town) -> dict[str, float]:
    """How many partitions the workers have caught up with, by topic; nothing while one is being started."""
    try:
        pages = await scraped(town)
    except OSError:
        return {}
    return {
        topic: pages[worker].value("homeward_partitions_caught_up", topic=topic)
        for worker, (_, topic) in WORKER_GROUPS.items()
    }


def scrape(address: str) -> Scrape:
    """The samples of one process."""
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - our own worker, on loopback
        page: str = answer.read().decode()
    return Scrape(
        {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
            if sample.name.startswith("homeward_") and not sample.name.endswith("_created")
        }
    )
