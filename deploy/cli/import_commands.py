"""`homeward import`: chosen rows of an agency's extract, published as its ordinary signed reports."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from deploy.cli.declaring import command
from deploy.cli.invocation import HubAway, Invocation
from deploy.cli.progress import Steps
from deploy.cli.reconcile_commands import Agency, File, Map, read_register, said_of_faults
from deploy.linkage.reading import Faults
from deploy.moments import how_many
from deploy.reconcile.chosen import Lines, Published, reports_of
from deploy.reconcile.comparison import Comparison, Found
from deploy.reconcile.extract import ExtractRow, read_extract
from deploy.reconcile.mapping import ExtractMapping, mapping_named
from producers import Publisher
from producers.profile import read_installation
from schemas.errors import HomewardError

_AT_ONCE: Final = 200
_ANSWERS_A_SECOND: Final = 20
"""Fewer than a hub answers (measured: hundreds): how long the answers to so many reports may take."""
_LEAST_SECONDS: Final = 60.0


class NothingChosen(HomewardError):
    """No row of the extract was chosen to be published."""


class SomeRefused(HomewardError):
    """The hub refused some of the reports."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(
        app,
        "import",
        examples=(
            "homeward import missing-2026.csv --mapping council --as E08000005 --only-theirs",
            "homeward import missing-2026.csv --mapping my-mapping.toml --as E08000005 --lines 2,17-40 --send",
        ),
    )(import_rows)


def import_rows(
    invocation: Invocation,
    file: File,
    *,
    mapping: Map,
    agency: Agency = None,
    lines: Annotated[str | None, typer.Option(help="Lines to publish: 2,17-40 (the header is 1).")] = None,
    only_theirs: Annotated[
        bool, typer.Option("--only-theirs", help="Publish every row that only the extract has.")
    ] = False,
    send: Annotated[bool, typer.Option("--send", help="Really publish; without it, only say what would be.")] = False,
) -> None:
    """Publish chosen rows of an extract as ordinary signed reports of your agency.

    A row becomes a report that the child was missing, and one that it came back where the row has an end. What was
    published before is not published again. Without --send nothing leaves this machine.
    """
    if lines is None and not only_theirs:
        message = "which rows? Give --lines 2,17-40 or --only-theirs; compare first: homeward reconcile"
        raise typer.BadParameter(message)
    chosen = None if lines is None else Lines.from_text(lines)
    invocation = invocation.acting_for(agency)
    asyncio.run(_import(invocation, file, mapping_named(mapping), chosen, is_only_theirs=only_theirs, is_sent=send))


async def _import(
    invocation: Invocation,
    file: Path,
    meaning: ExtractMapping,
    lines: Lines | None,
    *,
    is_only_theirs: bool,
    is_sent: bool,
) -> None:
    installation, faults = read_installation(invocation.profile()), Faults()
    comparison = None
    if is_only_theirs:
        comparison = Comparison(await read_register(invocation), timedelta(minutes=meaning.tolerance_minutes))
    with Steps(invocation.talk) as steps:
        chosen = [
            row
            for row in read_extract(
                file, meaning, installation.agency, faults,
                lambda done, of: steps("reading the extract (KiB)", done // 1024, max(1, of // 1024)),
            )
            if (lines is None or row.line in lines)
            and (comparison is None or comparison.row(row).found is Found.ONLY_THEIRS)
        ]  # fmt: skip
    with Published(installation.outbox.with_name("imported.sqlite"), installation.signer.public_key) as published:
        fresh = [row for row in chosen if row not in published]
        figures = {
            "chosen": len(chosen),
            "published_before": len(chosen) - len(fresh),
            "reports": sum(len(reports_of(row, datetime.now(UTC))) for row in fresh),
            "sent": 0,
            "bad_rows": faults.dropped,
        }
        for said in said_of_faults(faults):
            invocation.say(said)
        if lines is not None and (nowhere := lines.without([row.line for row in chosen])):
            left = "no row that only the extract has" if is_only_theirs else "no row that can be used"
            invocation.say(f"{left} stands at: {', '.join(nowhere)}")
        if not is_sent or not fresh:
            invocation.show(figures)
            invocation.say("nothing was sent; add --send to publish them" if fresh else "there is nothing to send")
            return
        await _sent(invocation, fresh, published, figures)


async def _sent(
    invocation: Invocation, rows: Sequence[ExtractRow], published: Published, figures: Mapping[str, Any]
) -> None:
    """Keep the reports of these rows in the outbox, and wait for the hub's answers.

    Raises:
        HubAway: they are safe in the outbox, and not all of them are answered.
        SomeRefused: the hub has refused some.
    """
    ids: set[str] = set()
    async with Publisher.open(invocation.profile()) as publisher:
        with Steps(invocation.talk) as steps:
            for start in range(0, len(rows), _AT_ONCE):
                together = rows[start : start + _AT_ONCE]
                now = datetime.now(UTC)
                reports = [report for row in together for report in reports_of(row, now)]
                ids.update(sent.message_id for sent in await publisher.send_many(reports))
                published.note(together)
                steps("keeping reports in the outbox", len(ids), figures["reports"])
            steps("waiting for the hub's answers", 0, 0)
            is_answered = await _answered(publisher, len(ids))
        refused = [row for row in await publisher.refused() if row.message_id in ids]
    invocation.show({**figures, "sent": len(ids)})
    if not is_answered:
        message = (
            f"the {how_many(len(ids), 'report')} are safe in the outbox, and the hub has not answered all of them yet. "
            "They go out with the next command of this agency: homeward outbox show"
        )
        raise HubAway(message)
    if refused:
        message = f"the hub refused {how_many(len(refused), 'report')} of {len(ids)}; why: homeward outbox show"
        raise SomeRefused(message)


async def _answered(publisher: Publisher, reports: int) -> bool:
    try:
        await publisher.answered(timeout=max(_LEAST_SECONDS, reports / _ANSWERS_A_SECOND))
    except TimeoutError:
        return False
    return True
