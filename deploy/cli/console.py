"""A console that shows what others wrote without obeying it: no escape sequence, no hidden character, no markup."""

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

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is printed, piece by piece."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(inert_lines(segment.text), segment.style)
