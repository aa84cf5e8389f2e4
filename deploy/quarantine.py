"""What the hub keeps for its operators: records that were refused, and records that were parked because the hub failed.

Read as the principal `operator` and opened with the operators' key, on the hub's own machine. Of an agency's message
that opens headers, reasons and sealed bytes, never the report: that is sealed to the workers. A parked record is put
through again as the principal `replayer`: the same bytes, on the same partition of the topic that it came from, so
under the same id; the workers verify it like everything else and drop it where it was handled meanwhile. Each replay
leaves an audit leaf, and a line in `operators/replayed.jsonl`.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import structlog
from aiokafka import AIOKafkaProducer

from consumers.connection import connected
from consumers.directory_view import wire_of
from deploy import directory, pki
from deploy.home import WORKER_GROUPS, Home
from deploy.occupied import Running
from deploy.whole_topic import appended_at, whole_topic
from hub.directory import Directory
from hub.evidence import Deed, leaf
from hub.ids import AgencyId
from hub.messages import OpenedMessage, Reason, WireMessage, compose_from_hub, open_from_hub
from hub.sealing import OpeningKeys
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.records import AuditBatch, AuditKind, Quarantined
from streams.hub_records import AUDIT, QUARANTINE
from streams.settings import secret_bytes

PRINCIPAL: Final = "operator"
REPLAYER: Final = "replayer"
_WORKER_OF: Final = {topic: worker for worker, (_, topic) in WORKER_GROUPS.items()}
"""Who parks a record of a topic, and will handle it again."""
_PARKED: Final = Reason.HUB_FAULT.value

_log = structlog.get_logger()


class NoSuchKept(HomewardError):
    """Nothing of this name is in quarantine, or several things are."""


class NotReplayable(HomewardError):
    """A record that cannot be put through again as it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One record of `quarantine`, opened. `id` is the same however often it was written."""

    id: str
    record: Quarantined

    @property
    def reason(self) -> str:
        """The first ground; of what was kept before grounds were named, the field it was found in."""
        fields = [finding.rule if finding.rule == _PARKED else finding.field for finding in self.record.reasons]
        return self.record.reason or next(iter(fields), "")

    @property
    def is_parked(self) -> bool:
        """Whether the hub failed on it; everything else was refused."""
        return self.reason == _PARKED

    @property
    def message_id(self) -> str | None:
        """The id that its headers claim."""
        found = next((header.value for header in self.record.headers if header.name == "ce_id"), None)
        return None if found is None else found.decode("ascii", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """That a parked record was put through again: by whom, when (aware UTC), and where it stands now."""

    id: str
    by: str
    at: datetime
    topic: str
    partition: int
    offset: int

    @classmethod
    def from_text(cls, line: str) -> Self:
        """Read what `to_text` wrote."""
        said = json.loads(line)
        return cls(**{**said, "at": datetime.fromisoformat(said["at"])})

    def to_text(self) -> str:
        """One line."""
        return json.dumps({**asdict(self), "at": self.at.isoformat()}) + "\n"


async def kept(home: Home, running: Running) -> tuple[Kept, ...]:
    """Everything in quarantine now, oldest first; what no worker of the hub signed is not taken."""
    ids = home.schema_ids()
    known = await directory.read_directory(home, running.bootstrap, ids)
    opening = OpeningKeys.of({"operators": secret_bytes(home.operators_public.with_suffix(".key"))})
    found: dict[str, Kept] = {}
    async with whole_topic(home, running.bootstrap, PRINCIPAL, QUARANTINE) as records:
        async for record in records:
            opened = open_from_hub(wire_of(record), known, opening, ids, appended_at(record))
            if isinstance(opened, OpenedMessage) and isinstance(opened.record, Quarantined):
                found.setdefault(opened.id, Kept(id=opened.id, record=opened.record))
            else:
                _log.warning("quarantine_record_not_opened", offset=record.offset)
    return tuple(sorted(found.values(), key=lambda each: each.record.received_at))


def the_one(name: str, found: Iterable[Kept]) -> Kept:
    """The one record whose id begins so.

    Raises:
        NoSuchKept: none does, or several do.
    """
    named = [each for each in found if name and each.id.startswith(name)]
    if len(named) == 1:
        return named[0]
    if named:
        message = f"{len(named)} records have an id that begins with {name}; give more of it"
    else:
        message = f"nothing named {name} is in quarantine, which keeps 14 days; see: homeward quarantine list"
    raise NoSuchKept(message)


def original(each: Kept) -> WireMessage:
    """A parked record exactly as it was received.

    Raises:
        NotReplayable: it was refused and not parked, or it is not kept whole.
    """
    record = each.record
    if not each.is_parked or record.original_topic not in _WORKER_OF:
        message = (
            f"{each.id} was refused ({each.reason}), not parked: the hub would refuse the same bytes again; "
            "its sender signs it anew and sends it"
        )
        raise NotReplayable(message)
    if not record.is_whole:
        message = f"{each.id} is not kept whole: ring its sender, who sends what it says again as a new message"
        raise NotReplayable(message)
    headers = tuple((header.name, header.value) for header in record.headers)
    return WireMessage(topic=record.original_topic, key=record.key or b"", headers=headers, value=record.value)


async def replay(home: Home, running: Running, those: Iterable[Kept], *, by: str) -> tuple[Replay, ...]:
    """Put parked records through again; returns when the broker has them, their leaves are out, and it is noted here.

    Raises:
        NotReplayable: one of them cannot be; then none is.
    """
    wires = [(each, original(each)) for each in those]
    ids = home.schema_ids()
    known = await directory.read_directory(home, running.bootstrap, ids)
    producer = AIOKafkaProducer(
        bootstrap_servers=running.bootstrap,
        security_protocol="SSL",
        ssl_context=pki.ssl_context(home.pki, REPLAYER),
        acks="all",
        enable_idempotence=False,
    )
    done = []
    async with connected(producer):
        for each, wire in wires:
            sent = await producer.send_and_wait(
                wire.topic, wire.value, wire.key, partition=each.record.original_partition, headers=list(wire.headers)
            )
            now = datetime.now(UTC)
            noted = Replay(id=each.id, by=by, at=now, topic=sent.topic, partition=sent.partition, offset=sent.offset)
            audited = _leaf(home, known, each, noted, ids)
            await producer.send_and_wait(AUDIT, audited.value, audited.key, headers=list(audited.headers))
            with _file(home).open("a", encoding="utf-8") as out:
                out.write(noted.to_text())
            done.append(noted)
    return tuple(done)


def replays(home: Home) -> Mapping[str, Replay]:
    """The newest replay of each record, by its id in quarantine, as far as it was asked for on this machine."""
    file = _file(home)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {each.id: each for each in map(Replay.from_text, lines)}


def _file(home: Home) -> Path:
    return home.operators_public.parent / "replayed.jsonl"


def _leaf(home: Home, known: Directory, each: Kept, noted: Replay, ids: SchemaIds) -> WireMessage:
    """What the audit log says of a replay: which bytes, when, by whom (a keyed pseudonym); signed for the worker."""
    log_key = secret_bytes(home.secrets / "log_key")
    agency = AgencyId(each.record.claimed_agency or "unknown")
    deed = Deed(
        kind=AuditKind.COLLECTION,
        cause=f"{each.id}/{noted.offset}",
        at=noted.at,
        agency=agency,
        agency_kind=known.kind(agency),
        content_digest=hashlib.sha256(each.record.value).digest(),
        outcome="replayed",
        role="operator",
    )
    pseudonym = hmac.new(log_key, b"actor/" + noted.by.encode(), hashlib.sha256).hexdigest()[:32]
    said = replace(leaf(deed, log_key), actor_pseudonym=pseudonym)
    return compose_from_hub(
        AuditBatch(leaves=(said,)),
        topic=AUDIT,
        key=said.leaf_id.encode(),
        message_id=said.leaf_id,
        time=noted.at,
        worker=home.worker_signer(_WORKER_OF[each.record.original_topic]),
        ids=ids,
    )
