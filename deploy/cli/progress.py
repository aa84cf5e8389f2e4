"""What a slow start shows on standard error: a line a step with its time, a bar where the end is known.

On a terminal the step under way turns; in a pipe each step is one line when it is over, and nothing moves.
"""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class Steps:
    """Shows steps as they are told; call it as `deploy.bringup.Progress`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._step = ""
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        """Nothing is shown until the first step."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The last step is over, or has failed."""
        self.close(is_done=kind is None)

    def __call__(self, step: str, done: int, of: int) -> None:
        """A step is under way; `of` is 0 where its length is not known. An empty step: the last one is over."""
        if step != self._step:
            self.close(is_done=True)
            if step:
                self._open(step, of)
        if self._bar is not None and of:
            self._bar.update(self._bar.task_ids[0], completed=done, total=of)

    def _open(self, step: str, of: int) -> None:
        self._step, self._began = step, time.monotonic()
        if not self._console.is_terminal:
            return
        columns = [SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()]
        if of:
            columns[2:] = [BarColumn(bar_width=24), MofNCompleteColumn(), TimeRemainingColumn()]
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._bar.add_task(step, total=of or None)
        self._bar.start()

    def close(self, *, is_done: bool = True) -> None:
        """The step under way is over, or was given up."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        if self._step and is_done:
            seconds = time.monotonic() - self._began
            mark = ("✓", "green") if self._console.is_terminal else "-"
            self._console.print(Text.assemble("  ", mark, f" {self._step} ", (f"{seconds:.1f} s", "dim")))
        self._step = ""
