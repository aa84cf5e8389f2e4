"""A real Kafka broker on this machine: one process, KRaft, mutual TLS, permissions denied by default.

Decided here: the broker's own settings. Topics, permissions and quotas are data (`topics.toml`) and are put in
place by `provision.py`. The folder keeps the data over restarts; ports may differ from one start to the next.

Measured on 2 cores that did other work too: 4.7 s to ready with formatting the folder, 4.1 s later, 5.5 s after
kill -9; 0.5 s to stop; 315 MiB idle with every topic of the table. With Java's start-up work kept (`start_cache.py`):
2.3 s and 4 s of processor time to ready, instead of 4.5 s and 8 s.
"""

import asyncio
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiokafka.conn import create_conn

from deploy import pki, runtime, topics
from deploy.answering import comes_up
from deploy.ports import free_port
from deploy.processes import ChildProcess, ProcessEnded, Program, log_tail
from deploy.start_cache import StartCache
from schemas.errors import HomewardError

HOST: Final = "127.0.0.1"
READY_WITHIN_SECONDS: Final = 60.0
STOP_SECONDS: Final = 20.0
HEAP_MIB: Final = 384
LOG_SETTINGS: Final = Path(__file__).with_name("broker.log4j2.properties")

# Beyond Kafka's defaults, each for a reason. Sizes are for one small machine; a cluster has its own manifest.
SETTINGS: Final[Mapping[str, str]] = {
    # who may come in, and what they may do
    "listener.security.protocol.map": "SSL:SSL,CONTROLLER:SSL",
    "ssl.client.auth": "required",
    "ssl.keystore.type": "PEM",
    "ssl.truststore.type": "PEM",
    "ssl.enabled.protocols": "TLSv1.3",
    "ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "false",
    "super.users": ";".join(f"User:{name}" for name in topics.SUPER_USERS),
    "auto.create.topics.enable": "false",
    # small requests only: the largest message is 256 KiB, and a request carries a batch for each partition
    "socket.request.max.bytes": str(8 * 1024 * 1024),
    "message.max.bytes": str(256 * 1024),
    # one node
    "process.roles": "broker,controller",
    "node.id": "1",
    "inter.broker.listener.name": "SSL",
    "controller.listener.names": "CONTROLLER",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # a few groups on one machine, not hundreds
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.coordinator.threads": "1",
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "2",
    "num.io.threads": "4",
    # the cleaner's table of keys: 128 MB by default, a third of our heap
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "log.cleaner.io.buffer.size": str(256 * 1024),
    # After kill -9 the controller lets the broker in again only when its old session has ended: with the default of
    # 9 s it was ready after 13.5 s, with 3 s after 5.5 s (measured).
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


class BrokerNotReady(HomewardError):
    """The broker did not answer in time; the end of its log is in the message."""


@dataclass(slots=True, kw_only=True)
class EmbeddedBroker:
    """One broker and the folder it lives in; an async context manager, or `start` and `stop`.

    async with EmbeddedBroker(folder=data / "broker", certificates=data / "pki", kafka=runtime.kafka()) as broker:
        context = pki.ssl_context(data / "pki", "intake")
        consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap, security_protocol="SSL", ssl_context=context)

    `certificates` must hold those of `broker` (`pki.ensure`). `settings` override ours, for tests. A `quick` broker
    uses Java's first compiler only, for tests and short runs: 4 s of processor time to ready instead of 8, 60 MB less,
    and less work in the first minute; but bulk reads cost it eight times as much (30 MB/s on one core), because only
    the second compiler knows the processor's AES.
    """

    folder: Path
    certificates: Path
    kafka: runtime.Kafka
    port: int = 0
    controller_port: int = 0
    heap_mib: int = HEAP_MIB
    quick: bool = False
    start_cache: StartCache | None = None
    """Where Java's start-up work is kept for the next start; None: every start does all of it."""
    settings: Mapping[str, str] = field(default_factory=dict)
    ready_seconds: float = field(default=0.0, init=False)
    """How long the last start took until the broker answered."""
    _child: ChildProcess | None = field(default=None, init=False)

    @property
    def bootstrap(self) -> str:
        """What clients call `bootstrap_servers`."""
        return f"{HOST}:{self.port}"

    @property
    def log_file(self) -> Path:
        """The broker's own log, readable as it grows."""
        return self.folder / "broker.log"

    @property
    def _told_in(self) -> Path:
        """Where it says why it ended: until its own log is open, on its standard output."""
        return self.log_file if self.log_file.exists() else self.folder / "broker.out"

    @property
    def child(self) -> ChildProcess:
        """The process, for signals and for its memory."""
        if self._child is None:
            message = f"the broker in {self.folder} was never started"
            raise BrokerNotReady(message)
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

    async def start(self) -> None:
        """Start the broker, formatting the folder the first time; returns when it answers a client's handshake.

        Raises:
            ProcessEnded: the broker ended while starting.
            BrokerNotReady: it did not answer within a minute, and was not reading its log again either.
        """
        began = time.monotonic()
        self.port = self.port or free_port()
        self.controller_port = self.controller_port or free_port()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        properties = self._write_settings()
        if not (self.folder / "data" / "meta.properties").exists():
            await self._format(properties)
        self._child = ChildProcess(
            Program(
                name="broker",
                command=tuple(self.kafka.command("kafka.Kafka", str(properties), options=self._options())),
                log_file=self.folder / "broker.out",
                stop_seconds=STOP_SECONDS,
            )
        )
        await self._child.start()
        try:
            answers = self._comes_up(self._child)
            await self._child.unless_ended(answers, name="the broker", log_file=self._told_in)
        except BaseException:
            await self._child.kill()
            raise
        self.ready_seconds = time.monotonic() - began

    async def answers(self) -> None:
        """Return when it has answered, on a connection of its own, which versions of requests it knows.

        Raises:
            OSError, KafkaError: it cannot be reached. Whoever asks limits the time.
        """
        context = pki.ssl_context(self.certificates, pki.BROKER)
        connection = await create_conn(
            HOST, self.port, client_id="homeward-supervisor", ssl_context=context, security_protocol="SSL"
        )
        connection.close()

    async def stop(self) -> None:
        """Stop in order: SIGTERM, and SIGKILL when that takes more than 20 s."""
        if self._child is not None:
            self._child.resume()
            await self._child.stop()
            if self.start_cache is not None:
                await asyncio.to_thread(self.start_cache.keep)

    async def kill(self) -> None:
        """SIGKILL, as a fault: `start` then recovers what the disk has."""
        await self.child.kill()

    def pause(self) -> None:
        """SIGSTOP, as a fault: clients wait, nothing is closed."""
        self.child.pause()

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        self.child.resume()

    def rss_mib(self) -> float:
        """Resident memory in MiB."""
        return self.child.rss_mib()

    def _options(self) -> tuple[str, ...]:
        return (
            f"-Xmx{self.heap_mib}m",
            "-XX:+UseSerialGC",
            *(["-XX:TieredStopAtLevel=1"] if self.quick else []),
            "-XX:+ExitOnOutOfMemoryError",
            *(self.start_cache.options() if self.start_cache is not None else ()),
            "-Djava.awt.headless=true",
            f"-Dhomeward.log={self.log_file}",
            f"-Dlog4j2.configurationFile={LOG_SETTINGS}",
        )

    def _write_settings(self) -> Path:
        files = pki.principal_files(self.certificates, pki.BROKER)
        settings = {
            **SETTINGS,
            "listeners": f"SSL://{HOST}:{self.port},CONTROLLER://{HOST}:{self.controller_port}",
            "advertised.listeners": f"SSL://{HOST}:{self.port}",
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "log.dirs": str(self.folder / "data"),
            "ssl.keystore.location": str(files.pem),
            "ssl.truststore.location": str(files.ca),
            **self.settings,
        }
        properties = self.folder / "server.properties"
        properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return properties

    async def _format(self, properties: Path) -> None:
        # 16 bytes, the first of them 0: an id that begins with a dash would be taken for an option (seen, 1 in 64).
        cluster_id = urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).rstrip(b"=").decode()
        arguments = ("format", f"--cluster-id={cluster_id}", "-c", str(properties))  # it may begin with a hyphen
        child = ChildProcess(
            Program(
                name="broker's storage format",
                command=tuple(
                    self.kafka.command("kafka.tools.StorageTool", *arguments, options=("-XX:TieredStopAtLevel=1",))
                ),
                log_file=self.folder / "broker.out",
            )
        )
        await child.start()
        if (status := await child.ended()) != 0:
            raise ProcessEnded(name=child.program.name, status=status, log_file=child.program.log_file)

    async def _comes_up(self, child: ChildProcess) -> None:
        """Wait until it answers (it opens its port when it is ready)."""
        if not await comes_up(self.answers, lambda: child.pid, within_seconds=READY_WITHIN_SECONDS):
            message = f"no answer at {self.bootstrap} within {READY_WITHIN_SECONDS:.0f} s; its log ends with:\n"
            raise BrokerNotReady(message + log_tail(self.log_file))
