"""The profile of one installation of an agency: the file that its program is given, with every path and address."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.identities import Identity
from streams.settings import secret_bytes

PROFILE: Final = "profile.toml"
INSTALLATIONS: Final = ("reports", "inbox")
"""What an agency runs at least: something that sends reports, and something that reads its inbox."""


SEALING: Final = "sealing"
"""The name, beside those of installations, of the key that is sealed to."""


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


def write_profile(
    folder: Path, identity: Identity, key_ids: Mapping[str, str], hub: HubAddress, *, installation: str = "reports"
) -> Path:
    """Write the profile of one installation, with every path relative to its own folder; returns its path.

    `key_ids` are those of the request (`JoiningRequest.key_ids`). The file is `profile.toml`, or for another
    installation than the first `NAME.toml`.
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
        "signing": {"key_id": key_ids[installation], "private_key": f"{installation}.key"},
        "sealing": {
            "key_id": key_ids[SEALING],
            "private_key": "sealing.key",
            "suite": secret_bytes(folder / "sealing.key")[0],
        },
        "hub": {"trust_key": hub.trust_key.hex()},
        "inbox": {"memory": "inbox.sqlite"},
        "inbox.signing": {"key_id": key_ids["inbox"], "private_key": "inbox.key"},
    }
    lines = []
    for table, rows in tables.items():
        lines += [f"\n[{table}]"] if table else []
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in rows.items()]
    file = folder / (PROFILE if installation == INSTALLATIONS[0] else f"{installation}.toml")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
