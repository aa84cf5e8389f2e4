"""The phases of a benchmark run against one hub: bare hop, steady rate, as fast as it goes, and with faults."""

import asyncio
import os
import pickle
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from confluent_kafka import KafkaException
from confluent_kafka.admin import NewTopic

from deploy import directory, pki
from deploy.bench.agencies import AGENCIES, LANCASHIRE, BenchAgency, courses, reports
from deploy.bench.bare_hop import bare_hop
from deploy.bench.budget import Meter
from deploy.bench.judge import Judgement, judged, resume_seconds
from deploy.bench.lag import Lag, lag
from deploy.bench.load import Offered, offer
from deploy.bench.mailboxes import Read, ReaderTask
from deploy.bench.resources import Resources
from deploy.book_entry import Entry
from deploy.bringup import Hub
from deploy.check import PRINCIPAL, Positions, entries_on, positions, settled
from deploy.home import WORKERS
from deploy.processes import ChildProcess, Program
from deploy.provision import ADMINISTRATOR
from hub.directory import Directory
from hub.ids import AgencyId

BARE_TOPIC: Final = "bench-bare"
_DRAIN_SECONDS: Final = 180.0
"""Without a record more that was handled, after which what is not there counts as lost."""
_READER_SECONDS: Final = 30.0
_BOOKS_SECONDS: Final = 60.0


