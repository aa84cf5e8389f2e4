"""Finding and reading a profile: the TOML file that `homeward agency add` wrote for one installation.

Its shape is `hub.profile`'s. Here the file is found, its key files are read (and refused when others can read
them), and relative paths are taken from the file's own folder. Nothing is connected yet.
"""

import hashlib
import os
import ssl
import stat
import tomllib
from pathlib import Path
from typing import Final

import platformdirs

from hub.ids import AgencyId
from hub.profile import Profile
from hub.sealing import OpeningKeys, UnusableSealingKey
from hub.signing import Signer
from producers.connection import Connection
from producers.errors import ProfileRefused
from producers.installation import Installation
from schemas.errors import HomewardError

__all__ = ["profile_path", "read_installation"]

_SIGNING_KEY_BYTES: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def profile_path(profile: str | Path) -> Path:
    """The file of a profile: a path as it is, or a name looked up among the user's profiles."""
    path = Path(profile)
    if path.suffix == ".toml" or len(path.parts) > 1:
        return path
    return platformdirs.user_config_path("homeward") / "profiles" / f"{path.name}.toml"
