"""Faust's app as every worker has it: its transport, its tables, and everything off that a worker must not have."""

from collections.abc import Callable
from typing import Final

import faust

from streams.in_hand import InHand
from streams.partitions import partitioner
from streams.settings import WorkerSettings
from streams.table import DurableTable, PromptTables
from streams.transport import HubTransport

QUEUED: Final = 512
"""Records that wait here, and as many in Faust: several batches. In a backlog more would only fill the memory."""


class WorkerApp(faust.App):
    """Faust's app with our transport, whichever scheme its broker address has."""

    hand: InHand
    """What the worker has in hand: for a processor that knows better which record a piece of its work is of."""
    on_progress: Callable[[bool], None]
    """What the shell does when a processor says that it gets on."""

    def progressed(self, *, absolves: bool = True) -> None:
        """Say that a long piece of work gets on: it does not hang, and if it dies, then not where it died before.

        Without `absolves` it may: what was done says nothing of what the worker died over.
        """
        self.on_progress(absolves)

    def _new_transport(self) -> HubTransport:
        return HubTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> HubTransport:
        return HubTransport(self.conf.broker_producer, self)


def worker_app(name: str, partitions: int, settings: WorkerSettings) -> WorkerApp:
    """An app with everything off that a worker of the hub must not have: web server, discovery, leader topic."""
    data_dir = settings.data_dir / name
    data_dir.mkdir(parents=True, exist_ok=True)
    return WorkerApp(
        name,
        broker=f"aiokafka://{settings.bootstrap}",
        broker_credentials=faust.SSLCredentials(settings.ssl_context()),
        web_enabled=False,
        autodiscover=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        store="rocksdb://",
        datadir=data_dir,
        topic_partitions=partitions,
        topic_replication_factor=1,
        value_serializer="raw",
        key_serializer="raw",
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.heartbeat_seconds,
        broker_commit_interval=1.0,
        producer_acks=-1,
        producer_linger_ms=0,
        producer_partitioner=partitioner,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.instance,
        stream_buffer_maxsize=QUEUED,
        stream_wait_empty=False,  # it waits for what Faust delivered; we wait for the batch in hand
        Table=DurableTable,
        TableManager=PromptTables,
    )
