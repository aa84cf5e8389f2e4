"""`homeward config`: what is set, and where it was set."""

from rich.table import Table

from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation

app = noun(help="Settings in force, and where each came from.")


@command(app, "show", examples=("homeward config show", "HOMEWARD_BROKER_PORT=9093 homeward config show --json"))
def show(invocation: Invocation) -> None:
    """Show every setting in force and where its value came from: option, environment, file or default."""
    effective = invocation.effective
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("setting", "value", "from"):
        table.add_column(column, overflow="fold")
    for row in effective.rows():
        table.add_row(row["name"], row["value"], row["source"])
    invocation.show({"file": effective.file, "settings": effective.rows()}, table)
    invocation.say(f"settings file: {effective.file} ({'read' if effective.file.is_file() else 'not there'})")
