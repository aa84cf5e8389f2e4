"""The yardstick: one record from a producer to a consumer through the same broker, nothing in between."""

import asyncio
import time
from ssl import SSLContext

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

_RECORD_BYTES = 1300


async def bare_hop(bootstrap: str, tls: SSLContext, topic: str, per_second: float, seconds: float) -> list[float]:
    """Seconds from the broker's append to the reading, sorted, at the same rate and record size as the reports."""
    connection = {"bootstrap_servers": bootstrap, "security_protocol": "SSL", "ssl_context": tls}
    partition = TopicPartition(topic, 0)
    wanted = int(per_second * seconds)
    latencies: list[float] = []
    async with AIOKafkaConsumer(**connection) as consumer, AIOKafkaProducer(**connection, acks="all") as producer:
        consumer.assign([partition])
        await consumer.seek_to_end(partition)
        await consumer.position(partition)

        async def read() -> None:
            while len(latencies) < wanted:
                batch = await consumer.getmany(partition, timeout_ms=200)
                now = time.time()
                latencies.extend(now - record.timestamp / 1000 for record in batch.get(partition, ()))

        reading = asyncio.create_task(read())
        start = time.monotonic()
        for number in range(wanted):
            if (early := start + number / per_second - time.monotonic()) > 0:
                await asyncio.sleep(early)
            await producer.send(topic, bytes(_RECORD_BYTES), partition=0)
        async with asyncio.timeout(30):
            await reading
    return sorted(latencies)
