"""The reader of the benchmark, a process of its own: every mailbox, by the ids in the headers, with the time read.

It opens nothing. Each second it acknowledges what it fetched for each mailbox, as an agency's own client does. Run as
`python -m deploy.bench.reader FILE`; FILE (a pickle that only the benchmark writes) says where the broker is and which
keys to sign with. Ends at SIGTERM, and leaves what it read beside FILE.
"""

import asyncio
import contextlib
import pickle
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy import pki
from deploy.bench.agencies import RECIPIENTS, fetched
from deploy.bench.mailboxes import Read, ReaderTask
from deploy.provision import ADMINISTRATOR
from hub.directory import Directory
from schemas.codec import SchemaIds

_MOST: Final = 500


async def main(task: ReaderTask, began: Callable[[], None]) -> list[Read]:
    """Read until told to stop; what was read."""
    tls = pki.ssl_context(task.certificates, ADMINISTRATOR)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=task.bootstrap, security_protocol="SSL", ssl_context=tls, auto_offset_reset="earliest"
    )
    producer = AIOKafkaProducer(bootstrap_servers=task.bootstrap, security_protocol="SSL", ssl_context=tls, acks="all")
    reads: list[Read] = []
    unacknowledged: dict[str, list[tuple[str, str]]] = defaultdict(list)
    async with consumer, producer:
        partitions = [TopicPartition(mailbox, 0) for mailbox in task.mailboxes]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        acknowledging = asyncio.create_task(_acknowledge(task, producer, unacknowledged))
        began()
        while not stop.is_set():
            batches = await consumer.getmany(timeout_ms=200)
            now = time.time()
            for partition, records in batches.items():
                for record in records:
                    headers = {name: value or b"" for name, value in record.headers}
                    record_type = headers["ce_type"].decode()
                    notice = headers["ce_id"].decode()
                    cause = (headers.get("ce_cause") or headers.get("ce_subject", b"")).decode()
                    reads.append(Read(partition.topic, record_type, notice, cause, record.timestamp / 1000, now))
                    if record_type == "Notice":
                        unacknowledged[partition.topic].append((notice, record.key.decode()))
        acknowledging.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await acknowledging
    return reads


async def _acknowledge(task: ReaderTask, producer: AIOKafkaProducer, waiting: dict[str, list[tuple[str, str]]]) -> None:
    """One message a second a mailbox, of at most 500 notices."""
    directory = Directory.empty()
    for entry in task.entries:
        directory = directory.with_entry(entry)
    ids = SchemaIds.from_mapping(task.fingerprints)
    agencies = {f"inbox.{agency.agency}": agency for agency in task.agencies if agency.agency in RECIPIENTS}
    while True:
        await asyncio.sleep(1)
        for mailbox, agency in agencies.items():
            pairs, waiting[mailbox] = waiting[mailbox][:_MOST], waiting[mailbox][_MOST:]
            if pairs:
                wire = agency.message(fetched(pairs), directory, ids)
                await producer.send(wire.topic, wire.value, key=wire.key, headers=list(wire.headers))


if __name__ == "__main__":
    FILE = Path(sys.argv[1])
    TASK: ReaderTask = pickle.loads(FILE.read_bytes())  # noqa: S301 - written by the benchmark itself a moment ago
    READS = asyncio.run(main(TASK, FILE.with_suffix(".ready").touch))
    FILE.with_suffix(".read").write_bytes(pickle.dumps(READS))
