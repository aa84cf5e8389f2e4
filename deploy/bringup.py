"""Brings the hub of one installation up, from an empty folder or from yesterday's, and takes it down again.

The order follows from what needs what: broker, topics and permissions, then registry and schemas, the hub's own
directory entries, and the workers; a supervisor keeps all of them running. Schema ids that an earlier start kept let
the workers start before the registry; the ids are read again when it is up, and must be the same.

    async with Hub(Home(folder), settings, progress=progress) as hub:
        print(hub.running.bootstrap)

Leaving stops everything in the opposite order. Nothing here decides anything about agencies (`agencies.py`).
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from consumers.connection import ended
from deploy import directory, pki, runtime, topics
from deploy.broker import HOST, EmbeddedBroker
from deploy.config import Settings
from deploy.home import PROCESSES, WORKER_GROUPS, Home, worker_settings
from deploy.hub_time import set_hub_time
from deploy.occupied import NotRunning, Running
from deploy.own_thread import in_own_thread
from deploy.processes import ChildProcess, Program, log_tail
from deploy.progress import GroupProgress
from deploy.provision import Administrator, provision
from deploy.registry import WRITER, EmbeddedRegistry
from deploy.start_cache import StartCache
from deploy.stem import IS_POSSIBLE, Stem
from deploy.supervisor import Supervisor, tell_nobody
from hub.directory import Directory
from schemas.codec import SchemaIds
from schemas.errors import HomewardError, SchemaError
from schemas.registry import SchemaRegistry

WORKERS_READY_SECONDS: Final = 90.0
ENDS_BEFORE_READY: Final = 3
"""A worker that ended so often while starting will not come up by itself."""
_LOOK_EVERY_SECONDS: Final = 0.1
_WATCH_EVERY_SECONDS: Final = 2.0
_FEW_ARENAS: Final = {"MALLOC_ARENA_MAX": "2"}
"""A worker's threads share what they allocate from: each of its own would keep what it once needed."""
_BEFOREHAND: Final = (*(f"streams.{name}" for name in PROCESSES), "streams.start:prepare")
"""What workers read and build, wrapped or not."""
_READY_LINE: Final = '"worker_ready"'
_NEW_KEY_AGAIN_SECONDS: Final = 30.0
BROKER: Final = "broker"
REGISTRY: Final = "schema registry"

_log = structlog.get_logger()


