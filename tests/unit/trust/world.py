"""A hub, two agencies and their keys, the same every time; and messages between them, with sensible defaults."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from hub.directory import Directory
from hub.headers import attributes
from hub.ids import HUB, AgencyId
from hub.messages import OpenedMessage, Refusal, WireMessage, compose, open_message
from hub.messages.wire import SEALED, sealed_to, signed_message
from hub.sealing import OpeningKeys, SealingSuite, commitment, new_private_key, public_key, salted
from hub.signing import CHAIN_START, Domain, Signer
from schemas.codec import SchemaIds, encode
from schemas.records import (
    AgencyKind,
    Contact,
    DirectoryEntry,
    LastSeen,
    MissingReported,
    Person,
    PoliceContact,
    PoliceContactState,
    Record,
    ReportedStatus,
    SealingKey,
    SigningKey,
)

NOW: Final = datetime(2026, 3, 27, 22, 40, tzinfo=UTC)
YESTERDAY: Final = NOW - timedelta(days=1)
ROCHDALE: Final = AgencyId("E08000005")
POLICE: Final = AgencyId("gmp")
MESSAGE_ID: Final = "0192f7c1-6d5e-7a3b-8c4d-5e6f70819203"
IDS: Final = SchemaIds.local()
SALT: Final = b"sixteen bytes ok"


def signer(name: str) -> Signer:
    """A key pair that depends on nothing but its name."""
    return Signer.from_bytes(name, sha256(name.encode()).digest())


def private_key(name: str, suite: SealingSuite = SealingSuite.X25519) -> bytes:
    """A private sealing key that depends on nothing but its name and suite."""
    return new_private_key(suite, sha256(name.encode()).digest())


BOARD: Final = signer("rochdale-board-2")
WORKER: Final = signer("intake-0")
TRUST: Final = signer("trust")
HUB_KEYS: Final = OpeningKeys.of({"hub-2026-03-27": private_key("hub-2026-03-27")})
ROCHDALE_KEYS: Final = OpeningKeys.of({"rochdale-1": private_key("rochdale-1")})


def listed(key: Signer, **fields: Any) -> SigningKey:  # noqa: ANN401 - any field of the record
    """A signing key as the directory lists it; valid from yesterday unless told otherwise."""
    given: dict[str, Any] = {"valid_from": YESTERDAY, "installation": "board"} | fields
    return SigningKey(key_id=key.key_id, public_key=key.public_key, **given)


def sealing(name: str, suite: SealingSuite = SealingSuite.X25519, **fields: Any) -> SealingKey:  # noqa: ANN401
    """A sealing key as the directory lists it."""
    given: dict[str, Any] = {"valid_from": YESTERDAY} | fields
    return SealingKey(key_id=name, suite=suite, public_key=public_key(private_key(name, suite)), **given)


def entry(agency: AgencyId, kind: AgencyKind, signing: SigningKey, seal_to: SealingKey) -> DirectoryEntry:
    """A directory entry of an approved, connected agency."""
    return DirectoryEntry(
        agency_id=agency,
        name=agency,
        official_name=agency,
        kind=kind,
        connected=True,
        approved=True,
        signing_keys=(signing,),
        sealing_keys=(seal_to,),
        version=1,
        valid_from=YESTERDAY,
    )


HUB_ENTRY: Final = entry(HUB, AgencyKind.HUB, listed(WORKER), sealing("hub-2026-03-27"))
ROCHDALE_ENTRY: Final = entry(ROCHDALE, AgencyKind.AUTHORITY, listed(BOARD), sealing("rochdale-1"))
POLICE_ENTRY: Final = entry(POLICE, AgencyKind.POLICE, listed(signer("gmp-1")), sealing("gmp-1"))
DIRECTORY: Final = Directory.empty().with_entry(HUB_ENTRY).with_entry(ROCHDALE_ENTRY).with_entry(POLICE_ENTRY)


def directory_with(**fields: Any) -> Directory:  # noqa: ANN401 - any field of the record
    """The directory, with Rochdale's entry changed."""
    return Directory.empty().with_entry(HUB_ENTRY).with_entry(replace(ROCHDALE_ENTRY, **fields))


REPORT: Final = MissingReported(
    child_ref="RMBC-4471",
    episode_ref="RMBC-26-118",
    occurred_at=NOW - timedelta(hours=1),
    recorded_at=NOW - timedelta(minutes=20),
    contact=Contact(telephone="01632 960001"),
    person=Person(given_names="Test", family_name="Example"),
    last_seen=LastSeen(at=NOW - timedelta(hours=2), place="the bus stop"),
    status=ReportedStatus.MISSING,
    police_contact=PoliceContact(state=PoliceContactState.REPORTED),
)


def message(record: Record = REPORT, **given: Any) -> WireMessage:  # noqa: ANN401 - any argument of compose
    """A sound message of Rochdale, or one with some argument of `compose` replaced."""
    arguments: dict[str, Any] = {
        "ids": IDS,
        "message_id": MESSAGE_ID,
        "sender": ROCHDALE,
        "time": NOW,
        "signer": BOARD,
        "seal_to": sealing("hub-2026-03-27"),
        "salt": SALT,
        "sequence": 1,
        "previous": CHAIN_START,
    }
    return compose(record, **(arguments | given))


def at_intake(wire: WireMessage, directory: Directory = DIRECTORY, when: datetime = NOW) -> OpenedMessage | Refusal:
    """What intake makes of a message."""
    return open_message(wire, directory, HUB_KEYS, IDS, when)


def accepted(wire: WireMessage, directory: Directory = DIRECTORY, when: datetime = NOW) -> OpenedMessage:
    """What intake makes of a message that is sound."""
    opened = at_intake(wire, directory, when)
    assert isinstance(opened, OpenedMessage), opened
    return opened


def refused(wire: WireMessage, directory: Directory = DIRECTORY, when: datetime = NOW) -> Refusal:
    """What intake makes of a message that is not."""
    refusal = at_intake(wire, directory, when)
    assert isinstance(refusal, Refusal)
    return refusal


def with_header(wire: WireMessage, name: str, value: bytes) -> WireMessage:
    """The message with one header replaced, or added if it had none of that name."""
    others = [header for header in wire.headers if header[0] != name]
    return replace(wire, headers=(*others, (name, value)))


def message_with(added: Mapping[str, bytes]) -> WireMessage:
    """The report of Rochdale with further signed headers."""
    return message_of(encode(REPORT, IDS), added=added)


def message_of(
    framed: bytes, record_type: str = "MissingReported", added: Mapping[str, bytes] | None = None
) -> WireMessage:
    """A sealed and signed message of Rochdale around any bytes whatever, as only a foreign client would send it."""
    plaintext = salted(framed, SALT)
    named = (
        *attributes(
            message_id=MESSAGE_ID,
            record_type=record_type,
            source=ROCHDALE,
            time=NOW,
            key_id=BOARD.key_id,
            commitment=commitment(plaintext),
            sequence=1,
            previous=CHAIN_START,
        ),
        *(added or {}).items(),
    )
    key = ROCHDALE.encode()
    recipient = sealing("hub-2026-03-27")
    return signed_message(
        domain=Domain.MESSAGE,
        topic="inbound",
        key=key,
        attributes=named,
        content_type=SEALED,
        value=sealed_to(recipient, plaintext, domain=Domain.MESSAGE, topic="inbound", key=key, attributes=named),
        signer=BOARD,
    )
