"""How many records the workers have not handled yet, from the broker's own positions."""

from dataclasses import dataclass
from typing import Final

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

STEPS: Final = {
    "homeward-intake": ("inbound", 8),
    "homeward-identity": ("accepted", 1),
    "homeward-register": ("events", 8),
}
_TIMEOUT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Lag:
    """Of all groups together, in records."""

    behind: int
    """Between what each committed and the end of what it reads."""
    handled: int
    """What they committed."""


def lag(client: AdminClient) -> Lag:
    """How far the workers are, and how far they are behind."""
    behind = so_far = 0
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # confluent-kafka leaves it untyped
    for group, (topic, partitions) in STEPS.items():
        wanted = [TopicPartition(topic, number) for number in range(partitions)]
        ends = client.list_offsets(dict.fromkeys(wanted, latest), request_timeout=_TIMEOUT)
        request = ConsumerGroupTopicPartitions(group, wanted)
        committed = client.list_consumer_group_offsets([request], request_timeout=_TIMEOUT)[group].result()
        handled = {each.partition: max(each.offset, 0) for each in committed.topic_partitions}
        behind += sum(end.result().offset - handled.get(place.partition, 0) for place, end in ends.items())
        so_far += sum(handled.values())
    return Lag(behind, so_far)
