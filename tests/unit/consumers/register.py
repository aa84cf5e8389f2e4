"""Builders: a directory with one hub worker, and records of the register as that worker signs them."""

from datetime import UTC, datetime
from uuid import uuid4

from hub.directory import Directory
from hub.entry.key_wraps import record_key, wraps
from hub.entry.register_entry import seal_entry, superseded_entry
from hub.entry.view import EpisodeView
from hub.ids import HUB, AgencyId, EpisodeId, KeyId
from hub.messages import WireMessage, compose_from_hub
from hub.sealing import OpeningKeys, SealingSuite, new_private_key, public_key
from hub.signing import Signer
from schemas.codec import SchemaIds
from schemas.records import AgencyKind, DirectoryEntry, Disclosure, Record, SealingKey, SigningKey
from tests.unit.entry.told import event, report, seen

IDS = SchemaIds.local()
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
SUBSCRIBER = AgencyId("chronicle")
CHILD_KEY = bytes(range(32))
PRIVATE = new_private_key(SealingSuite.X25519, b"\x07" * 32)
KEYS = OpeningKeys.of({"s1": PRIVATE})
WORKER = Signer.from_bytes("register-0", b"\x01" * 32)
NEW_WORKER = Signer.from_bytes("register-1", b"\x02" * 32)
_SEAL_TO = SealingKey(key_id="s1", suite=1, public_key=public_key(PRIVATE), valid_from=datetime(2026, 1, 1, tzinfo=UTC))


def directory(*workers: Signer) -> Directory:
    """A directory that lists these workers of the hub."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    entry = DirectoryEntry(
        agency_id=HUB,
        name="hub",
        official_name="hub",
        kind=AgencyKind.HUB,
        approved=True,
        signing_keys=tuple(
            SigningKey(key_id=each.key_id, public_key=each.public_key, installation="worker", valid_from=start)
            for each in workers
        ),
        version=1,
        valid_from=start,
    )
    return Directory.empty().with_entry(entry)


def episode(sequence: int = 3, **changed: object) -> EpisodeView:
    """The view of an episode of its own."""
    known: dict[str, object] = {"episode": EpisodeId(str(uuid4())), "sequence": sequence}
    return seen(event(1, report()), **(known | changed))


def entry(view: EpisodeView, key_id: str = "k1", worker: Signer = WORKER) -> WireMessage:
    """The entry of a view as it stands on `register`."""
    return signed(seal_entry(view, CHILD_KEY, KeyId(key_id), IDS), "register", view.episode.encode(), worker)


def superseded(view: EpisodeView) -> WireMessage:
    """What stands there once the episode is part of another."""
    left = superseded_entry(
        episode=view.episode, by=EpisodeId(str(uuid4())), nation=view.facts.nation, sequence=view.facts.sequence,
        changed_at=view.facts.changed_at, key_id=KeyId("of another"),
    )  # fmt: skip
    return signed(left, "register", view.episode.encode(), WORKER)


def keys(view: EpisodeView, *classes: Disclosure, key_id: str = "k1", to: AgencyId = SUBSCRIBER) -> WireMessage:
    """The class keys of an episode as they stand on `register.keys`."""
    (wrap,) = wraps(view.episode, KeyId(key_id), CHILD_KEY, {to: frozenset(classes)}, {to: _SEAL_TO})
    return signed(wrap, "register.keys", record_key(wrap), WORKER)


def signed(record: Record, topic: str, key: bytes, worker: Signer) -> WireMessage:
    return compose_from_hub(record, topic=topic, key=key, message_id=str(uuid4()), time=NOW, worker=worker, ids=IDS)
