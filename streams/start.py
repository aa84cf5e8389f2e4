"""How a worker process begins: its settings, its logs, its metrics, its schema ids, and then its shell."""

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Final

from hub.reference import packaged_reference
from schemas import codec
from schemas.codec import SchemaIds
from streams.logs import log_as_json_lines
from streams.metrics import serve
from streams.processor import Processor
from streams.secrets import HubSecrets
from streams.settings import WorkerSettings
from streams.shell import Shell

GARBAGE_THRESHOLD: Final = 20_000
"""Objects between two looks for cyclic garbage: the values here are frozen and form no cycles."""
_SWITCH_SECONDS: Final = 0.0005
"""How long one thread may keep the interpreter: Faust's consumer hands every record over from a thread of its own."""


def run_worker(name: str, make: Callable[[WorkerSettings, HubSecrets, SchemaIds], Processor]) -> None:
    """Run one processor, made by `make`, in this process until it is told to stop."""
    settings, ids = _prepared(name)
    secrets = HubSecrets.read(settings)
    prepare()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    sys.setswitchinterval(_SWITCH_SECONDS)
    asyncio.run(_run(make, settings, secrets, ids))
    secrets.keyring.close()


def run_beside(name: str, work: Callable[[WorkerSettings, SchemaIds], Coroutine[None, None, None]]) -> None:
    """Run something that no report passes through, and that holds no secret of the hub but its own signing key."""
    settings, ids = _prepared(name)
    asyncio.run(work(settings, ids))


def prepare() -> None:
    """Build what the first report would else have to wait for, and what is the same for every worker."""
    codec.prepare()
    packaged_reference()


def _prepared(name: str) -> tuple[WorkerSettings, SchemaIds]:
    """The settings that the command line names, the pinned schema ids; logs and metrics are set up."""
    arguments = argparse.ArgumentParser(description=f"Run the worker {name}.")
    arguments.add_argument("--settings", type=Path, required=True, help="TOML file written by the deployment")
    settings = WorkerSettings.read(arguments.parse_args().settings)
    log_as_json_lines()
    pinned: dict[str, int] = json.loads(settings.schema_ids.read_text())
    serve(settings.metrics_port, name)
    return settings, SchemaIds.from_mapping({number: fingerprint for fingerprint, number in pinned.items()})


async def _run(
    make: Callable[[WorkerSettings, HubSecrets, SchemaIds], Processor],
    settings: WorkerSettings,
    secrets: HubSecrets,
    ids: SchemaIds,
) -> None:
    """Make the processor inside the loop that its connections will belong to, and run it."""
    await Shell(make(settings, secrets, ids), settings).run()
