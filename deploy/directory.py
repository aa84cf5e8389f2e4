"""The directory as the hub's trustees keep it: read from its topic, entries composed, signed with the trust key, sent.

The topic is the record; nothing is kept beside it. The principal `trust` reads and writes it; workers read it.
What an entry must keep from its predecessor (history of keys, rising version) is `hub.directory`'s to refuse.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from aiokafka import AIOKafkaProducer

from consumers.connection import connected
from consumers.directory_view import wire_of
from deploy import pki
from deploy.home import PROCESSES, Home
from deploy.whole_topic import whole_topic
from hub.directory import Directory
from hub.ids import HUB, AgencyId
from hub.messages import Refusal, compose_directory_entry, open_directory_entry
from hub.messages.by_trust import DIRECTORY
from hub.sealing import public_key
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.records import AgencyKind, DirectoryEntry, Nation, SealingKey, SigningKey

PRINCIPAL: Final = "trust"
OPERATORS: Final = AgencyId("operators")
"""The entry that lists the key which quarantined bytes are sealed to; it is nobody's mailbox."""
SEALING_KEY_LIFE: Final = timedelta(days=31)
"""The hub's sealing key of a day stays good this long: reports that waited in an outbox must still open."""
_CLOCKS_APART: Final = timedelta(minutes=5)


class DirectoryDamaged(HomewardError):
    """A record of the directory topic does not verify under this installation's trust key."""


async def read_directory(home: Home, bootstrap: str, ids: SchemaIds) -> Directory:
    """The directory as its topic says now.

    Raises:
        DirectoryDamaged: a record was not signed by this installation's trust key.
    """
    trust_key = home.trust_public.read_bytes()
    directory = Directory.empty()
    async with whole_topic(home, bootstrap, PRINCIPAL, DIRECTORY) as records:
        async for record in records:
            if record.value is None:
                continue
            entry = open_directory_entry(wire_of(record), trust_key, ids)
            if isinstance(entry, Refusal):
                message = f"directory, offset {record.offset}: {entry.reason}; was {home.folder}/trust replaced?"
                raise DirectoryDamaged(message)
            directory = directory.with_entry(entry)
    return directory


async def publish(home: Home, bootstrap: str, entries: Iterable[DirectoryEntry], ids: SchemaIds) -> None:
    """Sign the entries and send them; returns when the broker has all of them."""
    now = datetime.now(UTC)
    trust_key = home.trust_key()
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        security_protocol="SSL",
        ssl_context=pki.ssl_context(home.pki, PRINCIPAL),
        acks="all",
        enable_idempotence=True,
    )
    async with connected(producer):
        sent = []
        for entry in entries:
            wire = compose_directory_entry(entry, trust_key, ids, now)
            sent.append(await producer.send(DIRECTORY, wire.value, wire.key, headers=list(wire.headers)))
        for future in sent:
            await future


def own_entries(home: Home, known: Directory, now: datetime) -> tuple[DirectoryEntry, ...]:
    """The entries of the hub and of its operators, where they are not in the directory yet or have changed."""
    wanted = (_hub_entry(home, known, now), _operators_entry(home, now))
    changed = []
    for entry in wanted:
        before = known.agency(AgencyId(entry.agency_id))
        if before is None:
            changed.append(entry)
        elif replace(entry, version=before.version, valid_from=before.valid_from) != before:
            changed.append(replace(entry, version=before.version + 1, valid_from=before.valid_from))
    return tuple(changed)


def _hub_entry(home: Home, known: Directory, now: datetime) -> DirectoryEntry:
    """Every worker's signing key, and the sealing keys that may still be sealed to or opened with."""
    before = known.agency(HUB)
    listed = {key.key_id: key for key in before.signing_keys} if before else {}
    sealing = {key.key_id: key for key in before.sealing_keys} if before else {}
    for name in PROCESSES:
        signer = home.worker_signer(name)
        listed.setdefault(
            signer.key_id,
            SigningKey(
                key_id=signer.key_id, public_key=signer.public_key, installation=name, valid_from=now - _CLOCKS_APART
            ),
        )
    for kept in home.sealing_keys(now.date()):
        sealing.setdefault(
            kept.key_id,
            SealingKey(
                key_id=kept.key_id,
                suite=kept.private_key[0],
                public_key=public_key(kept.private_key),
                valid_from=now - _CLOCKS_APART,
                valid_until=now + SEALING_KEY_LIFE,
            ),
        )
    current = [key for key in sealing.values() if key.valid_until is None or key.valid_until > now]
    return DirectoryEntry(
        agency_id=HUB,
        name="Homeward",
        official_name="The Homeward hub of this machine",
        kind=AgencyKind.HUB,
        nation=Nation.ENGLAND,
        approved=True,
        signing_keys=tuple(listed.values()),
        sealing_keys=tuple(current),
        certificate_names=PROCESSES,
        version=1,
        valid_from=now - _CLOCKS_APART,
    )


def _operators_entry(home: Home, now: datetime) -> DirectoryEntry:
    private = (home.operators_public.with_suffix(".key")).read_bytes()
    began = datetime.fromtimestamp(int(home.operators_public.with_suffix(".key").stat().st_mtime), UTC)
    key = SealingKey(
        key_id="operators-1",
        suite=private[0],
        public_key=home.operators_public.read_bytes(),
        valid_from=min(began, now) - _CLOCKS_APART,
    )
    return DirectoryEntry(
        agency_id=OPERATORS,
        name="Operators",
        official_name="The operators of the Homeward hub of this machine",
        kind=AgencyKind.HUB,
        nation=Nation.ENGLAND,
        approved=True,
        sealing_keys=(key,),
        version=1,
        valid_from=now - _CLOCKS_APART,
    )
