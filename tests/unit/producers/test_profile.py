"""A profile is found, checked and read; what is wrong with it is said with the remedy, never with a key in it."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.sealing import SealingSuite, new_private_key
from producers import ProfileRefused, profile_path, read_installation
from producers.schema_ids import read_schema_ids, write_schema_ids
from schemas.codec import SchemaIds

PROFILE = """
agency = "E08000005"
name = "Rochdale"
bootstrap = "127.0.0.1:9093"
schema_registry = "https://127.0.0.1:8443/apis/ccompat/v7"
outbox = "outbox/reports.sqlite3"
outbox_mark = "marks"
cache = "cache"
tls = { ca = "tls/ca.crt", certificate = "tls/own.crt", key = "tls/own.key" }
signing = { key_id = "rochdale-1", private_key = "signing.key" }
sealing = { key_id = "rochdale-seal", private_key = "sealing.key", suite = 1 }
hub = { trust_key = "%s" }
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile with every file that it names."""
    private(tmp_path / "signing.key", os.urandom(32))
    private(tmp_path / "sealing.key", new_private_key(SealingSuite.X25519, os.urandom(32)))
    certificate(tmp_path / "tls")
    file = tmp_path / "rochdale.toml"
    file.write_text(PROFILE % ("ab" * 32))
    return file


def private(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "E08000005")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private(folder / "ca.crt", pem)
    private(folder / "own.crt", pem)
    plain = serialization.NoEncryption()
    private(
        folder / "own.key",
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain),
    )


def test_a_profile_is_read_with_its_paths_taken_from_its_own_folder(profile: Path) -> None:
    installation = read_installation(profile)
    assert (installation.agency, installation.agency_name) == ("E08000005", "Rochdale")
    assert installation.signer.key_id == "rochdale-1"
    assert installation.trust_key == bytes.fromhex("ab" * 32)
    assert installation.outbox == profile.parent / "outbox" / "reports.sqlite3"
    assert installation.marks == profile.parent / "marks"


def test_a_name_is_looked_up_among_the_users_profiles() -> None:
    assert profile_path("rochdale") == platformdirs.user_config_path("homeward") / "profiles" / "rochdale.toml"
    assert profile_path("./here/rochdale.toml") == Path("here/rochdale.toml")


def test_a_profile_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ProfileRefused, match="homeward agency add"):
        read_installation(tmp_path / "nobody.toml")


@pytest.mark.parametrize("name", ["signing.key", "sealing.key", "tls/own.key"])
def test_a_key_that_others_can_read_is_refused(profile: Path, name: str) -> None:
    (profile.parent / name).chmod(0o644)
    with pytest.raises(ProfileRefused, match="chmod 600"):
        read_installation(profile)


@pytest.mark.parametrize("name", ["signing.key", "sealing.key", "tls/ca.crt", "tls/own.crt"])
def test_a_file_that_holds_something_else_is_refused(profile: Path, name: str) -> None:
    (profile.parent / name).write_bytes(b"something else")
    with pytest.raises(ProfileRefused):
        read_installation(profile)


def test_an_encrypted_key_is_refused_and_nobody_is_asked_for_its_pass_phrase(profile: Path) -> None:
    locked = serialization.BestAvailableEncryption(b"secret")
    key = serialization.load_pem_private_key((profile.parent / "tls/own.key").read_bytes(), None)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    (profile.parent / "tls/own.key").write_bytes(pem)
    read = f"from producers import read_installation; read_installation({str(profile)!r})"
    at_a_terminal = f"import pty; pty.spawn([{sys.executable!r}, '-P', '-c', {read!r}])"
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", at_a_terminal], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert "ProfileRefused" in done.stdout
    assert "pass phrase" not in done.stdout


def test_a_misspelt_key_is_named_with_the_nearest_known(profile: Path) -> None:
    profile.write_text(profile.read_text().replace("outbox_mark", "outbox_marks"))
    with pytest.raises(ProfileRefused, match="outbox_mark"):
        read_installation(profile)


def test_schema_ids_are_cached_and_a_broken_cache_is_no_cache(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "schema_ids.json"
    assert read_schema_ids(file) is None
    write_schema_ids(file, SchemaIds.local())
    cached = read_schema_ids(file)
    assert cached is not None
    assert cached.fingerprints() == SchemaIds.local().fingerprints()
    file.write_text("[]")
    assert read_schema_ids(file) is None


def test_the_number_of_the_desk_and_the_end_of_the_certificate_are_read(profile: Path) -> None:
    read = read_installation(profile)
    assert read.telephone is None
    life = read.connection.certificate()
    assert life is not None
    assert life.ends > datetime.now(UTC)
    assert read.connection.hindrance() is None
    profile.write_text('telephone = "01632 960004"\n' + profile.read_text())
    assert read_installation(profile).telephone == "01632 960004"
