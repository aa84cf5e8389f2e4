"""Whether this hub runs on a demonstration's fast clock: read once, before a worker takes its first record.

`HubTime` records stand on a topic of their own, signed with the trust key. They are believed only where the
installation's trust key is marked as a demonstration's; anywhere else one is an error in the log, and hub time is the
broker's. Whoever publishes one does so before the workers start (`deploy.hub_time`).
"""

from contextlib import AsyncExitStack
from ssl import SSLContext

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.hub_time import HubTimes
from hub.messages import Refusal, WireMessage
from hub.messages.by_trust import HUB_TIME, open_hub_time
from schemas.codec import SchemaIds
from schemas.records import HubTime
from streams.settings import WorkerSettings
from streams.stretches import AT_ITS_END_MS

_log = structlog.get_logger()


async def hub_times(settings: WorkerSettings, trust_key: bytes, ids: SchemaIds) -> HubTimes:
    """The hub's time as its topic says, if this installation is a demonstration's; else real time."""
    records = await read_hub_time(settings.bootstrap, settings.ssl_context(), trust_key, ids)
    if records and not settings.trust_key_is_demo:
        _log.error("hub_time_refused", records=len(records), why="the trust key is not marked as a demonstration's")
        return HubTimes.real()
    return HubTimes.of(records)


async def read_hub_time(bootstrap: str, tls: SSLContext, trust_key: bytes, ids: SchemaIds) -> list[HubTime]:
    """Every record of the topic that the trust key signed, in order."""
    partition = TopicPartition(HUB_TIME, 0)
    found = []
    async with AsyncExitStack() as stack:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            security_protocol="SSL",
            ssl_context=tls,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=AT_ITS_END_MS,
        )
        await consumer.start()
        stack.push_async_callback(consumer.stop)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        while await consumer.position(partition) < end:
            for record in (await consumer.getmany(partition, timeout_ms=500)).get(partition, []):
                wire = WireMessage(
                    topic=HUB_TIME, key=record.key or b"", headers=list(record.headers), value=record.value or b""
                )
                opened = open_hub_time(wire, trust_key, ids)
                if isinstance(opened, Refusal):
                    _log.error("hub_time_refused", offset=record.offset, why=opened.reason.value)
                else:
                    found.append(opened)
    return found