class WorkerNotReady(HomewardError):
    """A worker did not take up its work in time; the end of its log is in the message."""


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
    tell: Callable[[str], None] = tell_nobody
    """Told in a line when the broker or the registry has ended, and when it is back."""
    hub_scale: float | None = None
    """Hub seconds a second, in a demonstration (`Home.mark_demo`); None: the hub's time is the broker's."""
    calm: timedelta = timedelta(0)
    """How long a demonstration that is taken up again keeps real pace, while its agencies connect."""
    broker: EmbeddedBroker = field(init=False)
    registry: EmbeddedRegistry = field(init=False)
    supervisor: Supervisor = field(init=False)
    running: Running = field(init=False)
    ids: SchemaIds = field(init=False)
    known: Directory = field(init=False)
    """The directory as it was when the hub came up."""
    setup_seconds: float = field(default=0.0, init=False)
    """Time for what only a first start needs: downloads, keys."""
    clock_set_at: float = field(default=0.0, init=False)
    """When the workers were about to start, and a demonstration's clock was set; of `time.monotonic`."""
    start_seconds: float = field(default=0.0, init=False)
    """Time from there until the workers took records."""
    _stem: Stem | None = field(default=None, init=False)
    _watches: list[GroupProgress] = field(default_factory=list, init=False)
    _registry_start: asyncio.Task[None] | None = field(default=None, init=False)
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
        kafka = await in_own_thread(runtime.kafka, self.progress)
        apicurio = await in_own_thread(runtime.registry, self.progress)
        self.progress("keys and certificates", 0, 0)
        await asyncio.to_thread(self.home.prepare)
        ports = self.home.ports(self.settings)
        self.setup_seconds = time.monotonic() - began
        began = time.monotonic()

        if IS_POSSIBLE:
            self._stem = await opening.enter_async_context(
                Stem(_BEFOREHAND, log_file=self.home.worker("stem") / "stem.log", environment=_FEW_ARENAS)
            )
        self.progress("broker", 0, 0)
        self.broker = await opening.enter_async_context(
            EmbeddedBroker(
                folder=self.home.broker,
                certificates=self.home.pki,
                kafka=kafka,
                port=ports["broker"],
                controller_port=ports["controller"],
                start_cache=StartCache.of(kafka),
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
        self.supervisor = Supervisor(look_every_seconds=_WATCH_EVERY_SECONDS, tell=self.tell)
        self.running = Running(
            pid=os.getpid(),
            bootstrap=self.broker.bootstrap,
            registry=self.registry.url,
            metrics={name: f"http://{HOST}:{ports[name]}/metrics" for name in PROCESSES},
        )
        await self._start_registry_and_workers(opening, ports)
        self.home.announce(self.running)
        rotation = asyncio.create_task(self._seal_under_a_new_key_each_day(), name="sealing key of the day")
        opening.callback(rotation.cancel)
        self.start_seconds = time.monotonic() - began

    async def _start_registry_and_workers(self, opening: AsyncExitStack, ports: dict[str, int]) -> None:
        """The workers first, where an earlier start kept all schema ids; else after the registry, which gives them."""
        opening.push_async_exit(self.registry)
        opening.push_async_callback(self._end_watches)
        opening.push_async_exit(self.supervisor)
        self.supervisor.keep_server(BROKER, self.broker)
        if (kept := self._kept_ids()) is not None:
            self.ids = kept
            self.progress("workers", 0, 0)
            await self._start_workers(ports)
            self._registry_start = asyncio.create_task(self._registry_as_before(), name="start the schema registry")
            opening.push_async_callback(ended, self._registry_start)
            return
        self.progress(REGISTRY, 0, 0)
        await self._start_registry()
        self.progress("schemas", 0, 0)
        self.ids = await asyncio.to_thread(self._registered)
        self.home.write_schema_ids(self.ids)
        self.progress("workers", 0, 0)
        await self._start_workers(ports)

    async def registry_is_ready(self) -> None:
        """Wait for the schema registry, which starts behind the workers where nothing on a report's way needs it.

        Raises:
            SchemaIdsChanged: it gives other ids than those the workers run with.
            ProcessEnded, RegistryNotReady: it did not start.
        """
        if self._registry_start is not None:
            if not self._registry_start.done():
                self.progress(REGISTRY, 0, 0)
            await asyncio.shield(self._registry_start)

    async def _start_registry(self) -> None:
        await self.registry.start()
        self.supervisor.keep_server(REGISTRY, self.registry, needs=[BROKER])

    async def _registry_as_before(self) -> None:
        await self._start_registry()
        if (await asyncio.to_thread(self._read_ids)).fingerprints() != self.ids.fingerprints():
            message = (
                f"the schema registry of {self.home.folder} gives other ids than at the first start; "
                "its topics were changed by another program: restore the folder from a backup"
            )
            raise SchemaIdsChanged(message)

    def _kept_ids(self) -> SchemaIds | None:
        """The ids of an earlier start; None where there was none, or a schema was released since."""
        try:
            return self.home.schema_ids()
        except (NotRunning, SchemaError):
            return None

    def _read_ids(self) -> SchemaIds:
        """The ids that the registry has, its rules looked at too."""
        with SchemaRegistry(self.registry.url, trust=pki.ssl_context(self.home.pki, "admin")) as registry:
            registry.check_compatibility()
            return registry.schema_ids()

    def _registered(self) -> SchemaIds:
        """Every released schema registered, as ids."""
        trust = pki.ssl_context(self.home.pki, "admin")
        credentials = (WRITER, self.registry.password)
        with SchemaRegistry(self.registry.url, trust=trust, credentials=credentials) as registry:
            return registry.register_released()

    async def _start_workers(self, ports: dict[str, int]) -> None:
        await asyncio.gather(self._say_who_we_are(), self._set_hub_time())
        self.clock_set_at = time.monotonic()
        started: list[tuple[ChildProcess, GroupProgress | None]] = []
        for name in PROCESSES:
            file = worker_settings(
                self.home, name, bootstrap=self.broker.bootstrap, metrics_port=ports[name], settings=self.settings
            )
            log_file = self.home.worker(name) / "worker.log"
            log_file.unlink(missing_ok=True)
            program = Program(
                name=name,
                command=(sys.executable, "-m", self.worker_module.format(name=name), "--settings", str(file)),
                log_file=log_file,
                environment=_FEW_ARENAS,
                stem=self._stem,
            )
            watch = self._watch_over(name) if name in WORKER_GROUPS else None
            started.append((await self.supervisor.keep(program, watch=watch), watch))
        for child, watch in started:
            await self._ready(child, watch)

    async def _say_who_we_are(self) -> None:
        """The hub's own entries in the directory, brought up to date before a worker reads it."""
        self.known = await directory.read_directory(self.home, self.broker.bootstrap, self.ids)
        if own := directory.own_entries(self.home, self.known, datetime.now(UTC)):
            await directory.publish(self.home, self.broker.bootstrap, own, self.ids)

    async def _set_hub_time(self) -> None:
        if self.hub_scale is not None:
            await set_hub_time(self.home, self.broker.bootstrap, self.ids, scale=self.hub_scale, calm=self.calm)

    def _watch_over(self, name: str) -> GroupProgress:
        """Judges from outside whether a worker gets anywhere, by its group's positions and its own count of steps."""
        group, topic = WORKER_GROUPS[name]
        context = pki.ssl_context(self.home.pki, "operator")
        watch = GroupProgress(
            bootstrap=self.broker.bootstrap,
            context=context,
            group=group,
            topic=topic,
            metrics=self.running.metrics[name],
        )
        self._watches.append(watch)
        return watch

    async def _end_watches(self) -> None:
        await asyncio.gather(*(watch.close() for watch in self._watches), return_exceptions=True)

    async def _ready(self, child: ChildProcess, watch: GroupProgress | None) -> None:
        """Wait until a worker says in its log that it takes records.

        Raises:
            WorkerNotReady: it ended several times, or it got nowhere for too long.
        """
        name, log_file = child.program.name, child.program.log_file
        deadline, seen = time.monotonic() + WORKERS_READY_SECONDS, None
        while time.monotonic() < deadline and self.supervisor.restarts(name) < ENDS_BEFORE_READY:
            if log_file.exists() and _READY_LINE in log_file.read_text(errors="replace"):
                return
            if watch is not None and (steps := await watch.steps()) not in {None, seen}:
                deadline, seen = time.monotonic() + WORKERS_READY_SECONDS, steps
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        message = f"the worker {name} does not take up its work; its log, {log_file}, ends with:\n{log_tail(log_file)}"
        raise WorkerNotReady(message)

    async def _seal_under_a_new_key_each_day(self) -> None:
        """Publish the new day's sealing key at midnight (UTC) for as long as the hub runs."""
        is_listed = True
        while True:
            now = datetime.now(UTC)
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=5, microsecond=0)
            await asyncio.sleep((midnight - now).total_seconds() if is_listed else _NEW_KEY_AGAIN_SECONDS)
            is_listed = await self._new_key_is_listed()

    async def _new_key_is_listed(self) -> bool:
        """List the day's sealing key; False where that failed, because the broker is away just then or for any cause.

        Whatever it was, it is tried again: without the keys of the days to come agencies could seal nothing.
        """
        try:
            known = await directory.read_directory(self.home, self.broker.bootstrap, self.ids)
            entries = directory.own_entries(self.home, known, datetime.now(UTC))
            await directory.publish(self.home, self.broker.bootstrap, entries, self.ids)
        except Exception as error:  # noqa: BLE001 - see above
            name, again = type(error).__name__, _NEW_KEY_AGAIN_SECONDS
            _log.error("sealing_key_not_listed", error=name, again_in_seconds=again)
            return False
        _log.info("sealing_key_of_the_day", entries=len(entries))
        return True
