"""The end of a certificate: said in time, and never taken for a hub that is away."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consumers import CertificateEnded, HubNotReachable
from consumers import Connection as ReadingConnection
from deploy import pki
from deploy.cli.invocation import Status, explained
from hub.certificates import CertificateLife
from producers import CertificateEnded as SendingCertificateEnded
from producers import Connection, DirectoryReader, NotYetConnected
from schemas.codec import SchemaIds

END = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
LIFE = CertificateLife(agency="E08000005", ends=END)
GONE = CertificateLife(agency="E08000005", ends=datetime.now(UTC) - timedelta(days=1))
GOOD = CertificateLife(agency="E08000005", ends=datetime.now(UTC) + timedelta(days=1))
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def reading(life: CertificateLife | None) -> ReadingConnection:
    return ReadingConnection(bootstrap_servers="127.0.0.1:1", client_id="x", ssl_context=TLS, certificate=lambda: life)


def sending(life: CertificateLife | None) -> Connection:
    return Connection(bootstrap_servers="127.0.0.1:1", client_id="x", ssl_context=TLS, certificate=lambda: life)


def test_the_end_is_read_from_the_certificate(tmp_path: Path) -> None:
    pki.ensure(tmp_path, ())
    certificate = tmp_path / "broker.crt"
    life = CertificateLife.of("E08000005", certificate.read_bytes())
    assert life is not None
    assert life.ends == pki.expires_at(certificate)
    assert CertificateLife.of("E08000005", b"no certificate") is None


@pytest.mark.parametrize(
    "before, is_warned, has_ended",
    [
        (timedelta(days=15), False, False),
        (timedelta(days=13), True, False),
        (timedelta(0), True, False),
        (timedelta(seconds=-1), False, True),
    ],
)
def test_it_is_said_in_the_last_days_and_after_the_end(before: timedelta, is_warned: bool, has_ended: bool) -> None:  # noqa: FBT001
    now = END - before
    assert (LIFE.warning(now) is not None, LIFE.ended(now) is not None) == (is_warned, has_ended)


def test_what_is_said_names_the_day_and_the_remedy() -> None:
    said = LIFE.ended(END + timedelta(days=1))
    assert said is not None
    assert said.startswith(
        "your certificate ended on 26 November 2026 at 09:30 UTC; ask the hub to approve your request"
    )
    assert "homeward agency approve E08000005 --by NAME" in said


def test_a_reader_whose_certificate_has_ended_does_not_blame_the_hub() -> None:
    status, said = explained(reading(GONE).not_reachable("KafkaConnectionError"))
    assert status is Status.UNREACHABLE
    assert "your certificate ended on" in said
    assert "cannot be reached" not in said
    assert "homeward up" not in said
    for life in (None, GOOD):
        error = reading(life).not_reachable("KafkaConnectionError")
        assert type(error) is HubNotReachable
        assert "the hub cannot be reached" in explained(error)[1]


async def test_a_connection_that_is_not_let_in_looks_at_its_own_certificate_first() -> None:
    with pytest.raises(CertificateEnded):
        async with reading(GONE).reader("directory"):
            pass
    with pytest.raises(HubNotReachable) as away:
        async with reading(GOOD).reader("directory"):
            pass
    assert not isinstance(away.value, CertificateEnded)


async def test_a_first_start_with_an_ended_certificate_says_so() -> None:
    for life, expected in ((GONE, SendingCertificateEnded), (GOOD, NotYetConnected)):
        reader = DirectoryReader(sending(life), trust_key=bytes(32), ids=SchemaIds.local())
        with pytest.raises(NotYetConnected) as caught:
            await reader.ready(0.01)
        assert type(caught.value) is expected
        assert ("your certificate ended on" in explained(caught.value)[1]) is (life is GONE)
        assert ("homeward up" in explained(caught.value)[1]) is (life is GOOD)
