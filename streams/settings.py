"""What one worker process must be told: where the broker is, which keys are its own, where its state lives.

Written by `deploy` as a TOML file per process; read once at start. Secrets are not in it, only the paths of
files that hold them, and those are refused when others may read them.
"""

import stat
import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, TLSVersion
from typing import Any, Self

from schemas.errors import HomewardError


class UnsafeKeyFile(HomewardError):
    """A file with a key in it can be read by others than its owner."""


class WorkerSettingsRefused(HomewardError):
    """A worker's settings file lacks something, or holds something that is none of its settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """One worker's settings; an unknown key is an error, so that a misspelt one is not ignored."""

    bootstrap: str
    instance: str
    """Static member id, one for each running instance."""
    data_dir: Path
    ca: Path
    certificate: Path
    private_key: Path
    signing_key: Path
    """Raw Ed25519 private key of this worker, 32 bytes."""
    signing_key_id: str
    trust_key: Path
    """Raw Ed25519 public key that the directory is signed with."""
    trust_key_is_demo: bool = False
    """Whether the trust key is marked as a demonstration's, so that it may set a fast clock."""
    hub_secrets: Path
    """Folder with the hub's secret, log key and keyring master key."""
    keyring: Path
    rules: Path | None = None
    """Folder whose tables of rules replace the packaged ones; read again when they change."""
    schema_ids: Path
    """JSON that maps each schema's fingerprint to its id in the registry."""
    metrics_port: int
    session_timeout_seconds: float = 10.0
    heartbeat_seconds: float = 2.0
    watchdog_seconds: float = 15.0
    side_processes: int | None = None
    """Processes that help the register to read its log again; one a core unless it is said here."""

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read settings from a TOML file.

        Raises:
            WorkerSettingsRefused: a key is missing or unknown, or a value is of another kind.
        """
        given: dict[str, Any] = tomllib.loads(file.read_text())
        known = {field.name: field for field in fields(cls)}
        needed = {name for name, field in known.items() if field.default is MISSING}
        if wrong := sorted((given.keys() - known.keys()) | (needed - given.keys())):
            message = f"{file}: missing, or no setting of a worker: {', '.join(wrong)}; start the hub again"
            raise WorkerSettingsRefused(message)
        return cls(**{name: _value(file, name, known[name].type, value) for name, value in given.items()})

    def ssl_context(self) -> SSLContext:
        """TLS towards the broker: its certificate verified by name, our own presented."""
        context = SSLContext(PROTOCOL_TLS_CLIENT)
        context.minimum_version = TLSVersion.TLSv1_3
        context.load_verify_locations(self.ca)
        context.load_cert_chain(self.certificate, self.private_key)
        return context


def secret_bytes(file: Path) -> bytes:
    """The contents of a key file.

    Raises:
        UnsafeKeyFile: the file is readable by anybody but its owner.
    """
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        message = f"{file.name}: others than its owner may read this key file; run: chmod 600 {file}"
        raise UnsafeKeyFile(message)
    return file.read_bytes()


def _value(file: Path, name: str, kind: Any, value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    """A value of the file as its field holds it."""
    if kind in (Path, Path | None) and isinstance(value, str):
        return Path(value)
    if type(value) is kind or (kind == int | None and type(value) is int and value >= 0):
        return value
    if kind is float and type(value) is int:
        return float(value)
    message = f"{file}: {name} is {type(value).__name__}; expected {getattr(kind, '__name__', kind)}"
    raise WorkerSettingsRefused(message)
