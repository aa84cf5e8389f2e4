"""Which profile an agency's command acts with, and what there is to say of it before anything is sent."""

import tomllib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from deploy.agency_profile import PROFILE
from deploy.cli.remedies import no_profile
from deploy.home import Home
from hub.certificates import CertificateLife
from hub.profile import Profile
from producers.profile import profile_path
from schemas.errors import HomewardError


class NoProfile(HomewardError):
    """The agency to act for has no profile here."""


def profile_file(home: Home, named: str) -> Path:
    """The profile of an agency of this installation by its id, or of any by its path. Raises NoProfile."""
    here = home.agencies / named / PROFILE
    file = here if here.exists() else profile_path(named)
    if not file.is_file():
        raise NoProfile(no_profile(home, named, file))
    return file


def certificate_warning(file: Path) -> str | None:
    """What to say of the certificate of a profile in its last days; None otherwise, and where it cannot be read."""
    with suppress(OSError, ValueError, HomewardError):
        profile = Profile.from_mapping(tomllib.loads(file.read_text(encoding="utf-8")))
        pem = (file.parent / profile.tls.certificate).read_bytes()
        life = CertificateLife.of(profile.agency, pem)
        return None if life is None else life.warning(datetime.now(UTC))
    return None
