"""The schema registry on this machine: Apicurio, its data in our own Kafka, HTTPS with TLS 1.3 only.

Anybody may read schemas (they hold nobody's data); only the hub's `admin`, with a random password kept in a file of
mode 0600, may write. It speaks the Confluent interface, so standard clients in any language decode what we publish.
Start it after the broker and after its topics exist: it ends when it finds either missing.

Measured (2 cores): ready in 6 to 9 s, 260 to 280 MB. Its health checks stay green while the broker is away, so they say
only that it has started; watch the broker itself. A write during an outage of the broker fails after 15 s, and may be
repeated: registering the same schema again returns the same id.
"""

import asyncio
import hashlib
import secrets
import shutil
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from deploy import pki, runtime
from deploy.broker import HOST
from deploy.ports import free_port
from deploy.processes import ChildProcess, Program, log_tail
from schemas.errors import HomewardError

PRINCIPAL: Final = "schema-registry"
WRITER: Final = "admin"
COMPATIBILITY: Final = "FULL_TRANSITIVE"
READY_WITHIN_SECONDS: Final = 90.0
HEAP_MIB: Final = 200
_BEHIND_THE_REST: Final = ("nice", "-n", "19") if shutil.which("nice") else ()
"""Its start costs 8 s of processor time, and nothing on a report's way waits for it: workers and agencies go first."""

SETTINGS: Final[Mapping[str, str]] = {
    "apicurio.storage.kind": "kafkasql",
    "apicurio.kafkasql.topic": "registry.journal",
    "apicurio.kafkasql.snapshots.topic": "registry.snapshots",
    "apicurio.events.kafka.topic": "registry.events",
    "apicurio.kafkasql.topic.auto-create": "false",
    "apicurio.kafkasql.consumer.group-prefix": "registry-",
    # four empty polls at every start: 26.7 s to ready with the default of 5000
    "apicurio.kafkasql.consumer.poll.timeout": "300",
    "apicurio.kafkasql.producer.delivery.timeout.ms": "15000",
    "apicurio.kafkasql.producer.request.timeout.ms": "5000",
    "apicurio.kafka.common.security.protocol": "SSL",
    "apicurio.kafka.common.ssl.endpoint.identification.algorithm": "https",
    "apicurio.kafka.common.ssl.keystore.type": "PEM",
    "apicurio.kafka.common.ssl.truststore.type": "PEM",
    # without this an administrator's call could open anonymous writing, and the journal would keep it
    "apicurio.config.dynamic.allow-all": "false",
    "quarkus.http.host": HOST,
    "quarkus.http.insecure-requests": "disabled",
    "quarkus.http.tls-configuration-name": "http",
    "quarkus.tls.http.protocols": "TLSv1.3",
    "quarkus.http.auth.basic": "true",
    "quarkus.security.users.embedded.algorithm": "digest-sha-256",
    f"quarkus.security.users.embedded.roles.{WRITER}": "sr-admin",
    "apicurio.auth.role-based-authorization": "true",
    "apicurio.auth.anonymous-read-access.enabled": "true",
    # by default plain HTTP on every interface
    "quarkus.management.host": HOST,
    "quarkus.management.tls-configuration-name": "http",
    'quarkus.log.category."org.apache.kafka".level': "WARN",
}


class RegistryNotReady(HomewardError):
    """The schema registry did not start in time, or did not take its setting; the end of its log is in the message."""


