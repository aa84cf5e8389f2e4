"""An agency's own side of joining: it makes its keys where it is, and asks with a request that it signs itself.

The request holds public halves only. Its fingerprint is read back over the telephone as words (proquints: sixteen
bits as five letters that can be spoken), so that whoever approves knows that the request on the screen is the one
the agency made. A request proves that its keys belong together; that they are the agency's is for two people to say.
"""

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from deploy import pki, topics
from deploy.key_files import made_once, new_key
from hub.reference import packaged_reference
from hub.sealing import PREFERRED, SealingSuite, new_private_key, public_key
from hub.signing import Signer, length_prefixed, verifies
from schemas.errors import HomewardError
from schemas.records import AgencyKind, DeliveryPreferences, DeliveryWay, Nation
from streams.settings import secret_bytes

PROFILE: Final = "profile.toml"
REQUEST: Final = "request.json"
INSTALLATIONS: Final = ("reports", "inbox")
"""What an agency runs at least: something that sends reports, and something that reads its inbox."""
_DOMAIN: Final = b"homeward/v1/joining"
_WORDS: Final = 6
_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"


class RequestRefused(HomewardError):
    """A request to join that cannot be approved as it is; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who an agency is, as the directory will say it. Areas are GSS codes."""

    agency_id: str
    name: str
    official_name: str
    kind: AgencyKind
    nation: Nation
    areas: tuple[str, ...] = ()
    force_code: str | None = None
    roles: tuple[str, ...] = ()
    delivery: DeliveryPreferences | None = None

    def __post_init__(self) -> None:
        """Refuse an id that could not name a topic, a principal and a file, and a kind that is the hub's own.

        Raises:
            TableError: it could not.
            RequestRefused: no agency is of that kind.
        """
        topics.Agency(id=self.agency_id)
        if self.kind in _NOT_AGENCIES:
            message = f"no agency is of the kind {self.kind.value}; expected one of: {kinds()}"
            raise RequestRefused(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningHalf:
    """The public half of one installation's signing key."""

    key_id: str
    public_key: str
    installation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningRequest:
    """What an agency asks to be listed with. Keys are lower-case hexadecimal, the certificate request PEM."""

    identity: Identity
    signing_keys: tuple[SigningHalf, ...]
    sealing_key_id: str
    sealing_suite: int
    sealing_key: str
    certificate_request: str
    made_at: str

    def to_text(self, signer: Signer) -> str:
        """The request as a file, signed by the first of its signing keys."""
        body = _body(self)
        return json.dumps({**body, "signature": signer.sign(_signing_input(body)).hex()}, indent=2) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a request and verify that it signed itself.

        Raises:
            RequestRefused: it is not a request, or was changed after it was signed.
        """
        try:
            body = json.loads(text)
            signature = bytes.fromhex(body.pop("signature"))
            request = cls(
                **{
                    **body,
                    "identity": _identity(body["identity"]),
                    "signing_keys": tuple(SigningHalf(**key) for key in body["signing_keys"]),
                }
            )
            signed = verifies(bytes.fromhex(request.signing_keys[0].public_key), signature, _signing_input(body))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            message = "this is not a request to join: expected the request.json that `homeward agency add` wrote"
            raise RequestRefused(message) from error
        if not signed:
            message = (
                f"the request of {request.identity.agency_id} was changed after it was signed; "
                "ask the agency to send the file again, and compare the words"
            )
            raise RequestRefused(message)
        return request

    @property
    def words(self) -> str:
        """The fingerprint as six words (96 bits of SHA-256), to be read back over the telephone."""
        digest = hashlib.sha256(_signing_input(_body(self))).digest()
        return "-".join(_proquint(digest[at : at + 2]) for at in range(0, 2 * _WORDS, 2))


def _body(request: JoiningRequest) -> dict[str, Any]:
    """What is signed. Preferences that nobody stated are left out: a request of before has the words that it had."""
    body = asdict(request)
    if body["identity"]["delivery"] is None:
        del body["identity"]["delivery"]
    return body


def _identity(body: Mapping[str, Any]) -> Identity:
    delivery = body.get("delivery")
    return Identity(
        **{
            **body,
            "delivery": None
            if delivery is None
            else DeliveryPreferences(**{**delivery, "urgent_by": DeliveryWay(delivery["urgent_by"])}),
            "kind": AgencyKind(body["kind"]),
            "nation": Nation(body["nation"]),
            "areas": tuple(body["areas"]),
            "roles": tuple(body["roles"]),
        }
    )


def _signing_input(body: Mapping[str, Any]) -> bytes:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return length_prefixed(_DOMAIN, canonical.encode())


def _proquint(two_bytes: bytes) -> str:
    """Sixteen bits as consonant, vowel, consonant, vowel, consonant (Wilkerson, arXiv 0901.4016)."""
    number = int.from_bytes(two_bytes)
    return "".join(
        alphabet[number >> shift & len(alphabet) - 1]
        for shift, alphabet in (
            (12, _CONSONANTS),
            (10, _VOWELS),
            (6, _CONSONANTS),
            (4, _VOWELS),
            (0, _CONSONANTS),
        )
    )


def identity_of(
    agency_id: str,
    *,
    name: str | None = None,
    kind: AgencyKind | None = None,
    areas: tuple[str, ...] = (),
    roles: tuple[str, ...] = (),
) -> Identity:
    """Who an agency is: an official code says most of it by itself; what is given is added or put in its place.

    Raises:
        RequestRefused: the code is not an official one, and name, kind or area are not given.
    """
    reference = packaged_reference()
    if (force := reference.forces.get(agency_id)) is not None:
        return Identity(
            agency_id=agency_id,
            name=name or force.called,
            official_name=force.name,
            kind=AgencyKind.POLICE,
            nation=_nation(force.nation),
            areas=areas or tuple(code for code, row in reference.authorities.items() if row.force == agency_id),
            force_code=agency_id,
            roles=roles,
        )
    if (authority := reference.authorities.get(agency_id)) is not None:
        return Identity(
            agency_id=agency_id,
            name=name or authority.name,
            official_name=authority.name,
            kind=AgencyKind.AUTHORITY,
            nation=_nation(authority.nation),
            areas=areas or (agency_id,),
            force_code=authority.force,
            roles=roles,
        )
    if name is None or kind is None or not areas:
        message = (
            f"{agency_id} is not the code of an authority or police force; {_meant(agency_id)}\n"
            f"for an agency without a code give --name, --kind ({kinds()}) and --area"
        )
        raise RequestRefused(message)
    for area in areas:
        check_area(area, "--area")
    home = reference.authorities[areas[0]]
    return Identity(
        agency_id=agency_id,
        name=name,
        official_name=name,
        kind=kind,
        nation=_nation(home.nation),
        areas=areas,
        force_code=home.force,
        roles=roles,
    )


def check_area(area: str, where: str) -> None:
    """Refuse what is not the area of an authority; `where` names the option.

    Raises:
        RequestRefused: it is none.
    """
    if area not in packaged_reference().authorities:
        message = f"{where} {area}: not the code of an authority; {_meant(area)}"
        raise RequestRefused(message)


def _meant(typed: str) -> str:
    """Where what was typed is nearly a name, the code of it. A code that is nearly another one is left to people:
    codes differ by one figure, so a guess would name the wrong council.
    """
    reference = packaged_reference()
    codes = {(reference.name_of(code) or code).casefold(): code for code in (*reference.authorities, *reference.forces)}
    near = difflib.get_close_matches(typed.casefold(), codes, n=1, cutoff=0.8)
    if not near:
        return "give the name of one, such as Rochdale, to be told its code"
    code = codes[near[0]]
    return f"did you mean {code} ({reference.name_of(code)})?"


_NOT_AGENCIES: Final = frozenset({AgencyKind.HUB, AgencyKind.UNKNOWN})


def kinds() -> str:
    """The kinds that an agency may be of, in words."""
    return ", ".join(sorted(kind.value for kind in AgencyKind if kind not in _NOT_AGENCIES))


def _nation(name: str) -> Nation:
    return Nation(name.lower().replace(" ", "_"))


def make_keys(
    folder: Path,
    identity: Identity,
    *,
    installations: tuple[str, ...] = INSTALLATIONS,
    suite: SealingSuite = PREFERRED,
    now: datetime | None = None,
) -> JoiningRequest:
    """Make an agency's keys in its folder, and write its request there; keys that are there already stay.

    Every installation gets a signing key of its own: sequence and chain are per key, so two programs must not share
    one. The agency has one sealing key, which whoever reads its mailbox needs.
    """
    agency = identity.agency_id
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signers = [Signer.from_bytes(f"{agency}-{what}-1", made_once(folder / f"{what}.key")) for what in installations]
    sealing = made_once(folder / "sealing.key", lambda: new_private_key(suite, new_key()))
    request = JoiningRequest(
        identity=identity,
        signing_keys=tuple(
            SigningHalf(key_id=signer.key_id, public_key=signer.public_key.hex(), installation=what)
            for signer, what in zip(signers, installations, strict=True)
        ),
        sealing_key_id=f"{agency}-sealing-1",
        sealing_suite=sealing[0],
        sealing_key=public_key(sealing).hex(),
        certificate_request=pki.request_at_agency(folder, agency).decode(),
        made_at=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
    )
    (folder / REQUEST).write_text(request.to_text(signers[0]), encoding="utf-8")
    return request


def ask_anew(
    folder: Path, roles: Sequence[str], delivery: DeliveryPreferences | None = None, now: datetime | None = None
) -> JoiningRequest | None:
    """Write the request in this folder anew with further roles or other preferences, by the keys that are there.

    None where nothing is new. Nothing else changes, the certificate's key neither: until the request is approved the
    agency goes on as it is.
    """
    before = JoiningRequest.from_text((folder / REQUEST).read_text(encoding="utf-8"))
    identity = replace(
        before.identity,
        roles=tuple(dict.fromkeys((*before.identity.roles, *roles))),
        delivery=delivery or before.identity.delivery,
    )
    if identity == before.identity:
        return None
    request = replace(before, identity=identity, made_at=(now or datetime.now(UTC)).isoformat(timespec="seconds"))
    first = request.signing_keys[0]
    signer = Signer.from_bytes(first.key_id, secret_bytes(folder / f"{first.installation}.key"))
    (folder / REQUEST).write_text(request.to_text(signer), encoding="utf-8")
    return request


@dataclass(frozen=True, slots=True, kw_only=True)
class HubAddress:
    """What an agency must be told of the hub: where it is, and the public key that signs its directory."""

    bootstrap: str
    schema_registry: str
    trust_key: bytes


def _telephone(identity: Identity) -> dict[str, str | int]:
    """The number of the agency's desk, if it gave one: who is told by it can be called back at it."""
    said = identity.delivery.telephone if identity.delivery else None
    return {"telephone": said} if said else {}


def write_profile(folder: Path, identity: Identity, hub: HubAddress, *, installation: str = "reports") -> Path:
    """Write the profile of one installation, with every path relative to its own folder; returns its path.

    The file is `profile.toml`, or for another installation than the first `NAME.toml`.
    """
    agency = identity.agency_id
    tables: dict[str, dict[str, str | int]] = {
        "": {
            "agency": agency,
            "name": identity.name,
            **_telephone(identity),
            "bootstrap": hub.bootstrap,
            "schema_registry": hub.schema_registry,
            "outbox": f"outbox/{installation}.sqlite",
            "outbox_mark": "marks",
            "cache": "cache",
        },
        "tls": {"ca": "ca.crt", "certificate": f"{agency}.crt", "key": f"{agency}.key"},
        "signing": {"key_id": f"{agency}-{installation}-1", "private_key": f"{installation}.key"},
        "sealing": {
            "key_id": f"{agency}-sealing-1",
            "private_key": "sealing.key",
            "suite": secret_bytes(folder / "sealing.key")[0],
        },
        "hub": {"trust_key": hub.trust_key.hex()},
        "inbox": {"memory": "inbox.sqlite"},
        "inbox.signing": {"key_id": f"{agency}-inbox-1", "private_key": "inbox.key"},
    }
    lines = []
    for table, rows in tables.items():
        lines += [f"\n[{table}]"] if table else []
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in rows.items()]
    file = folder / (PROFILE if installation == INSTALLATIONS[0] else f"{installation}.toml")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
