"""What `homeward register show` says where there is nothing to show."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from deploy.cli.register_commands import agreement_table, lines_table

NOW = datetime(2026, 3, 27, 22, 0, tzinfo=UTC)


def test_an_empty_register_says_so_and_prints_no_lone_heading() -> None:
    for shown in (lines_table([], NOW), agreement_table([], 90)):
        console = Console(file=StringIO(), width=80)
        console.print(shown)
        assert console.file.getvalue().startswith(("nothing in the register", "no two agencies"))  # type: ignore[attr-defined]
