"""Workers of a running hub with other settings than it gave them; a second register beside the first."""

import asyncio
import contextlib
import json
import socket
import urllib.request
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from deploy.processes import ChildProcess, Program
from tests.kafka.way.town import PATIENCE, Town


@contextlib.asynccontextmanager
async def worker_with(town: Town, worker: str, **changes: float) -> AsyncIterator[None]:
    """Within this block the worker goes by these settings; before and after it is started again."""
    file = town.home.worker(worker) / "settings.toml"
    before = file.read_text()
    file.write_text(_text({**settings_of(town, worker), **{key: str(value) for key, value in changes.items()}}))
    await started_again(town, worker)
    try:
        yield
    finally:
        file.write_text(before)
        await started_again(town, worker)


async def started_again(town: Town, worker: str) -> None:
    """Kill a worker that has nothing in hand, and return when the next one takes records."""
    ready = town.log(worker).count("worker_ready")
    await town.hub.supervisor.child(worker).kill()
    await until(lambda: town.log(worker).count("worker_ready") > ready)


def settings_of(town: Town, worker: str) -> dict[str, str]:
    """The settings of a worker, each as it is written."""
    lines = (town.home.worker(worker) / "settings.toml").read_text().splitlines()
    return dict(line.split(" = ", 1) for line in lines)


def second_register(town: Town, folder: Path) -> ChildProcess:
    """Another instance of the register worker, with a disk and a port of its own; not started."""
    file = folder / "settings.toml"
    settings = settings_of(town, "register")
    own = {"instance": '"register-1"', "data_dir": f'"{folder}/state"', "metrics_port": str(free_port())}
    file.write_text(_text({**settings, **own}))
    python = town.hub.supervisor.child("register").program.command[0]
    program = Program(
        name="register-1",
        command=(python, "-m", "streams.register", "--settings", str(file)),
        log_file=folder / "worker.log",
    )
    return ChildProcess(program)


@contextlib.asynccontextmanager
async def beside(town: Town, folder: Path) -> AsyncIterator[ChildProcess]:
    """A second register, running within this block."""
    worker = second_register(town, folder)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def ready(worker: ChildProcess) -> None:
    """Return once a worker takes records."""
    await until(lambda: "worker_ready" in worker.program.log_file.read_text() or not worker.is_running)
    assert worker.is_running, worker.program.log_file.read_text()


async def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Return once this holds; what stands in a file has to be looked for."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.1)


def said(log: str, event: str) -> list[dict[str, object]]:
    """What a worker has logged under this name."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def metrics(port: int) -> dict[str, float]:
    """What a worker tells Prometheus, by name and labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def entries_counted(town: Town, *others: ChildProcess) -> float:
    """How many entries the town's register and these beside it count together; -1 while one is being started."""
    ports = [int(settings_of(town, "register")["metrics_port"]), *map(port_of, others)]
    try:
        pages = [metrics(port) for port in ports]
    except OSError:
        return -1
    return sum(count for page in pages for name, count in page.items() if name.startswith("homeward_register_entries{"))


def port_of(worker: ChildProcess) -> int:
    """Where a second register tells it."""
    file = Path(worker.program.command[-1])
    return int(next(line.split(" = ")[1] for line in file.read_text().splitlines() if line.startswith("metrics_port")))


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _text(settings: dict[str, str]) -> str:
    return "\n".join(f"{key} = {value}" for key, value in settings.items())
