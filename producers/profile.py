"""Finding and reading a profile: the TOML file that `homeward agency add` wrote for one installation.

Its shape is `hub.profile`'s. Here the file is found, its key files are read (and refused when others can read
them), and relative paths are taken from the file's own folder. Nothing is connected yet.
"""

import stat
import tomllib
from pathlib import Path
from typing import Final

import platformdirs

from hub.certificates import CertificateLife
from hub.ids import AgencyId
from hub.profile import Profile, ProfileInvalid, TlsFiles
from hub.sealing import OpeningKeys, UnusableSealingKey
from hub.signing import Signer
from producers.connection import Connection
from producers.errors import ProfileRefused
from producers.installation import Installation
from schemas.renewed_tls import RenewedTls

__all__ = ["profile_path", "read_installation"]

_SIGNING_KEY_BYTES: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ADD: Final = "write one with `homeward agency add`"


def profile_path(profile: str | Path) -> Path:
    """The file of a profile: a path as it is, or a name looked up among the user's profiles."""
    path = Path(profile)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return path
    return platformdirs.user_config_path("homeward") / "profiles" / f"{path.name}.toml"


def read_installation(profile: str | Path) -> Installation:
    """The installation that a profile describes, keys read.

    The restore marks go to the folder `outbox_mark`, by default among the user's state: apart from the outbox.

    Raises:
        ProfileRefused: the profile or one of its files is missing, incomplete, or readable by others.
    """
    path = profile_path(profile)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        read = Profile.from_mapping(content)
    except FileNotFoundError:
        raise ProfileRefused(where=str(path), what="there is no such file", remedy=_ADD) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileRefused(where=str(path), what=f"it cannot be read as TOML ({error})", remedy=_ADD) from error
    except ProfileInvalid as invalid:
        raise ProfileRefused(where=f"{path}, {invalid.where}", what=invalid.problem, remedy=invalid.remedy) from invalid
    folder = path.absolute().parent
    state = platformdirs.user_state_path("homeward")
    tls = _tls(folder, read.tls)
    return Installation(
        agency=AgencyId(read.agency),
        agency_name=read.name or read.agency,
        connection=Connection(
            bootstrap_servers=read.bootstrap,
            client_id=read.signing.key_id,
            ssl_context=tls,
            certificate=lambda: CertificateLife.of(read.agency, tls.certificate_pem),
        ),
        signer=_signer(folder, read),
        opening_keys=_opening_keys(folder, read),
        trust_key=read.hub.public_key,
        schema_registry=read.schema_registry,
        telephone=read.telephone,
        outbox=folder / read.outbox,
        marks=folder / read.outbox_mark if read.outbox_mark else state / "outbox-marks",
        cache=folder / read.cache if read.cache else platformdirs.user_cache_path("homeward") / read.agency,
    )


def _tls(folder: Path, files: TlsFiles) -> RenewedTls:
    _refuse_if_wide("tls.key", folder / files.key)
    try:
        return RenewedTls.of(
            authority=folder / files.ca, certificate=folder / files.certificate, key=folder / files.key
        )
    except OSError as error:  # ssl.SSLError is one
        raise ProfileRefused(
            where="tls",
            what=f"certificate, key or authority cannot be read ({error.strerror or error})",
            remedy="check the three paths; the key may not be encrypted, its mode protects it",
        ) from error


def _signer(folder: Path, read: Profile) -> Signer:
    key = _secret("signing.private_key", folder / read.signing.private_key)
    if len(key) != _SIGNING_KEY_BYTES:
        raise ProfileRefused(
            where="signing.private_key", what=f"it does not hold {_SIGNING_KEY_BYTES} bytes", remedy=_ADD
        )
    return Signer.from_bytes(read.signing.key_id, key)


def _opening_keys(folder: Path, read: Profile) -> OpeningKeys:
    key = _secret("sealing.private_key", folder / read.sealing.private_key)
    try:
        return OpeningKeys.of({read.sealing.key_id: key})
    except UnusableSealingKey as error:
        raise ProfileRefused(where="sealing.private_key", what="it does not hold a sealing key", remedy=_ADD) from error


def _secret(where: str, path: Path) -> bytes:
    _refuse_if_wide(where, path)
    return path.read_bytes()


def _refuse_if_wide(where: str, path: Path) -> None:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise ProfileRefused(
            where=where, what=f"{path} cannot be read ({error.strerror})", remedy="check the path"
        ) from error
    if mode & _OTHERS:
        raise ProfileRefused(
            where=where, what=f"{path} can be read by others", remedy=f"expected mode 0600: chmod 600 {path}"
        )
