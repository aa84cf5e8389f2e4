"""One installation's folder: what lies where, made once, kept over every restart.

    pki/            the machine's certificate authority, and certificates of the broker and the hub's principals
    secrets/        the hub's own secrets, 32 bytes each (never leave this folder; workers read them)
    trust/          the key that the directory is signed with (no worker is given its private half)
    operators/      the key that quarantined bytes are sealed to
    keyring/        children's keys, wrapped under the master key
    broker/, registry/   data of Kafka and of the schema registry
    workers/NAME/   settings, signing key, local state and log of one worker
    agencies/ID/    what an agency keeps at its side, where the agency is on this machine; requests and approvals
    ports.json, schema-ids.json, running.json

`prepare` makes whatever is missing and changes nothing that is there. Nothing here starts a process.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from deploy import key_files, pki, topics
from deploy.config import Settings
from deploy.occupied import NotRunning, Occupied
from deploy.ports import WantedPort, chosen_ports
from deploy.provision import ADMINISTRATOR
from hub.sealing import PREFERRED, SealingSuite, new_private_key, public_key
from hub.signing import Signer
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from streams.keyring import HubSealingKey, Keyring
from streams.settings import secret_bytes

WORKER_GROUPS: Final = {
    "intake": ("homeward-intake", "inbound"),
    "identity": ("homeward-identity", "accepted"),
    "register": ("homeward-register", "events"),
}
"""The workers, each with its consumer group and the topic that it works off."""
WORKERS: Final = tuple(WORKER_GROUPS)
SECRETS: Final = ("claim_secret", "log_key", "state_key", "keyring_master_key")
TRUST_KEY_ID: Final = "trust"
SEALING_KEYS_KEPT: Final = timedelta(days=31 + 7)
"""The directory lists a sealing key for 31 days, and what was sealed to it on the last of them stands 7 days more."""
SIDE_PROCESSES: Final = ("statements",)
"""Processes of the hub that no report passes through: each with a key, a certificate and a metrics page of its own."""
PROCESSES: Final = (*WORKERS, *SIDE_PROCESSES)
_DEMO: Final = "demo"


class RealTrustKey(HomewardError):
    """A trust key that was made for a real hub was to be marked as a demonstration's."""


