"""The application: every noun of the command line, and how a run of it ends."""

import logging
import sys
import time
from typing import Annotated, Final

import structlog
import typer

from deploy.cli import (
    agency_commands,
    asof_commands,
    config_commands,
    demo,
    due_commands,
    episode_commands,
    hub_commands,
    import_commands,
    inbox_commands,
    linkage_commands,
    outbox_commands,
    reconcile_commands,
    register_commands,
    report_commands,
    review_commands,
    rules_commands,
    scenario_commands,
)
from deploy.cli.declaring import noun

app = noun(
    name="homeward",
    pretty_exceptions_enable=False,
    help="Tell every agency that must know, within minutes, that a child is missing, found or home again.",
    epilog="Begin with: homeward demo",
)
demo.register(app)
hub_commands.register(app)
due_commands.register(app)
asof_commands.register(app)
app.add_typer(agency_commands.app, name="agency")
app.add_typer(report_commands.app, name="report")
app.add_typer(outbox_commands.app, name="outbox")
app.add_typer(inbox_commands.app, name="inbox")
app.add_typer(register_commands.app, name="register")
app.add_typer(review_commands.app, name="review")
app.add_typer(episode_commands.app, name="episode")
app.add_typer(scenario_commands.app, name="scenario")
app.add_typer(rules_commands.app, name="rules")
reconcile_commands.register(app)
import_commands.register(app)
app.add_typer(linkage_commands.app, name="linkage")
app.add_typer(config_commands.app, name="config")


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer calls it so
    if asked:
        from importlib.metadata import version  # noqa: PLC0415

        typer.echo(f"homeward {version('homeward')}")
        raise typer.Exit


@app.callback()
def _homeward(
    version: Annotated[  # noqa: FBT002 - so Typer declares a flag
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    pass


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


def main() -> None:
    """Run the command line. What its parts log goes to standard error: errors, with `--debug` warnings as well."""
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
    app()
