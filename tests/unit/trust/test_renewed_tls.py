"""A certificate that is renewed on disk is used from the next connection on, by a program that goes on running."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection, create_server
from threading import Thread

import pytest
from cryptography import x509

from consumers.reader import read_profile
from deploy import joining, pki
from deploy.agency_profile import HubAddress, write_profile
from deploy.identities import identity_of
from producers.profile import read_installation
from schemas.renewed_tls import RenewedTls

ROCHDALE = "E08000005"


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    """An agency's folder, with its profile and a certificate of its own."""
    pki.ensure(tmp_path / "pki", ())
    folder = tmp_path / "agency"
    identity = identity_of(ROCHDALE)
    request = joining.make_keys(folder, identity)
    address = HubAddress(bootstrap="127.0.0.1:1", schema_registry="https://127.0.0.1:1", trust_key=bytes(32))
    write_profile(folder, identity, request.key_ids, address)
    (folder / "ca.crt").write_bytes((tmp_path / "pki" / "ca.crt").read_bytes())
    renew(folder, datetime.now(UTC))
    return folder


def renew(folder: Path, now: datetime) -> None:
    request = joining.JoiningRequest.from_text((folder / joining.REQUEST).read_text())
    issued = pki.certificate_for(
        folder.parent / "pki", request.certificate_request.encode(), principal=ROCHDALE, now=now
    )
    (folder / f"{ROCHDALE}.crt").write_bytes(issued)


def serial(folder: Path) -> int:
    return x509.load_pem_x509_certificate((folder / f"{ROCHDALE}.crt").read_bytes()).serial_number


def contexts(folder: Path) -> tuple[ssl.SSLContext, ...]:
    sending, reading = (
        read_installation(folder / "profile.toml"),
        read_profile(folder / "profile.toml", program="inbox"),
    )
    return sending.connection.ssl_context, reading.connection.ssl_context


class Listening:
    """A server that wants a certificate; `shown` are the serial numbers of those that it saw."""

    def __init__(self, folder: Path) -> None:
        files = pki.principal_files(folder.parent / "pki", pki.BROKER)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(files.certificate, files.key)
        self._tls.load_verify_locations(files.ca)
        self._tls.verify_mode = ssl.CERT_REQUIRED
        self._listening = create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.shown: list[int] = []
        self._is_over = False

    @contextmanager
    def running(self) -> Iterator["Listening"]:
        thread = Thread(target=self._listen, daemon=True)
        thread.start()
        with closing(self._listening):
            yield self
            self._is_over = True
            create_connection(("127.0.0.1", self.port)).close()
            thread.join()

    def _listen(self) -> None:
        while not self._is_over:
            asked, _ = self._listening.accept()
            with suppress(OSError), self._tls.wrap_socket(asked, server_side=True) as tls:
                shown = tls.getpeercert(binary_form=True)
                if shown is not None:
                    self.shown.append(x509.load_der_x509_certificate(shown).serial_number)
                tls.sendall(b"seen")

    async def ask(self, context: ssl.SSLContext) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=context)
        try:
            return await reader.read()
        finally:
            writer.close()

    def ask_and_wait(self, context: ssl.SSLContext) -> bytes:
        with context.wrap_socket(create_connection(("127.0.0.1", self.port)), server_hostname="127.0.0.1") as tls:
            return tls.recv(16)


async def test_whoever_connects_next_uses_what_was_renewed(agency: Path) -> None:
    renewed = contexts(agency)
    with Listening(agency).running() as server:
        for _ in range(3):
            for context in renewed:
                assert await server.ask(context) == b"seen"
                assert await asyncio.to_thread(server.ask_and_wait, context) == b"seen"
            assert set(server.shown) == {serial(agency)}
            server.shown.clear()
            renew(agency, datetime.now(UTC))


async def test_one_that_had_ended_is_let_in_again_when_it_is_renewed(agency: Path) -> None:
    renew(agency, datetime.now(UTC) - pki.CERTIFICATE_LIFE - timedelta(days=1))
    sending = read_installation(agency / "profile.toml").connection
    reading = read_profile(agency / "profile.toml", program="inbox").connection
    with Listening(agency).running() as server:
        for connection in (sending, reading):
            with pytest.raises(OSError, match="expired"):
                await server.ask(connection.ssl_context)
        assert sending.hindrance() is not None
        assert "your certificate ended" in str(reading.not_reachable("x"))
        renew(agency, datetime.now(UTC))
        for connection in (sending, reading):
            assert await server.ask(connection.ssl_context) == b"seen"
        assert sending.hindrance() is None
        assert "your certificate ended" not in str(reading.not_reachable("x"))


@pytest.mark.parametrize("what", ["half of it", "nothing", "another's"])
async def test_what_cannot_be_used_changes_nothing_and_is_read_when_it_is_whole(
    agency: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (context, _) = contexts(agency)
    file = agency / f"{ROCHDALE}.crt"
    before, whole = serial(agency), file.read_bytes()
    with Listening(agency).running() as server:
        if what == "nothing":
            file.unlink()
        elif what == "half of it":
            file.write_bytes(whole[: len(whole) // 2])
        else:
            file.write_bytes(pki.principal_files(agency.parent / "pki", pki.BROKER).certificate.read_bytes())
        for _ in range(2):
            assert await server.ask(context) == b"seen"
        assert server.shown == [before, before]
        assert capsys.readouterr().out.count("renewed_certificate_not_usable") == 1
        renew(agency, datetime.now(UTC))
        assert await server.ask(context) == b"seen"
        assert server.shown[2:] == [serial(agency)]


def test_files_that_do_not_belong_together_are_refused_at_the_start(agency: Path) -> None:
    stranger = pki.principal_files(agency.parent / "pki", pki.BROKER)
    with pytest.raises(OSError, match=r"(?i)mismatch"):
        RenewedTls.of(authority=agency / "ca.crt", certificate=agency / f"{ROCHDALE}.crt", key=stranger.key)
