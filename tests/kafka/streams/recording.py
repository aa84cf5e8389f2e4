"""A processor that only notes what it was given, and a worker's settings against the shared broker."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from deploy import pki
from deploy.provision import ADMINISTRATOR
from streams.arrivals import Arrival, LogReader
from streams.processor import Joining
from streams.settings import WorkerSettings
from streams.shell import Shell
from streams.worker_app import WorkerApp
from tests.kafka.conftest import RunningHub


def settings_for(hub: RunningHub, folder: Path, instance: str) -> WorkerSettings:
    """Settings of a worker that only reads: no secrets, the administrator's certificate."""
    files = pki.principal_files(hub.certificates, ADMINISTRATOR)
    return WorkerSettings(
        bootstrap=hub.bootstrap,
        instance=instance,
        data_dir=folder,
        ca=files.ca,
        certificate=files.certificate,
        private_key=files.key,
        signing_key=files.key,
        signing_key_id="none",
        trust_key=files.key,
        hub_secrets=folder,
        keyring=folder / "keyring.sqlite",
        schema_ids=folder / "schema-ids.json",
        metrics_port=0,
        session_timeout_seconds=6.0,
        heartbeat_seconds=1.0,
    )


class Recorder:
    """A processor whose whole work is to note offsets, in the order given."""

    partitions = 1
    writes: tuple[str, ...] = ()

    def __init__(
        self,
        topic: str,
        *,
        partitions: int = 1,
        begins_at: int | None = None,
        first_batch: int = 0,
        held: Collection[int] = (),
    ) -> None:
        self.name = f"recorder-{topic}"
        self.topic = topic
        self.partitions = partitions
        self.offsets: list[int] = []
        self.rebuilding: list[bool] = []
        self._begins_at = begins_at
        self._first_batch = first_batch
        self._held = held
        self._noted = asyncio.Event()

    async def start(self, app: WorkerApp, reader: LogReader) -> None:
        """Nothing to open."""

    async def recovered(self) -> None:
        """Nothing to build."""

    def position(self, partition: int) -> int | None:
        """What the test says the state holds."""
        del partition
        return self._begins_at

    async def process(self, arrivals: Sequence[Arrival], *, more_follow: bool, joining: Joining) -> None:
        """Note them, and what joins them: at least until the first batch is as long as it is to be."""
        self._note(arrivals)
        self.rebuilding.append(more_follow)
        joined = await joining.take(self._may_join)
        while joined or (not more_follow and len(self.offsets) < self._first_batch):
            self._note(joined)
            await asyncio.sleep(0.01)
            joined = await joining.take(self._may_join)

    def _may_join(self, arrival: Arrival) -> bool:
        """Nothing of a partition that the test holds up."""
        return arrival.partition not in self._held

    def goes_on(self) -> None:
        """Let the first batch end as it is."""
        self._first_batch = 0

    def _note(self, arrivals: Sequence[Arrival]) -> None:
        self.offsets += [arrival.offset for arrival in arrivals]
        self._noted.set()

    async def park(self, arrival: Arrival, *, more_follow: bool) -> None:
        """Nothing is parked here."""

    def coming(self, arrivals: Sequence[Arrival]) -> None:
        """Nothing is prepared."""

    def changed_hands(self, partitions: frozenset[int], here: frozenset[int]) -> None:
        """Nothing is kept."""

    def caught_up(self, partition: int) -> None:
        """Nothing is counted."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def until(self, holds: Callable[[list[int]], bool], seconds: float = 30.0) -> None:
        """Wait until the offsets noted so far satisfy `holds`."""
        async with asyncio.timeout(seconds):
            while not holds(self.offsets):
                self._noted.clear()
                await self._noted.wait()


class LossyShell(Shell):
    """A shell below which records vanish, as Faust makes them vanish at the end of a rebalance."""

    def __init__(self, processor: Recorder, settings: WorkerSettings, lost: set[int]) -> None:
        super().__init__(processor, settings)
        self._lost = lost

    def _arrived_from_faust(self, event: Any) -> bool:  # noqa: ANN401 - Faust's event
        return event.message.offset not in self._lost and super()._arrived_from_faust(event)