@dataclass(slots=True)
class Faulted:
    """The phase with faults: what was offered, when workers were killed or made to raise."""

    offered: Offered
    kills: list[float] = field(default_factory=list)
    raises: list[float] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Bench:
    """A hub under load: one generator here, one reader beside it."""

    hub: Hub
    agencies: dict[AgencyId, BenchAgency]
    known: Directory
    producer: AIOKafkaProducer
    reader: ChildProcess
    task_file: Path
    resources: Resources

    async def steady(self, rate: float, seconds: float) -> Offered:
        """Reports at a steady rate; returns when every notice was appended, or the workers got nowhere for too long."""
        batch = self._reports(int(rate * seconds))
        offered = await offer(self.producer, batch, rate)
        await self._drained()
        return offered

    async def backlog(self, count: int) -> Offered:
        """So many reports as fast as the broker takes them."""
        offered = await offer(self.producer, self._reports(count), None)
        await self._drained()
        return offered

    async def one_report(self) -> str:
        """One report more; its id. Nothing is waited for."""
        offered = await offer(self.producer, self._reports(1), None)
        (report,) = offered.appended
        return report

    async def whole_courses(self, count: int) -> None:
        """So many children, each from report to return, as fast as the broker takes them."""
        for step in courses(self.agencies[LANCASHIRE], count, self.known, self.hub.ids):
            await offer(self.producer, list(step), None)
            await self._drained()

    async def with_faults(self, rate: float, kills: int, raises: int, chance: random.Random) -> Faulted:
        """Reports at a steady rate while workers are killed, one or all, and made to raise, at random moments."""
        plan = ["kill"] * kills + ["raise"] * raises
        chance.shuffle(plan)
        seconds = 6.0 * len(plan) + 5.0
        sending = asyncio.create_task(offer(self.producer, self._reports(int(rate * seconds)), rate))
        out = Faulted(Offered())
        for step in plan:
            await asyncio.sleep(4.0 + chance.random() * 2.0)
            victims = WORKERS if step == "kill" and chance.random() < 1 / 3 else (chance.choice(WORKERS),)
            (out.kills if step == "kill" else out.raises).append(time.time())
            for name in victims:
                pid = self.hub.supervisor.child(name).pid
                if pid is not None:
                    os.kill(pid, signal.SIGKILL if step == "kill" else signal.SIGUSR1)
        out.offered = await sending
        await self._drained()
        return out

    async def metered(self) -> Meter:
        """What had been written and computed by now."""
        return await asyncio.to_thread(Meter.read, self.hub.administrator.client(), self.hub.running.metrics)

    async def on_the_way(self, since: Positions) -> tuple[list[Entry], list[Entry]]:
        """The headers of what came to `accepted` and to `events` since these positions."""
        accepted = await entries_on(self.hub.home, self.hub.running, PRINCIPAL, ["accepted"], since)
        return accepted, await entries_on(self.hub.home, self.hub.running, PRINCIPAL, ["events"], since)

    async def positions(self) -> Positions:
        """Where the topics end now."""
        return await positions(self.hub.home, self.hub.running)

    async def books(self) -> dict[str, Any]:
        """What `homeward check` says of everything that was sent: figures, and ids only of what is not well."""
        found = (await settled(self.hub.home, self.hub.running, seconds=_BOOKS_SECONDS)).as_mapping()
        return {name: value for name, value in found.items() if value or not name.endswith("_ids")}

    async def bare(self, rate: float, seconds: float) -> list[float]:
        """The bare hop on the same broker."""
        new = NewTopic(BARE_TOPIC, num_partitions=1, replication_factor=1)
        client = self.hub.administrator.client()
        await asyncio.wrap_future(client.create_topics([new], operation_timeout=10.0)[BARE_TOPIC])
        tls = pki.ssl_context(self.hub.home.pki, ADMINISTRATOR)
        return await bare_hop(self.hub.broker.bootstrap, tls, BARE_TOPIC, rate, seconds)

    async def read(self) -> list[Read]:
        """Stop the reader and take what it read."""
        await self.reader.stop()
        reads: list[Read] = pickle.loads(self.task_file.with_suffix(".read").read_bytes())  # noqa: S301 - our own file
        return reads

    def _reports(self, count: int) -> list[Any]:
        return list(reports(self.agencies[LANCASHIRE], count, self.known, self.hub.ids))

    async def _drained(self) -> None:
        """Wait until the workers have no record left to handle, by the broker's offsets, for as long as they get on."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        handled = quiet = 0
        while quiet < 3 and time.monotonic() < deadline:  # noqa: PLR2004 - three looks in a row
            found = await self._lag()
            quiet = quiet + 1 if found is not None and found.behind == 0 else 0
            if found is not None and found.handled > handled:
                handled, deadline = found.handled, time.monotonic() + _DRAIN_SECONDS
            await asyncio.sleep(0.5)

    async def _lag(self) -> Lag | None:
        """None where the broker did not say: a broker that was held up answers so for a moment."""
        try:
            return await asyncio.to_thread(lag, self.hub.administrator.client())
        except KafkaException:
            return None


@asynccontextmanager
async def bench(hub: Hub) -> AsyncIterator[Bench]:
    """List the agencies of the benchmark, start the reader, connect the generator."""
    now = datetime.now(UTC)
    agencies = {agency: BenchAgency.new(agency) for agency in AGENCIES}
    await directory.publish(hub.home, hub.broker.bootstrap, [each.entry(now) for each in agencies.values()], hub.ids)
    known = await directory.read_directory(hub.home, hub.broker.bootstrap, hub.ids)
    task_file = hub.home.folder / "reader.task"
    task = ReaderTask(
        bootstrap=hub.broker.bootstrap,
        certificates=hub.home.pki,
        agencies=tuple(agencies.values()),
        fingerprints=dict(hub.ids.fingerprints()),
        entries=tuple(known.entries.values()),
        mailboxes=tuple(f"inbox.{agency}" for agency in AGENCIES),
    )
    task_file.write_bytes(pickle.dumps(task))
    command = (sys.executable, "-m", "deploy.bench.reader", str(task_file))
    reader = ChildProcess(Program(name="reader", command=command, log_file=hub.home.folder / "reader.log"))
    await reader.start()
    await asyncio.to_thread(_wait_for, task_file.with_suffix(".ready"))
    tls = pki.ssl_context(hub.home.pki, ADMINISTRATOR)
    resources = Resources(lambda: _pids(hub, reader))
    watching = asyncio.create_task(resources.watch())
    try:
        async with AIOKafkaProducer(
            bootstrap_servers=hub.broker.bootstrap, security_protocol="SSL", ssl_context=tls, acks="all"
        ) as producer:
            yield Bench(
                hub=hub, agencies=agencies, known=known, producer=producer, reader=reader,
                task_file=task_file, resources=resources,
            )  # fmt: skip
    finally:
        watching.cancel()
        await reader.stop()


def _wait_for(file: Path) -> None:
    """Wait until another process has made this file."""
    deadline = time.monotonic() + _READER_SECONDS
    while not file.exists():
        if time.monotonic() > deadline:
            message = f"the reader did not begin within {_READER_SECONDS:.0f} s; see reader.log beside {file.name}"
            raise TimeoutError(message)
        time.sleep(0.1)


def _pids(hub: Hub, reader: ChildProcess) -> dict[str, int]:
    children = {name: hub.supervisor.child(name).pid for name in WORKERS}
    children |= {"broker": hub.broker.child.pid, "registry": hub.registry.child.pid, "reader": reader.pid}
    return {name: pid for name, pid in [*children.items(), ("generator", os.getpid())] if pid is not None}


def phase(offered: Offered, reads: Sequence[Read]) -> Judgement:
    """Judge one phase."""
    return judged(offered.appended, reads)


def resumes(faulted: Faulted, reads: Sequence[Read]) -> list[float]:
    """Seconds from each fault to the first notice of a report that came after it."""
    return resume_seconds([*faulted.kills, *faulted.raises], faulted.offered.appended, reads)
