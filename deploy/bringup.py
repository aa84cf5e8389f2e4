"""Brings the hub of one installation up, from an empty folder or from yesterday's, and takes it down again.

The order follows from what needs what: broker, topics and permissions, then registry and schemas, the hub's own
directory entries, and the workers, kept running by a supervisor. Schema ids that an earlier start kept let the workers
start beside the registry instead of after it; the ids are read again afterwards, and must be the same.

    async with Hub(Home(folder), settings, progress=progress) as hub:
        print(hub.running.bootstrap)

Leaving stops everything in the opposite order. Nothing here decides anything about agencies (`agencies.py`).
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from deploy import directory, pki, runtime, topics
from deploy.broker import HOST, EmbeddedBroker
from deploy.config import Settings
from deploy.home import WORKERS, Home, Running, worker_settings
from deploy.processes import ChildProcess, Program, Supervisor, log_tail
from deploy.provision import Administrator, provision
from deploy.registry import WRITER, EmbeddedRegistry
from hub.directory import Directory
from schemas.codec import SchemaIds
from schemas.errors import HomewardError
from schemas.registry import SchemaRegistry

WORKERS_READY_SECONDS: Final = 90.0
ENDS_BEFORE_READY: Final = 3
"""A worker that ended so often while starting will not come up by itself."""
_LOOK_EVERY_SECONDS: Final = 0.1
_READY_LINE: Final = '"worker_ready"'

_log = structlog.get_logger()


class WorkerNotReady(HomewardError):
    """A worker did not take up its work in time; the end of its log is in the message."""


class StoppedWhileStarting(HomewardError):
    """Somebody asked the hub to stop before it was up."""

    def __init__(self) -> None:
        super().__init__("stopped while starting; nothing was left running")


class SchemaIdsChanged(HomewardError):
    """The registry gives other ids than it did before: it is not the registry this installation began with."""


class Progress(Protocol):
    """Told what is under way, for somebody who waits."""

    def __call__(self, step: str, done: int, of: int) -> None:
        """The step, and how far it is; `of` is 0 where that is not known."""


@dataclass(slots=True, kw_only=True)
class Hub:
    """The hub of one installation, running. `agencies` are provisioned with the rest, in one call to the broker."""

    home: Home
    settings: Settings
    progress: Progress
    agencies: Iterable[topics.Agency] = ()
    worker_module: str = "streams.{name}"
    """The module each worker is run as; a benchmark or a fault test puts its own round it."""
    broker: EmbeddedBroker = field(init=False)
    registry: EmbeddedRegistry = field(init=False)
    supervisor: Supervisor = field(init=False)
    running: Running = field(init=False)
    ids: SchemaIds = field(init=False)
    known: Directory = field(init=False)
    """The directory as it was when the hub came up."""
    setup_seconds: float = field(default=0.0, init=False)
    """Time for what only a first start needs: downloads, keys."""
    start_seconds: float = field(default=0.0, init=False)
    """Time from there until the workers took records."""
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack, init=False)

    async def __aenter__(self) -> Self:
        """Start everything and wait until the workers take records."""
        async with AsyncExitStack() as opening:
            await self._start(opening)
            self._opened = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything: workers, registry, broker."""
        await self._opened.__aexit__(kind, error, trace)

    @property
    def administrator(self) -> Administrator:
        """The connection with every right, for agencies that join."""
        return Administrator(bootstrap=self.broker.bootstrap, certificates=self.home.pki)

    async def _start(self, opening: AsyncExitStack) -> None:
        began = time.monotonic()
        opening.enter_context(self.home.held())
        kafka = await asyncio.to_thread(runtime.kafka, self.progress)
        apicurio = await asyncio.to_thread(runtime.registry, self.progress)
        self.progress("keys and certificates", 0, 0)
        await asyncio.to_thread(self.home.prepare)
        ports = self.home.ports(self.settings)
        self.setup_seconds = time.monotonic() - began
        began = time.monotonic()

        self.progress("broker", 0, 0)
        self.broker = await opening.enter_async_context(
            EmbeddedBroker(
                folder=self.home.broker,
                certificates=self.home.pki,
                kafka=kafka,
                port=ports["broker"],
                controller_port=ports["controller"],
            )
        )
        self.progress("topics and permissions", 0, 0)
        await provision(self.administrator, self.agencies)
        self.registry = EmbeddedRegistry(
            folder=self.home.registry,
            certificates=self.home.pki,
            bootstrap=self.broker.bootstrap,
            registry=apicurio,
            port=ports["registry"],
            health_port=ports["registry_health"],
        )
        self.supervisor = Supervisor()
        self.running = Running(
            pid=os.getpid(),
            bootstrap=self.broker.bootstrap,
            registry=self.registry.url,
            metrics={name: f"http://{HOST}:{ports[name]}/metrics" for name in WORKERS},
        )
        await self._start_registry_and_workers(opening, ports)
        self.home.announce(self.running)
        rotation = asyncio.create_task(self._seal_under_a_new_key_each_day(), name="sealing key of the day")
        opening.callback(rotation.cancel)
        self.start_seconds = time.monotonic() - began

    async def _start_registry_and_workers(self, opening: AsyncExitStack, ports: dict[str, int]) -> None:
        """Both at once where schema ids were kept by an earlier start; else the workers wait for the ids."""
        opening.push_async_exit(self.registry)
        opening.push_async_exit(self.supervisor)
        is_known = self.home.schema_ids_file.exists()
        if is_known:
            self.ids = self.home.schema_ids()
            self.progress("workers and schema registry", 0, 0)
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self.registry.start())
                    tasks.create_task(self._start_workers(ports))
            except BaseExceptionGroup as failed:
                raise failed.exceptions[0] from None
            if (found := await asyncio.to_thread(self._registered)).fingerprints() != self.ids.fingerprints():
                message = (
                    f"the schema registry of {self.home.folder} gives other ids than at the first start; "
                    "its topics were changed by another program: restore the folder from a backup"
                )
                raise SchemaIdsChanged(message)
            self.ids = found
            return
        self.progress("schema registry", 0, 0)
        await self.registry.start()
        self.progress("schemas", 0, 0)
        self.ids = await asyncio.to_thread(self._registered)
        self.home.write_schema_ids(self.ids)
        self.progress("workers", 0, 0)
        await self._start_workers(ports)

    def _registered(self) -> SchemaIds:
        """Every released schema registered (again: the same id comes back), as ids."""
        trust = pki.ssl_context(self.home.pki, "admin")
        credentials = (WRITER, self.registry.password)
        with SchemaRegistry(self.registry.url, trust=trust, credentials=credentials) as registry:
            return registry.register_released()

    async def _start_workers(self, ports: dict[str, int]) -> None:
        self.known = await directory.read_directory(self.home, self.broker.bootstrap, self.ids)
        if own := directory.own_entries(self.home, self.known, datetime.now(UTC)):
            await directory.publish(self.home, self.broker.bootstrap, own, self.ids)
        started = []
        for name in WORKERS:
            file = worker_settings(
                self.home, name, bootstrap=self.broker.bootstrap, metrics_port=ports[name], settings=self.settings
            )
            log_file = self.home.worker(name) / "worker.log"
            log_file.unlink(missing_ok=True)
            program = Program(
                name=name,
                command=(sys.executable, "-m", self.worker_module.format(name=name), "--settings", str(file)),
                log_file=log_file,
            )
            started.append(await self.supervisor.keep(program))
        deadline = time.monotonic() + WORKERS_READY_SECONDS
        for child in started:
            await self._ready(child, deadline)

    async def _ready(self, child: ChildProcess, deadline: float) -> None:
        """Wait until a worker says in its log that it takes records.

        Raises:
            WorkerNotReady: it ended several times, or the time is over.
        """
        name, log_file = child.program.name, child.program.log_file
        while time.monotonic() < deadline and self.supervisor.restarts(name) < ENDS_BEFORE_READY:
            if log_file.exists() and _READY_LINE in log_file.read_text(errors="replace"):
                return
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        message = f"the worker {name} does not take up its work; its log, {log_file}, ends with:\n{log_tail(log_file)}"
        raise WorkerNotReady(message)

    async def _seal_under_a_new_key_each_day(self) -> None:
        """Publish the new day's sealing key at midnight (UTC) for as long as the hub runs."""
        while True:
            now = datetime.now(UTC)
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=5, microsecond=0)
            await asyncio.sleep((midnight - now).total_seconds())
            known = await directory.read_directory(self.home, self.broker.bootstrap, self.ids)
            entries = directory.own_entries(self.home, known, datetime.now(UTC))
            await directory.publish(self.home, self.broker.bootstrap, entries, self.ids)
            _log.info("sealing_key_of_the_day", entries=len(entries))


@asynccontextmanager
async def running_until(hub: Hub, stop: asyncio.Event) -> AsyncIterator[Hub]:
    """The hub, running; when `stop` is set while it is still starting, what had started is stopped again.

    Raises:
        StoppedWhileStarting: `stop` was set before the hub was up.
    """
    starting = asyncio.create_task(hub.__aenter__(), name="start the hub")
    stopping = asyncio.create_task(stop.wait(), name="asked to stop")
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
        await starting
    except asyncio.CancelledError:
        if stop.is_set():
            raise StoppedWhileStarting from None
        raise
    finally:
        stopping.cancel()
    try:
        yield hub
    finally:
        await hub.__aexit__(None, None, None)
