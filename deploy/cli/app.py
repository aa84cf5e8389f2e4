"""The application: every noun of the command line, and how a run of it ends."""

import io
import logging
import os
import sys
import time
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Annotated, Final

import structlog
import typer
from rich.console import Console

from deploy.cli.declaring import noun

_MODULES: Final[Mapping[str, Collection[str]]] = {
    "demo": ("demo",),
    "hub_commands": ("up", "check", "doctor"),
    "quarantine_commands": ("quarantine",),
    "due_commands": ("due", "late", "handover"),
    "asof_commands": ("asof",),
    "agency_commands": ("agency",),
    "report_commands": ("report",),
    "outbox_commands": ("outbox",),
    "inbox_commands": ("inbox",),
    "register_commands": ("register",),
    "review_commands": ("review",),
    "episode_commands": ("episode",),
    "scenario_commands": ("scenario",),
    "rules_commands": ("rules",),
    "reconcile_commands": ("reconcile",),
    "import_commands": ("import",),
    "linkage_commands": ("linkage",),
    "config_commands": ("config",),
}
"""Modules beside this one, in the order of the help, and the words at the top of the command line that each has."""


_VERSION: Final = "--version"


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if asked:
        from importlib.metadata import version  # noqa: PLC0415

        typer.echo(f"homeward {version('homeward')}")
        raise typer.Exit


def _homeward(
    version: Annotated[  # noqa: FBT002 - so Typer declares a flag
        bool, typer.Option(_VERSION, callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


def application(first: str | None = None) -> typer.Typer:
    """The command line, with the commands of the module that has this word only; with all where none has it, and none
    where only the version is asked for.

    Most of the time to start goes into reading modules that one command does not need.
    """
    made = noun(
        name="homeward",
        pretty_exceptions_enable=False,
        help="Tell every agency that must know, within minutes, that a child is missing, found or home again.",
        epilog="Begin with: homeward demo",
    )
    made.callback()(_homeward)
    wanted = [module for module, words in _MODULES.items() if first in words] or list(_MODULES)
    if first == _VERSION:
        wanted = []
    for module in wanted:
        commands = import_module(f"deploy.cli.{module}")
        if hasattr(commands, "register"):
            commands.register(made)
        else:
            (word,) = _MODULES[module]
            made.add_typer(commands.app, name=word)
    return made


class _ConnectionLost(logging.Handler):
    """Says in one line, and not again for a while, what the Kafka client says in hundreds.

    Nothing in the first seconds: a command that cannot go on without the hub says so itself by then.
    """

    AFTER: Final = 5.0
    AGAIN_AFTER: Final = 30.0

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._say_at: float | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Note that the client complains."""
        del record
        now = time.monotonic()
        if self._say_at is None:
            self._say_at = now + self.AFTER
        elif now >= self._say_at:
            self._say_at = now + self.AGAIN_AFTER
            print("the hub does not answer; it is asked again", file=sys.stderr)  # noqa: T201


def _had_enough(console: Console) -> None:
    """Whoever read the help has enough (`| head -1`): nothing went wrong."""
    console.quiet = True
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, console.file.fileno())
    os.close(nowhere)
    sys.exit(0)


def _write_what_can_be() -> None:
    """A screen that cannot show a sign (an accent, a line of a table) is shown `?`, and every other word."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def main() -> None:
    """Run the command line. What its parts log goes to standard error: errors, with `--debug` warnings as well."""
    _write_what_can_be()
    setattr(Console, "on_broken_pipe", _had_enough)  # noqa: B010 - Typer prints its help with a plain one
    level = logging.WARNING
    if "--debug" not in sys.argv:
        level = logging.ERROR
        client = logging.getLogger("aiokafka")
        client.propagate = False
        client.addHandler(_ConnectionLost())
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    application(sys.argv[1] if len(sys.argv) > 1 else None)()
