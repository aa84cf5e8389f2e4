"""Reading a profile."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from consumers.errors import ProfileRefused
from consumers.reader import _cached_ids, _keep, profile_path, read_profile
from hub.sealing import SealingSuite, new_private_key
from schemas.codec import SchemaIds

PROFILE = """
agency = "E08000005"
bootstrap = "127.0.0.1:9093"
schema_registry = "https://127.0.0.1:8443/apis/ccompat/v7"
outbox = "outbox.sqlite"
[tls]
ca = "certificate.pem"
certificate = "certificate.pem"
key = "key.pem"
[signing]
key_id = "reports-1"
private_key = "reports.key"
[sealing]
key_id = "seal-1"
private_key = "seal.key"
suite = 1
[hub]
trust_key = "0000000000000000000000000000000000000000000000000000000000000000"
[inbox]
memory = "inbox/handled.sqlite"
[inbox.signing]
key_id = "inbox-1"
private_key = "inbox.key"
"""


def private(file: Path, content: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(content)


@pytest.fixture(scope="module")
def certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "E08000005")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), plain


@pytest.fixture
def profile(tmp_path: Path, certificate: tuple[bytes, bytes]) -> Path:
    private(tmp_path / "certificate.pem", certificate[0])
    private(tmp_path / "key.pem", certificate[1])
    private(tmp_path / "inbox.key", b"\x01" * 32)
    private(tmp_path / "seal.key", new_private_key(SealingSuite.X25519, b"\x02" * 32))
    (tmp_path / "rochdale.toml").write_text(PROFILE)
    return tmp_path / "rochdale.toml"


def test_a_profile_is_read_with_its_keys_from_its_own_folder(profile: Path) -> None:
    reader = read_profile(profile, "inbox")
    assert reader.agency == "E08000005"
    assert reader.group == "inbox.E08000005"
    assert reader.connection.client_id == "E08000005-inbox"
    assert reader.memory == profile.parent / "inbox" / "handled.sqlite"
    assert reader.signer is not None
    assert reader.signer.key_id == "inbox-1"


@pytest.mark.parametrize("name", ["seal.key", "inbox.key", "key.pem"])
def test_a_key_that_others_can_read_is_refused(profile: Path, name: str) -> None:
    (profile.parent / name).chmod(0o640)
    with pytest.raises(ProfileRefused, match="chmod 600"):
        read_profile(profile, "inbox")


def test_a_file_that_is_no_text_is_refused(profile: Path) -> None:
    profile.write_bytes(b'agency = "\xff"')
    with pytest.raises(ProfileRefused, match="is not TOML"):
        read_profile(profile, "inbox")


def test_a_cache_that_takes_nothing_keeps_nobody_from_reading(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    _keep(tmp_path / "cache" / "schema_ids.json", SchemaIds.local())
    _keep(tmp_path / "other" / "schema_ids.json", SchemaIds.local())
    found = _cached_ids(tmp_path / "other" / "schema_ids.json")
    assert found is not None
    assert found.fingerprints() == SchemaIds.local().fingerprints()


def test_a_missing_file_says_what_to_give_instead(tmp_path: Path) -> None:
    with pytest.raises(ProfileRefused, match="homeward agency add"):
        read_profile(tmp_path / "nobody.toml", "inbox")


def test_a_misspelt_key_names_the_nearest(profile: Path) -> None:
    profile.write_text(PROFILE.replace("bootstrap =", "bootstrp ="))
    with pytest.raises(ProfileRefused, match="did you mean"):
        read_profile(profile, "inbox")


def test_what_is_no_key_is_refused_without_being_shown(profile: Path) -> None:
    (profile.parent / "inbox.key").write_bytes(b"secret")
    with pytest.raises(ProfileRefused, match="not a key") as refused:
        read_profile(profile, "inbox")
    assert "secret" not in str(refused.value)


def test_a_name_is_looked_up_among_the_users_profiles() -> None:
    assert profile_path("rochdale").parts[-3:] == ("homeward", "profiles", "rochdale.toml")
    assert profile_path("here/rochdale.toml") == Path("here/rochdale.toml")
