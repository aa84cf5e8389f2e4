"""Certificates for one machine: an authority, the broker's certificate, and one for each principal.

Keys are P-256 (`cryptography.x509.verification` refuses Ed25519 certificates). A certificate's common name is the
Kafka principal. An agency makes its key where it is (`request_at_agency`) and hands over a signed request; only the
certificate travels back (`certificate_for`). Files with a key in them are written with mode 0600.

Not decided here: who may do what (the table in `topics.toml`), and revocation, which takes a principal's
permissions away at the broker and does not wait for a certificate to expire.
"""

import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from schemas.errors import HomewardError

AUTHORITY_LIFE: Final = timedelta(days=3650)
CERTIFICATE_LIFE: Final = timedelta(days=90)
RENEW_BEFORE: Final = timedelta(days=30)
"""A certificate with less life left than this is made anew at the next start."""
CLOCK_LEEWAY: Final = timedelta(minutes=5)
"""Certificates begin this much early, for machines whose clock is behind."""
BROKER: Final = "broker"


class CertificateRefused(HomewardError):
    """A request for a certificate is not one that we sign; the message says why and what to send instead."""


class CertificateMissing(HomewardError):
    """A principal has no certificate in the folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalFiles:
    """Where a principal's files are. `pem` holds key, then certificate, as Java wants them in one file."""

    ca: Path
    certificate: Path
    key: Path
    pem: Path


def principal_files(folder: Path, principal: str) -> PrincipalFiles:
    """The paths of a principal's files, whether they exist or not."""
    return PrincipalFiles(
        ca=folder / "ca.crt",
        certificate=folder / f"{principal}.crt",
        key=folder / f"{principal}.key",
        pem=folder / f"{principal}.pem",
    )


def ensure(folder: Path, principals: tuple[str, ...], *, now: datetime | None = None) -> None:
    """Make what is missing and renew what soon expires: authority, broker and the given principals."""
    now = now or datetime.now(UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "ca.key").exists():
        _make_authority(folder, now)
    for principal in (BROKER, *principals):
        certificate = principal_files(folder, principal).certificate
        if not certificate.exists() or expires_at(certificate) - now < RENEW_BEFORE:
            key = ec.generate_private_key(ec.SECP256R1())
            issued = _issue(folder, principal, key.public_key(), now)
            _write_principal(folder, principal, key, issued)


def expires_at(certificate: Path) -> datetime:
    """When a certificate file expires, aware UTC."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def ssl_context(folder: Path, principal: str) -> ssl.SSLContext:
    """TLS 1.3 towards the broker as this principal; the broker's certificate is verified, its name included.

    Raises:
        CertificateMissing: the principal has no files in this folder.
    """
    files = principal_files(folder, principal)
    if not (files.certificate.exists() and files.key.exists()):
        message = f"no certificate for {principal} in {folder}: is the principal in deploy/topics.toml?"
        raise CertificateMissing(message)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(files.ca)
    context.load_cert_chain(files.certificate, files.key)
    return context


def client_settings(folder: Path, principal: str, bootstrap: str) -> dict[str, str | int]:
    """The same connection in confluent-kafka's words."""
    files = principal_files(folder, principal)
    return {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SSL",
        "ssl.ca.location": str(files.ca),
        "ssl.certificate.location": str(files.certificate),
        "ssl.key.location": str(files.key),
        "ssl.endpoint.identification.algorithm": "https",
    }


def request_at_agency(folder: Path, principal: str) -> bytes:
    """Make the agency's key where the agency is, and a request (PEM) for `certificate_for`; the key stays here."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    write_private(principal_files(folder, principal).key, _key_pem(key))
    request = x509.CertificateSigningRequestBuilder().subject_name(_name(principal)).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM)


def certificate_for(folder: Path, request: bytes, *, principal: str, now: datetime | None = None) -> bytes:
    """Sign an agency's request as that principal, and return the certificate (PEM); `folder` is the authority's.

    Raises:
        CertificateRefused: the request is not signed by its own key, is not P-256, or names somebody else.
    """
    try:
        parsed = x509.load_pem_x509_csr(request)
    except ValueError as error:
        message = f"the request for {principal} is not a PEM certificate request: make one with `homeward agency add`"
        raise CertificateRefused(message) from error
    key = parsed.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        message = f"the request for {principal} holds another kind of key: expected P-256"
        raise CertificateRefused(message)
    if not parsed.is_signature_valid or parsed.subject != _name(principal):
        message = f"the request does not prove to be from {principal}: expected CN={principal}, signed by its own key"
        raise CertificateRefused(message)
    return _issue(folder, principal, key, now or datetime.now(UTC)).public_bytes(serialization.Encoding.PEM)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _make_authority(folder: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Homeward authority of this machine")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_LEEWAY)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / "ca.key", _key_pem(key))
    (folder / "ca.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _issue(folder: Path, principal: str, public_key: ec.EllipticCurvePublicKey, now: datetime) -> x509.Certificate:
    authority = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
    signer = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        message = f"{folder / 'ca.key'} is not a P-256 key: it was not made by Homeward"
        raise CertificateRefused(message)
    # The broker is also a client: of its own controller, in the same process. The registry serves HTTPS.
    serves = principal in {BROKER, "schema-registry"}
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if serves else [])]
    hosts = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))] if serves else []
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(principal))
        .issuer_name(authority.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_LEEWAY)
        .not_valid_after(min(now + CERTIFICATE_LIFE, authority.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectAlternativeName([*hosts, x509.DNSName(f"{principal}.invalid")]), critical=False)
    )
    return builder.sign(signer, hashes.SHA256())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_principal(
    folder: Path, principal: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
) -> None:
    files = principal_files(folder, principal)
    certificate_pem = certificate.public_bytes(serialization.Encoding.PEM)
    write_private(files.key, _key_pem(key))
    write_private(files.pem, _key_pem(key) + certificate_pem)
    files.certificate.write_bytes(certificate_pem)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write_private(file: Path, content: bytes) -> None:
    """Write a file that nobody else can read at any moment, then put it in place in one step."""
    fresh = file.with_name(file.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
    fresh.rename(file)
