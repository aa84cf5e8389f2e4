"""An agency's own side of joining: it makes its keys where it is, and asks with a request that it signs itself.

The request holds public halves only. Its fingerprint is read back over the telephone as words (proquints: sixteen
bits as five letters that can be spoken), so that whoever approves knows that the request on the screen is the one
the agency made. A request proves that its keys belong together; that they are the agency's is for two people to say.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from deploy import pki
from deploy.agency_profile import INSTALLATIONS, SEALING
from deploy.identities import Identity, RequestRefused, check_claims
from deploy.key_files import made_once, new_key
from hub.sealing import PREFERRED, SealingSuite, new_private_key, public_key
from hub.signing import Signer, length_prefixed, verifies
from schemas.records import AgencyKind, DeliveryPreferences, DeliveryWay, Nation
from streams.settings import secret_bytes

REQUEST: Final = "request.json"
_DOMAIN: Final = b"homeward/v1/joining"
_WORDS: Final = 6
_CONSONANTS: Final = "bdfghjklmnprstvz"
_VOWELS: Final = "aiou"


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
    def key_ids(self) -> dict[str, str]:
        """The ids of its keys: of each installation's signing key, and of the one that is sealed to."""
        return {**{key.installation: key.key_id for key in self.signing_keys}, SEALING: self.sealing_key_id}

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
    signers = [_signer(f"{agency}-{what}", made_once(folder / f"{what}.key")) for what in installations]
    sealing = made_once(folder / "sealing.key", lambda: new_private_key(suite, new_key()))
    request = JoiningRequest(
        identity=identity,
        signing_keys=tuple(
            SigningHalf(key_id=signer.key_id, public_key=signer.public_key.hex(), installation=what)
            for signer, what in zip(signers, installations, strict=True)
        ),
        sealing_key_id=_key_id(f"{agency}-{SEALING}", public_key(sealing)),
        sealing_suite=sealing[0],
        sealing_key=public_key(sealing).hex(),
        certificate_request=pki.request_at_agency(folder, agency).decode(),
        made_at=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
    )
    (folder / REQUEST).write_text(request.to_text(signers[0]), encoding="utf-8")
    return request


def _signer(name: str, private: bytes) -> Signer:
    return Signer.from_bytes(_key_id(name, Signer.from_bytes(name, private).public_key), private)


def _key_id(name: str, public: bytes) -> str:
    """An id that no other key of the agency has, whenever and wherever it is made: part of the key's own digest."""
    return f"{name}-{hashlib.sha256(public).hexdigest()[:8]}"


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
    check_claims(identity)
    request = replace(before, identity=identity, made_at=(now or datetime.now(UTC)).isoformat(timespec="seconds"))
    first = request.signing_keys[0]
    signer = Signer.from_bytes(first.key_id, secret_bytes(folder / f"{first.installation}.key"))
    (folder / REQUEST).write_text(request.to_text(signer), encoding="utf-8")
    return request
