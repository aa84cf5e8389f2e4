"""One installation of an agency, ready to read: who, from where, with which keys. Made from a profile file.

The shape of a profile is `hub.profile`'s. Here the file is found, its key files are read (and refused where others
could read them), and relative paths are taken from the file's own folder. Schema ids come from a cache beside it or
from the registry. Nothing is connected yet.
"""

import asyncio
import json
import stat
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

import platformdirs
import structlog

from consumers.connection import Connection
from consumers.errors import ProfileRefused
from hub.certificates import CertificateLife
from hub.ids import AgencyId
from hub.profile import Profile, ProfileInvalid, SigningFile
from hub.sealing import OpeningKeys, UnusableSealingKey
from hub.signing import Signer
from schemas.errors import RegistryRefused, SchemaError
from schemas.ids import SchemaIds
from schemas.registry import SchemaRegistry
from schemas.renewed_tls import RenewedTls

__all__ = ["ProfileLike", "Reader", "profile_path", "read_profile"]

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_MADE = TypeVar("_MADE")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What reading needs, with its keys already read."""

    agency: AgencyId
    connection: Connection
    opening_keys: OpeningKeys = field(repr=False)
    """Open what the hub seals to the agency."""
    trust_key: bytes
    """32 bytes, public: the directory is signed by it."""
    schema_registry: str
    """Base address of the registry's Confluent interface."""
    schema_ids_cache: Path | None = None
    ids: SchemaIds | None = None
    """Schema ids, where the program has them already."""
    group: str
    """The consumer group of the mailbox: one for all its readers."""
    signer: Signer | None = None
    """The mailbox reader's own signing key, for acknowledgements; no other program may use it."""
    memory: Path
    """SQLite file of what this reader has handled and still owes."""

    async def schema_ids(self) -> SchemaIds:
        """The ids given, cached, or fetched from the registry and cached for next time.

        Raises:
            HubNotReachable: no usable cache, and the registry does not answer.
        """
        if self.ids is not None:
            return self.ids
        cached = _cached_ids(self.schema_ids_cache)
        return await asyncio.to_thread(self._fetched_ids) if cached is None else cached

    def _fetched_ids(self) -> SchemaIds:
        try:
            with SchemaRegistry(self.schema_registry, trust=self.connection.ssl_context) as registry:
                ids = registry.schema_ids()
        except RegistryRefused as refused:
            raise self.connection.not_reachable(refused.what, self.schema_registry) from refused
        if self.schema_ids_cache is not None:
            _keep(self.schema_ids_cache, ids)
        return ids


ProfileLike: TypeAlias = str | Path | Reader
"""A profile's name, the path of its file, or one that was read before."""


def profile_path(profile: str | Path) -> Path:
    """The file of a profile: a path as it is, or a name looked up among the user's profiles."""
    path = Path(profile)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return path
    return platformdirs.user_config_path("homeward") / "profiles" / f"{path.name}.toml"


def read_profile(profile: ProfileLike, program: str) -> Reader:
    """Read a profile and the key files it names. `program` is how this reader shows in the broker's logs.

    Raises:
        ProfileRefused: the file or a key is missing, unusable, or readable by others.
    """
    if isinstance(profile, Reader):
        return replace(profile, connection=replace(profile.connection, client_id=f"{profile.agency}-{program}"))
    path = profile_path(profile)
    try:
        known = Profile.from_mapping(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        remedy = "give the path of the TOML file that `homeward agency add` wrote, or the name of a profile"
        raise ProfileRefused(str(path), f"cannot be read ({type(error).__name__})", remedy) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileRefused(str(path), f"is not TOML ({error})", "correct the line it names") from error
    except ProfileInvalid as invalid:
        raise ProfileRefused(where=f"{path}: {invalid.where}", what=invalid.problem, remedy=invalid.remedy) from invalid
    return _reader(known, path.parent, program)


def _reader(profile: Profile, folder: Path, program: str) -> Reader:
    cache = None if profile.cache is None else folder / profile.cache
    sealing = _key(folder / profile.sealing.private_key, lambda key: OpeningKeys.of({profile.sealing.key_id: key}))
    signing = profile.inbox.signing
    tls = _tls(profile, folder)
    return Reader(
        agency=AgencyId(profile.agency),
        connection=Connection(
            bootstrap_servers=profile.bootstrap,
            client_id=f"{profile.agency}-{program}",
            ssl_context=tls,
            certificate=lambda: CertificateLife.of(profile.agency, tls.certificate_pem),
        ),
        opening_keys=sealing,
        trust_key=profile.hub.public_key,
        schema_registry=profile.schema_registry,
        schema_ids_cache=None if cache is None else cache / "schema_ids.json",
        group=profile.inbox_group,
        signer=None if signing is None else _signer(signing, folder),
        memory=folder / (profile.inbox.memory or f"inbox-{profile.agency}.sqlite"),
    )


def _signer(signing: SigningFile, folder: Path) -> Signer:
    return _key(folder / signing.private_key, lambda key: Signer.from_bytes(signing.key_id, key))


def _key(file: Path, made: Callable[[bytes], _MADE]) -> _MADE:
    try:
        _refuse_if_wide(file)
        return made(file.read_bytes())
    except OSError as error:
        remedy = "restore it, or make new keys with `homeward agency add`"
        raise ProfileRefused(str(file), f"cannot be read ({type(error).__name__})", remedy) from error
    except (ValueError, UnusableSealingKey) as error:
        raise ProfileRefused(
            str(file), "is not a key of this kind", "make new keys with `homeward agency add`"
        ) from error


def _refuse_if_wide(key: Path) -> None:
    if key.stat().st_mode & _OTHERS:
        raise ProfileRefused(
            str(key), "others than its owner may read this key", f"nobody else may read it: chmod 600 {key}"
        )


def _tls(profile: Profile, folder: Path) -> RenewedTls:
    files = profile.tls
    try:
        _refuse_if_wide(folder / files.key)
        return RenewedTls.of(
            authority=folder / files.ca, certificate=folder / files.certificate, key=folder / files.key
        )
    except OSError as error:
        what = f"a certificate or key is missing or unusable ({type(error).__name__})"
        remedy = "check the paths (the key may not be encrypted), or renew the certificate with the hub's operators"
        raise ProfileRefused(where="tls", what=what, remedy=remedy) from error


def _keep(file: Path, ids: SchemaIds) -> None:
    """Cache the ids. A folder that takes nothing costs a question at the next start, and keeps nobody from reading."""
    content = {print_: number for number, print_ in sorted(ids.fingerprints().items())}
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_suffix(f".{id(ids)}.new")
        fresh.write_text(json.dumps(content, indent=1), "utf-8")
        fresh.replace(file)
    except OSError as error:
        _log.warning("schema_ids_not_cached", path=str(file), because=error.strerror)


def _cached_ids(file: Path | None) -> SchemaIds | None:
    """The ids in a file of fingerprint to id; None if it is missing, unreadable or lacks a released schema."""
    if file is None:
        return None
    try:
        content = json.loads(file.read_text("utf-8"))
        return SchemaIds.from_mapping({int(number): str(print_) for print_, number in content.items()})
    except (OSError, ValueError, TypeError, AttributeError, SchemaError):
        return None
