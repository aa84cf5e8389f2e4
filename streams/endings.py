"""The end of a worker by an error: the process ends, and the log says where, never what."""

import asyncio
import traceback
from pathlib import Path

import structlog

from streams.transport import end_process

_log = structlog.get_logger()


def end_when_failed(task: "asyncio.Task[None]") -> None:
    """End the process when a task that should never end has ended; for a worker's own tasks."""
    if task.cancelled():
        end_process("the work was cancelled")
    elif (error := task.exception()) is not None:
        _log.error("work_failed", error=type(error).__name__, at=frames(error))
        end_process(f"the work failed: {type(error).__name__}")


def frames(error: BaseException) -> list[str]:
    """Where an error came from, as file, line and function; never its text, which may quote a record."""
    trace = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in trace]
