"""Certificates: keys stay where they were made, files are private, and only a proven request is signed."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from deploy import pki

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki")
    pki.ensure(folder, ("intake",), now=NOW)
    return folder


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_every_file_with_a_key_is_private(authority: Path) -> None:
    for file in (*authority.glob("*.key"), *authority.glob("*.pem")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_principals_certificate_is_accepted_as_a_clients(authority: Path) -> None:
    store = Store([read(authority / "ca.crt")])
    verifier = PolicyBuilder().store(store).time(NOW).build_client_verifier()
    assert verifier.verify(read(authority / "intake.crt"), []) is not None


def test_only_the_broker_and_the_registry_can_serve(authority: Path) -> None:
    pki.ensure(authority, ("schema-registry",), now=NOW)
    verifier = PolicyBuilder().store(Store([read(authority / "ca.crt")])).time(NOW)
    for principal in ("broker", "schema-registry"):
        verifier.build_server_verifier(x509.DNSName("localhost")).verify(read(authority / f"{principal}.crt"), [])
    with pytest.raises(x509.verification.VerificationError):
        verifier.build_server_verifier(x509.DNSName("localhost")).verify(read(authority / "intake.crt"), [])


def test_a_certificate_is_renewed_before_it_expires_and_not_sooner(tmp_path: Path) -> None:
    pki.ensure(tmp_path, ("intake",), now=NOW)
    first = (tmp_path / "intake.crt").read_bytes()
    pki.ensure(tmp_path, ("intake",), now=NOW + pki.CERTIFICATE_LIFE - pki.RENEW_BEFORE - timedelta(hours=1))
    assert (tmp_path / "intake.crt").read_bytes() == first
    pki.ensure(tmp_path, ("intake",), now=NOW + pki.CERTIFICATE_LIFE - pki.RENEW_BEFORE + timedelta(hours=1))
    assert (tmp_path / "intake.crt").read_bytes() != first


def test_an_agencys_key_stays_at_the_agency(authority: Path, tmp_path: Path) -> None:
    request = pki.request_at_agency(tmp_path, "E08000005")
    assert b"PRIVATE" not in request
    certificate = x509.load_pem_x509_certificate(
        pki.certificate_for(authority, request, principal="E08000005", now=NOW)
    )
    own = serialization.load_pem_private_key((tmp_path / "E08000005.key").read_bytes(), password=None)
    assert isinstance(own, ec.EllipticCurvePrivateKey)
    assert certificate.public_key() == own.public_key()
    assert not (authority / "E08000005.key").exists()


def test_a_request_in_another_name_is_refused(authority: Path, tmp_path: Path) -> None:
    request = pki.request_at_agency(tmp_path, "E08000005")
    with pytest.raises(pki.CertificateRefused, match="expected CN=intake"):
        pki.certificate_for(authority, request, principal="intake", now=NOW)


def test_a_request_that_was_changed_is_refused(authority: Path, tmp_path: Path) -> None:
    request = x509.load_pem_x509_csr(pki.request_at_agency(tmp_path, "E08000005"))
    changed = bytearray(request.public_bytes(serialization.Encoding.DER))
    changed[-1] ^= 1
    forged = x509.load_der_x509_csr(bytes(changed)).public_bytes(serialization.Encoding.PEM)
    with pytest.raises(pki.CertificateRefused):
        pki.certificate_for(authority, forged, principal="E08000005", now=NOW)


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()])
def test_another_kind_of_key_is_refused(
    authority: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "E08000005")])
    algorithm = hashes.SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, algorithm)
    with pytest.raises(pki.CertificateRefused, match="expected P-256"):
        pki.certificate_for(authority, request.public_bytes(serialization.Encoding.PEM), principal="E08000005", now=NOW)


def test_something_else_than_a_request_is_refused(authority: Path) -> None:
    with pytest.raises(pki.CertificateRefused, match="not a PEM certificate request"):
        pki.certificate_for(authority, b"hello", principal="E08000005", now=NOW)


def test_a_connection_verifies_the_broker_and_its_name(authority: Path) -> None:
    context = pki.ssl_context(authority, "intake")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3


def test_a_principal_without_a_certificate_is_an_error_that_says_so(authority: Path) -> None:
    with pytest.raises(pki.CertificateMissing, match="no certificate for nobody"):
        pki.ssl_context(authority, "nobody")
