"""Four agencies of the benchmark, real by name and code, with keys made here; and the report that concerns them all.

A force reports a child whom one authority answers for and another hosts, away from the home force: three agencies must
be told of each report.
"""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from hub.directory import Directory
from hub.ids import HUB, AgencyId
from hub.messages import WireMessage, chain_link, compose
from hub.sealing import SealingSuite, new_private_key, public_key
from hub.signing import CHAIN_START, Signer
from schemas.codec import SchemaIds
from schemas.records import (
    Acknowledged,
    Acknowledgement,
    Address,
    AgencyKind,
    AuthorityRole,
    AuthorityRoleKind,
    BirthPrecision,
    ChildFound,
    ChildReturned,
    Contact,
    DirectoryEntry,
    LastSeen,
    MissingReported,
    Nation,
    NoticeRef,
    Person,
    PoliceContact,
    PoliceContactState,
    Record,
    ReportedStatus,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SealingKey,
    SeenBy,
    SigningKey,
)

LANCASHIRE: Final = AgencyId("E23000003")
GREATER_MANCHESTER: Final = AgencyId("E23000005")
ROCHDALE: Final = AgencyId("E08000005")
BLACKPOOL: Final = AgencyId("E06000009")
RECIPIENTS: Final = (GREATER_MANCHESTER, ROCHDALE, BLACKPOOL)
AGENCIES: Final = (LANCASHIRE, *RECIPIENTS)
_SYLLABLES: Final = tuple(first + second for first in "bdfgklmnprstvw" for second in "aeiou")
_SINCE: Final = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class BenchAgency:
    """One agency's private keys (raw), and how far its chain of messages has come."""

    agency: AgencyId
    signing_private: bytes
    sealing_private: bytes
    sequence: int = 0
    previous: bytes = CHAIN_START

    @classmethod
    def new(cls, agency: AgencyId) -> "BenchAgency":
        """An agency with fresh keys."""
        return cls(
            agency=agency,
            signing_private=secrets.token_bytes(32),
            sealing_private=new_private_key(SealingSuite.X25519, secrets.token_bytes(32)),
        )

    @property
    def signer(self) -> Signer:
        """What it signs with."""
        return Signer.from_bytes(f"{self.agency}-bench", self.signing_private)

    def entry(self, now: datetime) -> DirectoryEntry:
        """Its directory entry."""
        is_police = self.agency.startswith("E23")
        return DirectoryEntry(
            agency_id=self.agency,
            name=self.agency,
            official_name=self.agency,
            kind=AgencyKind.POLICE if is_police else AgencyKind.AUTHORITY,
            nation=Nation.ENGLAND,
            areas=() if is_police else (self.agency,),
            force_code=self.agency if is_police else None,
            connected=True,
            approved=True,
            signing_keys=(
                SigningKey(
                    key_id=self.signer.key_id,
                    public_key=self.signer.public_key,
                    installation="bench",
                    valid_from=now - _SINCE,
                ),
            ),
            sealing_keys=(
                SealingKey(
                    key_id=f"{self.agency}-bench-seal",
                    suite=SealingSuite.X25519,
                    public_key=public_key(self.sealing_private),
                    valid_from=now - _SINCE,
                ),
            ),
            version=1,
            valid_from=now - _SINCE,
        )

    def message(self, record: Record, directory: Directory, ids: SchemaIds) -> WireMessage:
        """A signed, sealed message of this agency, next in its chain."""
        now = datetime.now(UTC)
        self.sequence += 1
        wire = compose(
            record,
            ids=ids,
            message_id=str(uuid4()),
            sender=self.agency,
            time=now,
            signer=self.signer,
            seal_to=directory.sealing_key(HUB, now),
            salt=secrets.token_bytes(16),
            sequence=self.sequence,
            previous=self.previous,
        )
        self.previous = chain_link(wire)
        return wire


def reports(agency: BenchAgency, count: int, directory: Directory, ids: SchemaIds) -> Iterator[WireMessage]:
    """So many reports, each of another child."""
    run = secrets.token_hex(4)
    now = datetime.now(UTC)
    for number in range(count):
        yield agency.message(report(f"{run}-{number}", now, random.Random(f"{run}{number}")), directory, ids)  # noqa: S311 - names


def courses(agency: BenchAgency, count: int, directory: Directory, ids: SchemaIds) -> Iterator[Iterator[WireMessage]]:
    """So many children from report to return, step by step: the reports of all, then the next message of all.

    Each step is to be composed when the one before it is through. With what the hub itself says of each, an episode
    comes to nine events: as many as three million a year are for 330,000 episodes.
    """
    run, began = secrets.token_hex(4), datetime.now(UTC)
    references = [f"{run}-{number}" for number in range(count)]
    yield (agency.message(report(each, began, random.Random(each)), directory, ids) for each in references)  # noqa: S311
    for minutes, what in (
        (15, RiskAssessed(grade=RiskGrade.HIGH)),
        (10, ChildFound(found_at=began - timedelta(minutes=10), seen_by=SeenBy.POLICE, place="Example Street")),
        (5, ChildReturned(returned_at=began - timedelta(minutes=5), to=ReturnedTo.HOME)),
    ):
        at = began - timedelta(minutes=minutes)
        yield (
            agency.message(
                replace(what, child_ref=each, episode_ref=f"episode-{each}", occurred_at=at, recorded_at=at),
                directory,
                ids,
            )
            for each in references
        )


def report(reference: str, now: datetime, chance: random.Random) -> MissingReported:
    """A report of a child that is like no other: identity must find nobody.

    No child is so young that its risk counts as high before anybody graded it: neighbouring forces would then have to
    know, none of them is here, and the authority would be asked to telephone them, in a notice that is not counted on.
    """
    return MissingReported(
        child_ref=reference,
        episode_ref=f"episode-{reference}",
        occurred_at=now - timedelta(minutes=20),
        recorded_at=now,
        contact=Contact(name="Duty desk", role="control room", telephone="01632 960001"),
        person=Person(
            given_names=_name(chance),
            family_name=f"{_name(chance)}-Benchmark",
            date_of_birth=(now - timedelta(days=chance.randint(14 * 365, 17 * 365))).date(),
            birth_precision=BirthPrecision.DAY,
            home=Address(line=f"{chance.randint(1, 9999)} {_name(chance)} Street", area_code=ROCHDALE),
        ),
        last_seen=LastSeen(at=now - timedelta(minutes=50), place="Example Park", area_code=BLACKPOOL),
        circumstances="Left on foot after an evening meal and has not answered the telephone since.",
        status=ReportedStatus.MISSING,
        authority_roles=(
            AuthorityRole(role=AuthorityRoleKind.RESPONSIBLE, agency=ROCHDALE),
            AuthorityRole(role=AuthorityRoleKind.HOST, agency=BLACKPOOL),
        ),
        police_contact=PoliceContact(state=PoliceContactState.REPORTED, log_reference=f"log-{reference}"),
    )


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=4)).title()


def fetched(pairs: list[tuple[str, str]]) -> Acknowledged:
    """The acknowledgement that these notices (id, episode id) were fetched."""
    refs = tuple(NoticeRef(notice_id=notice, episode_id=episode) for notice, episode in pairs)
    return Acknowledged(pairs=refs, layer=Acknowledgement.FETCHED, occurred_at=datetime.now(UTC))
