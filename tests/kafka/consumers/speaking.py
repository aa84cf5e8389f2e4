"""A small hub for the reading side: a signed directory, notices, receipts, register entries and keys.

Everything it writes is composed by the core's own functions and written with the certificate of the worker whose
work it is; what is tested is the reader.
"""

import asyncio
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from consumers import Connection, Reader
from deploy import pki
from hub.directory import Directory
from hub.entry.key_wraps import record_key, wraps
from hub.entry.register_entry import seal_entry
from hub.entry.view import EpisodeView
from hub.ids import HUB, AgencyId, KeyId, derived_id
from hub.messages import (
    OpenedMessage,
    WireMessage,
    compose_directory_entry,
    compose_from_hub,
    open_message,
)
from hub.sealing import OpeningKeys, SealingSuite, derived_salt, new_private_key, public_key
from hub.signing import Signer
from schemas.codec import SchemaIds
from schemas.records import (
    Acknowledged,
    AgencyKind,
    Ask,
    DirectoryEntry,
    Disclosure,
    Notice,
    NoticeKind,
    Receipt,
    ReceiptOutcome,
    Record,
    SealingKey,
    SigningKey,
)
from tests.kafka.conftest import RunningHub

IDS = SchemaIds.local()
LONG_AGO = datetime.now(UTC) - timedelta(days=1)


def new_signer(key_id: str) -> Signer:
    return Signer.from_bytes(key_id, secrets.token_bytes(32))


def new_sealing() -> bytes:
    return new_private_key(SealingSuite.X25519, secrets.token_bytes(32))


