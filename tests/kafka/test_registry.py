"""The schema registry: anybody reads, the hub writes, TLS 1.3 only, and no change that breaks a reader."""

import json
import ssl
import stat
from collections.abc import Iterator

import httpx
import pytest

from deploy.broker import HOST
from deploy.registry import EmbeddedRegistry
from tests.kafka.conftest import RunningHub

V1 = {"type": "record", "name": "Trial", "fields": [{"name": "a", "type": "string", "default": ""}]}
V2 = {**V1, "fields": [*V1["fields"], {"name": "b", "type": "int", "default": 0}]}
BREAKING = {**V1, "fields": [{"name": "a", "type": "long"}]}


def client(registry: EmbeddedRegistry, **options: object) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(registry.certificate_authority))
    return httpx.Client(base_url=registry.url, verify=context, timeout=30.0, **options)  # type: ignore[arg-type]


@pytest.fixture
def anybody(schema_registry: EmbeddedRegistry) -> Iterator[httpx.Client]:
    with client(schema_registry) as anonymous:
        yield anonymous


@pytest.fixture
def writer(schema_registry: EmbeddedRegistry) -> Iterator[httpx.Client]:
    with client(schema_registry, auth=("admin", schema_registry.password)) as authenticated:
        yield authenticated


def register(by: httpx.Client, schema: object) -> httpx.Response:
    return by.post("/subjects/trial/versions", json={"schema": json.dumps(schema)})


def test_anybody_reads_what_the_hub_registers_and_a_repeat_has_the_same_id(
    anybody: httpx.Client, writer: httpx.Client
) -> None:
    first = register(writer, V1).raise_for_status().json()["id"]
    assert register(writer, V1).json()["id"] == first
    read = anybody.get(f"/schemas/ids/{first}").raise_for_status().json()["schema"]
    assert json.loads(read)["name"] == "Trial"


def test_a_change_that_breaks_a_reader_is_refused(writer: httpx.Client) -> None:
    register(writer, V1).raise_for_status()
    register(writer, V2).raise_for_status()
    assert register(writer, BREAKING).status_code == 409


@pytest.mark.parametrize("credentials", [None, ("admin", "wrong"), ("intake", "")])
def test_nobody_else_writes(schema_registry: EmbeddedRegistry, credentials: tuple[str, str] | None) -> None:
    with client(schema_registry, auth=credentials) as stranger:
        assert register(stranger, V1).status_code == 401
        assert stranger.put("/config", json={"compatibility": "NONE"}).status_code == 401
        assert stranger.delete("/subjects/trial").status_code == 401


def test_every_version_must_agree_with_every_other(anybody: httpx.Client) -> None:
    assert anybody.get("/config").json() == {"compatibilityLevel": "FULL_TRANSITIVE"}


def test_tls_1_2_is_refused(schema_registry: EmbeddedRegistry) -> None:
    context = ssl.create_default_context(cafile=str(schema_registry.certificate_authority))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with httpx.Client(verify=context) as old, pytest.raises(httpx.TransportError):
        old.get(f"{schema_registry.url}/subjects")


def test_plain_http_is_refused(schema_registry: EmbeddedRegistry) -> None:
    with httpx.Client() as plain:
        for port in (schema_registry.port, schema_registry.health_port):
            try:
                answer = plain.get(f"http://{HOST}:{port}/health/ready")
            except httpx.TransportError:
                continue
            assert not answer.is_success


def test_the_writers_password_is_in_a_private_file(schema_registry: EmbeddedRegistry) -> None:
    for name in ("writer.password", "registry.properties"):
        assert stat.S_IMODE((schema_registry.folder / name).stat().st_mode) == 0o600
    assert schema_registry.password not in (schema_registry.folder / "registry.properties").read_text()


def test_broker_and_registry_fit_a_small_machine(hub: RunningHub, schema_registry: EmbeddedRegistry) -> None:
    assert 0 < schema_registry.rss_mib() < 400
    assert 0 < hub.broker.rss_mib() < 600
