"""What `homeward register show` says where there is nothing to show."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from deploy.cli.register_commands import agreement_table, lines_table
from hub.entry.agreement import Agreement
from schemas.records import AgencyKind

NOW = datetime(2026, 3, 27, 22, 0, tzinfo=UTC)


def test_an_empty_register_says_so_and_prints_no_lone_heading() -> None:
    for shown in (lines_table([], NOW), agreement_table([], 90)):
        console = Console(file=StringIO(), width=80)
        console.print(shown)
        assert console.file.getvalue().startswith(("nothing in the register", "no two agencies"))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "agreeing, compared, share, interval",
    [
        (1, 1, "100%", "21% to 100%"),
        (0, 1, "0%", "0% to 79%"),
        (999, 1000, "over 99%", "99% to 100%"),
        (1, 1000, "under 1%", "0% to 1%"),
    ],
)
def test_a_share_of_few_has_a_wide_interval_and_all_is_said_of_all_alone(
    agreeing: int, compared: int, share: str, interval: str
) -> None:
    pair = Agreement(
        agencies=("E08000005", "E23000005"), kinds=(AgencyKind.AUTHORITY, AgencyKind.POLICE), absences=1,
        compared=compared, agreeing=agreeing,
    )  # fmt: skip
    console = Console(file=StringIO(), width=120)
    console.print(agreement_table([pair], 90))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert share in shown
    assert interval in shown
