"""How an agency comes into the directory: two people approve its request, and then it can send and be told.

The first approval is noted; the second, by somebody else, gives the agency its inbox and permissions, lists it in the
signed directory (no worker restarts), and issues its certificate. In that order, so that nobody is ever told into an
inbox that is not there. Who approves is a name that is given, kept with the approval: proving it is for the
operating system that lets people in here, and docs/explanation says so.
"""

import asyncio
import json
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from deploy import directory, pki, provision, topics
from deploy.agency_profile import PROFILE, HubAddress, write_profile
from deploy.home import Home
from deploy.identities import NotKnown, RequestRefused, check_area, check_claims
from deploy.joining import REQUEST, JoiningRequest
from deploy.occupied import Running
from hub.directory import Directory
from hub.entry.register_entry import REGISTER_CLASSES
from hub.ids import AgencyId
from schemas.codec import SchemaIds
from schemas.records import DirectoryEntry, Grant, SealingKey, SigningKey

NEEDED: Final = 2
"""People who must approve."""
_CLOCKS_APART: Final = timedelta(minutes=5)
_PURPOSE: Final = "find_the_child"


class ApprovalRefused(RequestRefused):
    """An approval that does not count: by the same person again, or of a request that changed meanwhile."""


class NobodyApproves(ApprovalRefused, NotKnown):
    """An approval by nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Where a request stands."""

    agency_id: str
    words: str
    areas: tuple[str, ...] = ()
    """Areas whose register it is to read."""
    by: tuple[str, ...]
    """Who has approved exactly this so far, in order."""

    @property
    def is_complete(self) -> bool:
        """Whether enough people have approved."""
        return len(self.by) >= NEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """An approved request: where the agency's side of it lies, and the areas whose register it may read."""

    request: JoiningRequest
    folder: Path
    grant_areas: tuple[str, ...] = ()

    @property
    def id(self) -> AgencyId:
        """Which agency it is."""
        return AgencyId(self.request.identity.agency_id)


def found_request(home: Home, named: str) -> tuple[JoiningRequest, Path]:
    """A request by agency id (made on this machine) or by the path of its file; and the folder that it is in.

    Raises:
        RequestRefused: there is none, or it does not verify.
    """
    file = Path(named) if named.endswith(".json") or Path(named).is_file() else home.agencies / named / REQUEST
    if not file.is_file():
        message = f"there is no request at {file}; the agency makes one with: homeward agency add {Path(named).stem}"
        raise RequestRefused(message)
    return JoiningRequest.from_text(file.read_text(encoding="utf-8")), file.parent


def approval_by(home: Home, request: JoiningRequest, by: str, areas: Sequence[str] = ()) -> Approval:
    """Where exactly this request stands once this person has approved it; `keep_approval` notes it.

    What is approved is the request together with the areas whose register the agency is to read. Without areas it is
    what the person before approved; other areas are another matter, which this person is the first to approve. What
    two people approved is settled: a renewal, or another grant, takes two people again.

    Raises:
        ApprovalRefused: this person has approved already.
        NotKnown: nobody is named, an area is none, or the agency claims what it is not.
    """
    by = " ".join(by.split())
    if not _letters(by):
        message = "say who approves: the name of a person, so that two different people are seen to"
        raise NobodyApproves(message)
    agency_id = request.identity.agency_id
    before = standing(home, request, areas)
    if _letters(by) in map(_letters, before.by):
        message = f"{by} has approved {agency_id} already; somebody else must be the second to"
        raise ApprovalRefused(message)
    return replace(before, by=(*before.by, by))


def standing(home: Home, request: JoiningRequest, areas: Sequence[str] = ()) -> Approval:
    """Where exactly this request stands, with these areas, before anybody else approves it.

    Raises:
        NotKnown: an area is none, or the agency claims what it is not.
    """
    check_claims(request.identity)
    for area in areas:
        check_area(area, "--register-area")
    agency_id = request.identity.agency_id
    before = _noted(home, agency_id)
    is_open = before is not None and before.words == request.words and not before.is_complete
    if before is None or not is_open or (areas and sorted(areas) != sorted(before.areas)):
        return Approval(agency_id=agency_id, words=request.words, areas=tuple(areas), by=())
    return before


_TELLING: Final = "LMN"
"""Letters, the marks on them, figures."""


