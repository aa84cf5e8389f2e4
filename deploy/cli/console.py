"""A console that shows what others wrote without obeying it: no escape sequence, no hidden character, no markup."""

import errno
import os
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from hub.text import inert_lines

__all__ = ["InertConsole"]


class InertConsole(Console):
    """Rich's console, with every piece of text made inert on its way out; its own control codes stay.

    Words in square brackets are words: styles are given by `Text`, never by markup.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Rich's own
        """Take Rich's options."""
        super().__init__(markup=False, highlight=False, **options)

    def on_broken_pipe(self) -> None:
        """Whoever read our output has enough: an error like any other, which ends the tasks of a command in order."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, piece by piece."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(inert_lines(segment.text), segment.style)
