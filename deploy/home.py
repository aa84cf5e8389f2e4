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

import errno
import fcntl
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Final, Self

from deploy import key_files, pki, topics
from deploy.broker import free_port
from deploy.config import Settings
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
LOCK: Final = "lock"
"""The file that a running hub holds."""
SIDE_PROCESSES: Final = ("statements",)
"""Processes of the hub that no report passes through: each with a key, a certificate and a metrics page of its own."""
PROCESSES: Final = (*WORKERS, *SIDE_PROCESSES)
_DEMO: Final = "demo"
_LOOKED_AT_SECONDS: Final = 0.2
"""Somebody who only looks whether a hub runs holds the lock for less."""
_PORTS: Final = ("broker", "controller", "registry", "registry_health", *PROCESSES)


class HomeInUse(HomewardError):
    """Another process runs the hub in this folder."""


class RealTrustKey(HomewardError):
    """A trust key that was made for a real hub was to be marked as a demonstration's."""


class PortTaken(HomewardError):
    """A port that was set cannot be had; the message names the setting."""


class StoppedWhileStarting(HomewardError):
    """Somebody asked the hub to stop before it was up."""

    def __init__(self) -> None:
        super().__init__("stopped while starting; nothing was left running")


class NotRunning(HomewardError):
    """No hub runs in this folder, so a command that talks to it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A hub that runs now, as it says of itself in `running.json`."""

    pid: int
    bootstrap: str
    registry: str
    metrics: Mapping[str, str]
    """Address of the metrics page by worker."""

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `Home.announce` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one installation and the names in it."""

    folder: Path

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
        wanted = {
            "broker": settings.broker_port,
            "controller": settings.controller_port,
            "registry": settings.registry_port,
            "registry_health": settings.registry_health_port,
            **{name: settings.metrics_port and settings.metrics_port + at for at, name in enumerate(PROCESSES)},
        }
        chosen: dict[str, int] = {}
        for name in sorted(_PORTS, key=lambda name: not wanted[name]):  # what was set first, so that no other takes it
            port = wanted[name] or before.get(name, 0)
            if wanted[name]:
                _require_free(name, port, chosen)
            while not port or port in chosen.values() or not is_free(port):
                port = free_port()
            chosen[name] = port
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

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process, and clear the announcement at the end.

        Raises:
            HomeInUse: another process holds it.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / LOCK).open("a") as lock:
            deadline = time.monotonic() + _LOOKED_AT_SECONDS
            while not _locked(lock):
                if time.monotonic() >= deadline:
                    message = f"a hub runs in {self.folder} already; stop it with Ctrl-C, or use another folder: --home"
                    raise HomeInUse(message)
                time.sleep(0.01)
            try:
                yield
            finally:
                self._announcement.unlink(missing_ok=True)

    def announce(self, running: Running) -> None:
        """Say where the hub is, for the other commands on this machine."""
        fresh = self._announcement.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(running), indent=2) + "\n")
        fresh.rename(self._announcement)

    def running(self) -> Running:
        """The hub that runs in this folder.

        Raises:
            NotRunning: none does.
        """
        if self._announcement.exists() and self.is_held:
            return Running.from_text(self._announcement.read_text())
        if self.is_held:
            message = f"the hub in {self.folder} is being started or stopped just now; look again in half a minute"
            raise NotRunning(message)
        message = f"no hub runs in {self.folder}; start one: homeward up, or homeward demo"
        raise NotRunning(message)

    def up_since(self) -> datetime:
        """Since when the hub of this folder, which runs, has been ready."""
        return datetime.fromtimestamp(self._announcement.stat().st_mtime, UTC)

    @property
    def _announcement(self) -> Path:
        return self.folder / "running.json"

    @property
    def is_held(self) -> bool:
        """Whether a process holds the folder: a hub that runs, starts or stops in it."""
        if not (self.folder / LOCK).exists():
            return False
        with (self.folder / LOCK).open("a") as lock:
            return not _locked(lock)


def _locked(lock: IO[str]) -> bool:
    """Lock an open file until it is closed, unless another process has it locked."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_free(port: int) -> bool:
    """Whether nobody on this machine listens on the port now, and this user may."""
    return _kept_from(port) is None


def _kept_from(port: int) -> OSError | None:
    """What keeps this user from listening on a port; None where nothing does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error
        return None


def _require_free(name: str, port: int, chosen: Mapping[str, int]) -> None:
    """See that a port that was set for a part can be had."""
    setting = _setting_of(name)
    if (other := next((part for part, given in chosen.items() if given == port), None)) is not None:
        message = f"port {port} is set twice: {_setting_of(other)} and {setting}; set another one, or 0 for a free one"
        raise PortTaken(message)
    if (error := _kept_from(port)) is not None:
        what = "is taken by another program" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        message = f"port {port} ({setting}) {what}; set another one, or 0 for a free one"
        raise PortTaken(message)


def _setting_of(name: str) -> str:
    """The setting that a part's port comes from."""
    return f"metrics_port, for {name}" if name in PROCESSES else f"{name}_port"


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