def _letters(name: str) -> str:
    """What tells one person from another: letters and figures, not how they are written (`A Okafor`, `a.okafor`)."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in plain if unicodedata.category(sign)[0] in _TELLING)


def _noted(home: Home, agency_id: str) -> Approval | None:
    file = _approvals(home, agency_id)
    if not file.exists():
        return None
    noted = json.loads(file.read_text(encoding="utf-8"))
    areas, by = tuple(noted.get("areas", ())), tuple(noted["by"])
    return Approval(agency_id=agency_id, words=noted["words"], areas=areas, by=by)


def keep_approval(home: Home, approval: Approval) -> None:
    """Note who has approved. The last one is noted when the agency is in, so that a failed attempt can be repeated."""
    file = _approvals(home, approval.agency_id)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    noted = {"words": approval.words, "areas": approval.areas, "by": approval.by}
    text = json.dumps({**noted, "last_at": datetime.now(UTC).isoformat()}, indent=2)
    file.write_text(text + "\n", encoding="utf-8")


def _approvals(home: Home, agency_id: str) -> Path:
    return home.folder / "approvals" / f"{agency_id}.json"


async def join(home: Home, running: Running, joining: Sequence[Joining], ids: SchemaIds) -> Directory:
    """Let approved agencies in, all in one go; returns the directory with them in it.

    A second joining of the same agency adds its new keys and keeps the old ones listed, the grant that it has, who is
    on duty there, and how it would be told unless it says otherwise.

    Raises:
        ApprovalRefused: keys of a request were revoked.
    """
    administrator = provision.Administrator(bootstrap=running.bootstrap, certificates=home.pki)
    known = await directory.read_directory(home, running.bootstrap, ids)
    now = datetime.now(UTC)
    granted = {agency for agency, _ in known.grants(now)}
    rows = [topics.Agency(id=each.id, has_grant=bool(each.grant_areas) or each.id in granted) for each in joining]
    entries = [_entry(each, known, now) for each in joining]
    await provision.add_agencies(administrator, rows)
    await directory.publish(home, running.bootstrap, entries, ids)
    await asyncio.to_thread(_hand_over, home, running, joining)
    for entry in entries:
        known = known.with_entry(entry)
    return known


def _hand_over(home: Home, running: Running, joining: Iterable[Joining]) -> None:
    """Issue each certificate into the folder of its request, with what the agency needs beside it."""
    authority = (home.pki / "ca.crt").read_bytes()
    for each in joining:
        identity = each.request.identity
        issued = pki.certificate_for(home.pki, each.request.certificate_request.encode(), principal=identity.agency_id)
        (each.folder / f"{identity.agency_id}.crt").write_bytes(issued)
        (each.folder / "ca.crt").write_bytes(authority)
        if (each.folder / "sealing.key").exists():
            write_profile(each.folder, identity, each.request.key_ids, hub_address(home, running))
            (each.folder / "cache").mkdir(mode=0o700, exist_ok=True)
            shutil.copyfile(home.schema_ids_file, each.folder / "cache" / "schema_ids.json")


def hub_address(home: Home, running: Running) -> HubAddress:
    """What agencies are told of this hub."""
    return HubAddress(
        bootstrap=running.bootstrap, schema_registry=running.registry, trust_key=home.trust_public.read_bytes()
    )


def refresh_profiles(home: Home, running: Running) -> None:
    """After a start: write the profiles of agencies on this machine anew, where an address has changed."""
    hub = hub_address(home, running)
    for profile in sorted(home.agencies.glob(f"*/{PROFILE}")):
        text = profile.read_text(encoding="utf-8")
        if f'"{hub.bootstrap}"' not in text or f'"{hub.schema_registry}"' not in text:
            request = JoiningRequest.from_text((profile.parent / REQUEST).read_text(encoding="utf-8"))
            write_profile(profile.parent, request.identity, request.key_ids, hub)


def _entry(joining: Joining, known: Directory, now: datetime) -> DirectoryEntry:
    request = joining.request
    identity = request.identity
    before = known.agency(AgencyId(identity.agency_id))
    check_not_revoked(request, before)
    valid_from = now - _CLOCKS_APART
    signing = {key.key_id: key for key in before.signing_keys} if before else {}
    for half in request.signing_keys:
        signing[half.key_id] = SigningKey(
            key_id=half.key_id,
            public_key=bytes.fromhex(half.public_key),
            installation=half.installation,
            valid_from=signing[half.key_id].valid_from if half.key_id in signing else valid_from,
        )
    sealing = {key.key_id: key for key in before.sealing_keys} if before else {}
    sealing[request.sealing_key_id] = SealingKey(
        key_id=request.sealing_key_id,
        suite=request.sealing_suite,
        public_key=bytes.fromhex(request.sealing_key),
        valid_from=sealing[request.sealing_key_id].valid_from if request.sealing_key_id in sealing else valid_from,
    )
    grants = before.grants if before else ()
    if joining.grant_areas:
        grant = Grant(
            grant_id=f"{identity.agency_id}-{len(grants) + 1}",
            classes=REGISTER_CLASSES,
            areas=joining.grant_areas,
            purpose=_PURPOSE,
            valid_from=valid_from,
        )
        grants = (*(replace(old, valid_until=old.valid_until or now) for old in grants), grant)
    return DirectoryEntry(
        agency_id=identity.agency_id,
        name=identity.name,
        official_name=identity.official_name,
        kind=identity.kind,
        roles=identity.roles,
        nation=identity.nation,
        areas=identity.areas,
        force_code=identity.force_code,
        delivery=identity.delivery or (before.delivery if before else None),
        connected=True,
        approved=True,
        signing_keys=tuple(signing.values()),
        sealing_keys=tuple(sealing.values()),
        duty=before.duty if before else (),
        grants=grants,
        certificate_names=(identity.agency_id,),
        version=before.version + 1 if before else 1,
        valid_from=before.valid_from if before else valid_from,
    )


def check_not_revoked(request: JoiningRequest, before: DirectoryEntry | None) -> None:
    """A key that was revoked never comes back, whoever approves it.

    Raises:
        ApprovalRefused: the request asks for such a key to count.
    """
    asked = {request.sealing_key_id, *(half.key_id for half in request.signing_keys)}
    listed: tuple[SigningKey | SealingKey, ...] = (*before.signing_keys, *before.sealing_keys) if before else ()
    if revoked := sorted(key.key_id for key in listed if key.revoked_at is not None and key.key_id in asked):
        agency = request.identity.agency_id
        message = (
            f"keys of this request were revoked ({', '.join(revoked)}) and never count again; "
            f"the agency makes new ones: homeward agency add {agency} --folder NEW_FOLDER"
        )
        raise ApprovalRefused(message)
