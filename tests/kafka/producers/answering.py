"""A small hub for the sending side: a signed directory, an ear on `inbound`, and receipts; crypto and Kafka are real.

It decides by a table that a test sets (`refuses`), because what a sender must survive is the answer, whatever led
to it. The whole of intake is tested in its own room.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from deploy import pki
from hub.directory import Directory
from hub.ids import HUB, AgencyId, derived_id
from hub.messages import (
    OpenedMessage,
    Refusal,
    WireMessage,
    compose_directory_entry,
    compose_from_hub,
    open_message,
)
from hub.sealing import OpeningKeys, SealingSuite, new_private_key, public_key
from hub.signing import Signer
from producers import Connection, Installation
from producers.schema_ids import write_schema_ids
from schemas.codec import SchemaIds
from schemas.records import (
    AgencyKind,
    DirectoryEntry,
    Finding,
    FindingKind,
    Receipt,
    ReceiptOutcome,
    SealingKey,
    SigningKey,
)
from tests.kafka.conftest import RunningHub

IDS = SchemaIds.local()
LONG_AGO = datetime.now(UTC) - timedelta(days=1)


def new_signer(key_id: str) -> Signer:
    return Signer.from_bytes(key_id, secrets.token_bytes(32))


class AnsweringHub:
    """The hub of one test. `arrived` are the messages as they came, in order of offset, repeats included."""

    def __init__(self, running: RunningHub) -> None:
        self.running = running
        self.trust = new_signer("trust")
        self.worker = new_signer("intake-0")
        self.sealing = new_private_key(SealingSuite.X25519, secrets.token_bytes(32))
        self.agency_sealing = new_private_key(SealingSuite.X25519, secrets.token_bytes(32))
        self.directory = Directory.empty()
        self.arrived: list[tuple[WireMessage, OpenedMessage]] = []
        self.refuses: dict[str, Finding] = {}
        self.is_answering = True
        self._version = int(datetime.now(UTC).timestamp())
        self._changed = asyncio.Event()

    def installation(self, folder: Path, agency: str = "E08000005", key_id: str = "rochdale-1") -> Installation:
        """A new installation of an agency, with files of its own."""
        cache = folder / "cache"
        write_schema_ids(cache / "schema_ids.json", IDS)
        return Installation(
            agency=AgencyId(agency),
            agency_name="Rochdale",
            connection=self.connection(agency),
            signer=new_signer(key_id),
            opening_keys=OpeningKeys.of({"rochdale-seal": self.agency_sealing}),
            trust_key=self.trust.public_key,
            schema_registry="https://127.0.0.1:1",
            outbox=folder / "outbox" / "reports.sqlite3",
            marks=folder / "marks",
            cache=cache,
        )

    def connection(self, principal: str, bootstrap: str | None = None) -> Connection:
        return Connection(
            bootstrap_servers=bootstrap or self.running.bootstrap,
            client_id=principal,
            ssl_context=pki.ssl_context(self.running.certificates, principal),
        )

    async def publish_directory(self, *installations: Installation) -> None:
        """Sign and publish the hub's entry, and one for each agency with the keys of its installations."""
        self._version += 1
        entries = [self._entry(HUB, AgencyKind.HUB, (self.worker,), self.sealing)]
        for agency in sorted({each.agency for each in installations}):
            signers = tuple(each.signer for each in installations if each.agency == agency)
            entries.append(self._entry(agency, AgencyKind.AUTHORITY, signers, self.agency_sealing))
        async with self.connection("admin").producer() as producer:
            for entry in entries:
                self.directory = self.directory.with_entry(entry)
                await _send(producer, compose_directory_entry(entry, self.trust, IDS, datetime.now(UTC)))

    def _entry(self, agency: AgencyId, kind: AgencyKind, signers: tuple[Signer, ...], sealing: bytes) -> DirectoryEntry:
        return DirectoryEntry(
            agency_id=agency,
            name=agency,
            official_name=agency,
            kind=kind,
            approved=True,
            connected=True,
            version=self._version,
            valid_from=LONG_AGO,
            signing_keys=tuple(
                SigningKey(key_id=each.key_id, public_key=each.public_key, installation="test", valid_from=LONG_AGO)
                for each in signers
            ),
            sealing_keys=(
                SealingKey(
                    key_id=f"{agency}-seal", suite=sealing[0], public_key=public_key(sealing), valid_from=LONG_AGO
                ),
            ),
        )

    async def listen(self) -> None:
        """Read `inbound` from where it ends now, and answer."""
        partitions = [TopicPartition("inbound", number) for number in range(8)]
        async with self.connection("admin").reader() as consumer, self.connection("admin").producer() as producer:
            consumer.assign(partitions)
            await consumer.seek_to_end(*partitions)
            for partition in partitions:
                await consumer.position(partition)
            self._listening.set()
            await self._answer_all(consumer, producer)

    async def _answer_all(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        keys = OpeningKeys.of({"hub-seal": self.sealing})
        async for record in consumer:
            wire = wire_of(record)
            at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            opened = open_message(wire, self.directory, keys, IDS, at)
            assert not isinstance(opened, Refusal), opened.findings
            self.arrived.append((wire, opened))
            if self.is_answering:
                await _send(producer, self.receipt(opened, at))
            self._changed.set()

    def receipt(self, opened: OpenedMessage, at: datetime, signer: Signer | None = None) -> WireMessage:
        refused = self.refuses.get(opened.type)
        receipt = Receipt(
            message_id=opened.id,
            message_type=opened.type,
            outcome=ReceiptOutcome.REJECTED if refused else ReceiptOutcome.ACCEPTED,
            findings=(refused,) if refused else (),
            accepted_at=None if refused else at,
            value_digest=opened.value_digest,
        )
        seal_to = self.directory.sealing_key(opened.sender, at)
        return compose_from_hub(
            receipt,
            topic=f"inbox.{opened.sender}",
            key=opened.id.encode(),
            message_id=derived_id(opened.id, "receipt"),
            time=at,
            worker=signer or self.worker,
            ids=IDS,
            seal_to=seal_to,
            salt=bytes(16),
        )

    async def has_received(self, count: int) -> None:
        """Return once so many messages have arrived."""
        while len(self.arrived) < count:
            self._changed.clear()
            await self._changed.wait()

    @property
    def sequences(self) -> list[int | None]:
        return [opened.sequence for _, opened in self.arrived]

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        self._listening = asyncio.Event()
        task = asyncio.create_task(self.listen())
        try:
            await self._listening.wait()
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def refusal_of_key() -> Finding:
    return Finding(
        field="ce_keyid",
        rule="names a key that has expired",
        remedy="use the agency's current key; sign again and send with the same id",
        kind=FindingKind.FAULT,
    )


def wire_of(record: ConsumerRecord[bytes | None, bytes | None]) -> WireMessage:
    return WireMessage(
        topic=record.topic, key=record.key or b"", headers=tuple(record.headers), value=record.value or b""
    )


async def _send(producer: AIOKafkaProducer, wire: WireMessage) -> None:
    await producer.send_and_wait(wire.topic, value=wire.value, key=wire.key, headers=list(wire.headers))