@dataclass(slots=True, kw_only=True)
class EmbeddedRegistry:
    """One schema registry; an async context manager, or `start` and `stop`.

    async with EmbeddedRegistry(
        folder=data / "registry", certificates=data / "pki", bootstrap=broker.bootstrap, registry=runtime.registry()
    ) as registry:
        print(registry.url)
    """

    folder: Path
    certificates: Path
    bootstrap: str
    registry: runtime.Registry
    port: int = 0
    health_port: int = 0
    ready_seconds: float = field(default=0.0, init=False)
    """How long the last start took until it answered."""
    _child: ChildProcess | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """What clients of Confluent's interface call `url`."""
        return f"https://{HOST}:{self.port}/apis/ccompat/v7"

    @property
    def certificate_authority(self) -> Path:
        """What clients verify it with."""
        return pki.principal_files(self.certificates, PRINCIPAL).ca

    @property
    def password(self) -> str:
        """The writer's password, from its file; made at the first start."""
        return (self.folder / "writer.password").read_text()

    @property
    def log_file(self) -> Path:
        """The registry's own log, readable as it grows."""
        return self.folder / "registry.log"

    @property
    def child(self) -> ChildProcess:
        """The process, for signals and for its memory."""
        if self._child is None:
            message = f"the schema registry in {self.folder} was never started"
            raise RegistryNotReady(message)
        return self._child

    async def __aenter__(self) -> Self:
        """Start, and wait until it answers."""
        await self.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop it, whatever happened."""
        await self.stop()

    def rss_mib(self) -> float:
        """Resident memory in MiB."""
        return self.child.rss_mib()

    async def start(self) -> None:
        """Start the registry and set its level of compatibility; returns when it answers.

        Raises:
            ProcessEnded: it ended while starting (the broker away, a topic missing or wrongly set).
            RegistryNotReady: it did not answer in time.
        """
        began = time.monotonic()
        self.port = self.port or free_port()
        self.health_port = self.health_port or free_port()
        self._child = ChildProcess(
            Program(
                name="schema registry",
                command=(
                    *_BEHIND_THE_REST,
                    str(self.registry.java),
                    f"-Xmx{HEAP_MIB}m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    f"-Dquarkus.config.locations={self._write_settings()}",
                    "-jar",
                    "quarkus-run.jar",
                ),
                folder=self.registry.folder,
                log_file=self.log_file,
            )
        )
        await self._child.start()
        try:
            async with self._client() as client:
                ready = self._answers(client, began + READY_WITHIN_SECONDS)
                await self._child.unless_ended(ready, name="the schema registry", log_file=self.log_file)
        except BaseException:
            await self._child.kill()
            raise
        self.ready_seconds = time.monotonic() - began

    async def answers(self) -> None:
        """Return when it has answered how it is, whatever it says: that the broker is away is not its fault.

        Raises:
            httpx.TransportError: it cannot be reached.
        """
        async with self._client() as client:
            await client.get(f"https://{HOST}:{self.health_port}/health/live")

    async def stop(self) -> None:
        """Stop in order."""
        if self._child is not None:
            await self._child.stop()

    def _client(self) -> httpx.AsyncClient:
        context = ssl.create_default_context(cafile=str(self.certificate_authority))
        return httpx.AsyncClient(verify=context, auth=(WRITER, self.password), timeout=30.0)

    def _write_settings(self) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private = self.folder / "snapshots"
        private.mkdir(mode=0o700, exist_ok=True)
        if not (self.folder / "writer.password").exists():
            pki.write_private(self.folder / "writer.password", secrets.token_urlsafe(32).encode())
        digest = hashlib.sha256(f"{WRITER}:Quarkus:{self.password}".encode()).hexdigest()
        files = pki.principal_files(self.certificates, PRINCIPAL)
        settings = {
            **SETTINGS,
            "apicurio.kafkasql.bootstrap.servers": self.bootstrap,
            "apicurio.kafka.common.ssl.keystore.location": str(files.pem),
            "apicurio.kafka.common.ssl.truststore.location": str(files.ca),
            "apicurio.storage.snapshot.location": str(private),
            "quarkus.http.ssl-port": str(self.port),
            "quarkus.tls.http.key-store.pem.0.cert": str(files.certificate),
            "quarkus.tls.http.key-store.pem.0.key": str(files.key),
            f"quarkus.security.users.embedded.users.{WRITER}": digest,
            "quarkus.management.port": str(self.health_port),
        }
        properties = self.folder / "registry.properties"
        text = "".join(f"{name}={value}\n" for name, value in settings.items())
        pki.write_private(properties, text.encode())
        return properties.resolve()

    async def _answers(self, client: httpx.AsyncClient, deadline: float) -> None:
        while time.monotonic() < deadline:
            try:
                answer = await client.get(f"https://{HOST}:{self.health_port}/health/ready")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.is_success:
                return await self._require_compatibility(client)
            await asyncio.sleep(0.1)
        message = f"no answer within {READY_WITHIN_SECONDS:.0f} s; its log, {self.log_file}, ends with:\n"
        raise RegistryNotReady(message + log_tail(self.log_file))

    async def _require_compatibility(self, client: httpx.AsyncClient) -> None:
        """Set the global level and read it back: at first it is NONE, and it lives in the journal."""
        answer = await client.put(f"{self.url}/config", json={"compatibility": COMPATIBILITY})
        answer.raise_for_status()
        told = (await client.get(f"{self.url}/config")).raise_for_status().json()
        if told.get("compatibilityLevel") != COMPATIBILITY:
            message = f"the schema registry says its compatibility is {told}; expected {COMPATIBILITY}"
            raise RegistryNotReady(message)