@dataclass(frozen=True, slots=True)
class Home(Occupied):
    """The folder of one installation and the names in it."""

    @property
    def pki(self) -> Path:
        """Certificates of this machine's authority."""
        return self.folder / "pki"

    @property
    def secrets(self) -> Path:
        """The hub's secrets."""
        return self.folder / "secrets"

    @property
    def keyring(self) -> Path:
        """The keyring's database."""
        return self.folder / "keyring" / "keyring.sqlite"

    @property
    def trust_public(self) -> Path:
        """The public half of the directory's trust key, 32 raw bytes: what every reader is given."""
        return self.folder / "trust" / "trust.pub"

    @property
    def operators_public(self) -> Path:
        """The public half of the operators' sealing key."""
        return self.folder / "operators" / "sealing.pub"

    @property
    def broker(self) -> Path:
        """The broker's data and log."""
        return self.folder / "broker"

    @property
    def registry(self) -> Path:
        """The schema registry's settings, log and password."""
        return self.folder / "registry"

    @property
    def agencies(self) -> Path:
        """Agencies whose own side is on this machine, and the requests and approvals of all."""
        return self.folder / "agencies"

    @property
    def rules(self) -> Path:
        """Tables of rules of this hub's own, in place of the packaged ones; there is no such folder unless made."""
        return self.folder / "rules"

    @property
    def schema_ids_file(self) -> Path:
        """JSON: fingerprint of a schema to its id at the registry."""
        return self.folder / "schema-ids.json"

    def worker(self, name: str) -> Path:
        """The folder of one worker."""
        return self.folder / "workers" / f"{name}-0"

    @property
    def is_demo(self) -> bool:
        """Whether the trust key was made for a demonstration, whose clock may run fast."""
        return (self.trust_public.parent / _DEMO).exists()

    def mark_demo(self) -> None:
        """Mark the trust key as a demonstration's, before it is made.

        Raises:
            RealTrustKey: there is a trust key already, and it is not marked.
        """
        folder = self.trust_public.parent
        if self.is_demo:
            return
        if (folder / "trust.key").exists():
            message = f"{folder} holds the trust key of a real hub; begin a demonstration in a new folder"
            raise RealTrustKey(message)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / _DEMO).write_text("this trust key is a demonstration's: the hub may run on a fast clock\n")

    def prepare(self) -> None:
        """Make the folder, keys and certificates that are missing; renew certificates that soon expire."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pki.ensure(self.pki, (ADMINISTRATOR, *topics.principals()))
        for name in SECRETS:
            key_files.made_once(self.secrets / name)
        self.trust_public.parent.mkdir(mode=0o700, exist_ok=True)
        self.trust_public.write_bytes(self.trust_key().public_key)
        opening = key_files.made_once(self.operators_public.with_suffix(".key"), _new_sealing_key)
        self.operators_public.write_bytes(public_key(opening))
        for name in PROCESSES:
            self.worker_signer(name)
        self.keyring.parent.mkdir(mode=0o700, exist_ok=True)

    def trust_key(self) -> Signer:
        """The key that signs the directory."""
        return Signer.from_bytes(TRUST_KEY_ID, key_files.made_once(self.folder / "trust" / "trust.key"))

    def worker_signer(self, name: str) -> Signer:
        """A worker's signing key; its id is the worker's instance."""
        return Signer.from_bytes(f"{name}-0", key_files.made_once(self.worker(name) / "signing.key"))

    def sealing_keys(self, today: date) -> tuple[HubSealingKey, ...]:
        """The hub's sealing keys still kept, newest day first; today's is made if there is none yet.

        Those of past days go once nothing that a topic still holds can be sealed to them.
        """
        keyring = Keyring(self.keyring, secret_bytes(self.secrets / "keyring_master_key"))
        try:
            keyring.add_sealing_key(today, f"hub-{today.isoformat()}", _new_sealing_key(SealingSuite.X25519))
            keyring.drop_sealing_keys(today - SEALING_KEYS_KEPT)
            return keyring.sealing_keys()
        finally:
            keyring.close()

    def ports(self, settings: Settings) -> dict[str, int]:
        """A port for each part: the one that was set, else the one of last time if it is still free, else a new one.

        Raises:
            PortTaken: another program has one that was set, or it was set twice.
        """
        file = self.folder / "ports.json"
        before = json.loads(file.read_text()) if file.exists() else {}
        wanted = [
            WantedPort("broker", settings.broker_port, "broker_port"),
            WantedPort("controller", settings.controller_port, "controller_port"),
            WantedPort("registry", settings.registry_port, "registry_port"),
            WantedPort("registry_health", settings.registry_health_port, "registry_health_port"),
            *(
                WantedPort(name, settings.metrics_port and settings.metrics_port + at, f"metrics_port, for {name}")
                for at, name in enumerate(PROCESSES)
            ),
        ]
        chosen = chosen_ports(wanted, before)
        file.write_text(json.dumps(chosen, indent=2) + "\n")
        return chosen

    def write_schema_ids(self, ids: SchemaIds) -> None:
        """Keep the ids the registry gave, for workers and profiles."""
        pinned = {fingerprint: number for number, fingerprint in sorted(ids.fingerprints().items())}
        fresh = self.schema_ids_file.with_suffix(".new")
        fresh.write_text(json.dumps(pinned, indent=2) + "\n")
        fresh.rename(self.schema_ids_file)

    def schema_ids(self) -> SchemaIds:
        """The ids that were kept.

        Raises:
            NotRunning: the hub never started here.
        """
        if not self.schema_ids_file.exists():
            message = f"no hub was ever started in {self.folder}; start one: homeward up"
            raise NotRunning(message)
        pinned = json.loads(self.schema_ids_file.read_text())
        return SchemaIds.from_mapping({number: fingerprint for fingerprint, number in pinned.items()})


def worker_settings(home: Home, name: str, *, bootstrap: str, metrics_port: int, settings: Settings) -> Path:
    """Write one worker's settings file (`streams.settings.WorkerSettings`) and return its path."""
    folder = home.worker(name)
    files = pki.principal_files(home.pki, name)
    values: dict[str, str | int | float] = {
        "bootstrap": bootstrap,
        "instance": f"{name}-0",
        "data_dir": str(folder / "state"),
        "ca": str(files.ca),
        "certificate": str(files.certificate),
        "private_key": str(files.key),
        "signing_key": str(folder / "signing.key"),
        "signing_key_id": f"{name}-0",
        "trust_key": str(home.trust_public),
        "trust_key_is_demo": home.is_demo,
        "hub_secrets": str(home.secrets),
        "keyring": str(home.keyring),
        "rules": str(home.rules),
        "schema_ids": str(home.schema_ids_file),
        "metrics_port": metrics_port,
        "session_timeout_seconds": settings.session_timeout_seconds,
        "watchdog_seconds": settings.watchdog_seconds,
    }
    file = folder / "settings.toml"
    file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()))
    return file


def _new_sealing_key(suite: SealingSuite = PREFERRED) -> bytes:
    return new_private_key(suite, key_files.new_key())