class SpeakingHub:
    """The hub of one test: keys of its own, on the broker that all tests share."""

    def __init__(self, running: RunningHub, agency: str, folder: Path) -> None:
        self.running = running
        self.agency = AgencyId(agency)
        self.trust = new_signer("trust")
        self.worker = new_signer(f"register-{uuid4().hex[:6]}")
        self.sealing = new_sealing()
        self.agency_sealing = new_sealing()
        self.reader_signer = new_signer(f"inbox-{uuid4().hex[:6]}")
        self.directory = Directory.empty()
        self._folder = folder
        self._version = int(datetime.now(UTC).timestamp())

    def reader(self, memory: str = "inbox.sqlite") -> Reader:
        """The agency's reader; each memory is a machine of its own."""
        return Reader(
            agency=self.agency,
            connection=self.connection(self.agency),
            opening_keys=OpeningKeys.of({"agency-seal": self.agency_sealing}),
            trust_key=self.trust.public_key,
            schema_registry="https://127.0.0.1:1",
            ids=IDS,
            group=f"inbox.{self.agency}",
            signer=self.reader_signer,
            memory=self._folder / memory,
        )

    def connection(self, principal: str) -> Connection:
        return Connection(
            bootstrap_servers=self.running.bootstrap,
            client_id=principal,
            ssl_context=pki.ssl_context(self.running.certificates, principal),
        )

    async def publish_directory(self, *more: Signer) -> None:
        """Sign and publish the hub's entry, with its worker's key and these, and the agency's."""
        self._version += 1
        for entry in (
            self._entry(HUB, AgencyKind.HUB, (self.worker, *more), self.sealing),
            self._entry(self.agency, AgencyKind.AUTHORITY, (self.reader_signer,), self.agency_sealing),
        ):
            self.directory = self.directory.with_entry(entry)
            await self.send("trust", [compose_directory_entry(entry, self.trust, IDS, datetime.now(UTC))])

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
                SealingKey(key_id=f"{agency}-seal", suite=1, public_key=public_key(sealing), valid_from=LONG_AGO),
            ),
        )

    async def send(self, principal: str, messages: Iterable[WireMessage]) -> None:
        """Write messages as one of the hub's principals."""
        async with self.connection(principal).producer() as producer:
            for wire in messages:
                headers = [(name, value or b"") for name, value in wire.headers]
                await producer.send_and_wait(wire.topic, wire.value, key=wire.key, headers=headers)

    def notice(self, number: int) -> Notice:
        """One notice for the agency; the same number is the same notice."""
        return Notice(
            notice_id=derived_id(f"{self.worker.key_id}/{number}", "notice"),
            episode_id=derived_id(f"{self.worker.key_id}/{number}", "episode"),
            reference=f"HW-{number:04}",
            kind=NoticeKind.NEWS,
            ask=Ask.ACTION,
            purpose="responsible_authority",
            recipient=self.agency,
            desk="duty",
            what_happened=f"A child is missing ({number}).",
            asked_of_you="Ring the police.",
            due_at=datetime(2026, 3, 14, 5, tzinfo=UTC),
            cause=derived_id(str(number), "cause"),
            rules_version="1",
            directory_version=1,
            issued_at=datetime(2026, 3, 14, 4, tzinfo=UTC),
        )

    def receipt(self) -> Receipt:
        """One receipt for the agency."""
        return Receipt(
            message_id=str(uuid4()),
            message_type="MissingReported",
            outcome=ReceiptOutcome.ACCEPTED,
            value_digest=bytes(32),
        )

    def told(self, record: Notice | Receipt, *, signer: Signer | None = None) -> WireMessage:
        """A notice or a receipt as the hub writes it to the mailbox."""
        is_notice = isinstance(record, Notice)
        id_ = record.notice_id if isinstance(record, Notice) else derived_id(record.message_id, "receipt")
        seal_to = self.directory.sealing_key(self.agency, datetime.now(UTC))
        return compose_from_hub(
            record,
            topic=f"inbox.{self.agency}",
            key=(record.episode_id if isinstance(record, Notice) else record.message_id).encode(),
            message_id=id_,
            time=datetime.now(UTC),
            worker=signer or self.worker,
            ids=IDS,
            seal_to=seal_to,
            salt=derived_salt(bytes(32), id_, self.agency),
            cause=record.cause if is_notice and isinstance(record, Notice) else None,
        )

    async def tell(self, *records: Notice | Receipt) -> None:
        """Write notices and receipts to the mailbox."""
        await self.send("register", [self.told(record) for record in records])

    def entry(self, view: EpisodeView, child_key: bytes, key_id: str, *, signer: Signer | None = None) -> WireMessage:
        """The register's entry of a view."""
        entry = seal_entry(view, child_key, KeyId(key_id), IDS)
        return self.on_register(entry, "register", view.episode.encode(), signer=signer)

    def keys(self, view: EpisodeView, child_key: bytes, key_id: str, *classes: Disclosure) -> WireMessage:
        """The agency's class keys of an episode."""
        seal_to = self.directory.sealing_key(self.agency, datetime.now(UTC))
        assert seal_to is not None
        allowed = {self.agency: frozenset(classes)}
        (wrap,) = wraps(view.episode, KeyId(key_id), child_key, allowed, {self.agency: seal_to})
        return self.on_register(wrap, "register.keys", record_key(wrap))

    def on_register(self, record: Record, topic: str, key: bytes, *, signer: Signer | None = None) -> WireMessage:
        return compose_from_hub(
            record,
            topic=topic,
            key=key,
            message_id=str(uuid4()),
            time=datetime.now(UTC),
            worker=signer or self.worker,
            ids=IDS,
        )

    async def delete(self, *records: WireMessage) -> None:
        """Write tombstones."""
        async with self.connection("register").producer() as producer:
            for wire in records:
                await producer.send_and_wait(wire.topic, None, key=wire.key)

    async def acknowledged(self, pairs: int, seconds: float = 20.0) -> list[OpenedMessage]:
        """Acknowledgements of this test's reader on `inbound`, as soon as they cover so many notices."""
        opening = OpeningKeys.of({"hub-seal": self.sealing})
        found: list[OpenedMessage] = []
        async with asyncio.timeout(seconds), self.connection("intake").reader("inbound") as consumer:
            while sum(len(_pairs(message)) for message in found) < pairs:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        wire = WireMessage(
                            topic=record.topic, key=record.key, headers=record.headers, value=record.value
                        )
                        opened = open_message(wire, self.directory, opening, IDS, datetime.now(UTC))
                        if isinstance(opened, OpenedMessage) and opened.key_id == self.reader_signer.key_id:
                            found.append(opened)
        return found


def _pairs(message: OpenedMessage) -> tuple[object, ...]:
    return message.record.pairs if isinstance(message.record, Acknowledged) else ()
