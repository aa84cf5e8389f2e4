"""`homeward import`: chosen rows of an agency's extract, published as its ordinary signed reports."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Self

import typer

from deploy.cli.declaring import command
from deploy.cli.invocation import HubAway, Invocation
from deploy.cli.progress import Steps
from deploy.cli.reconcile_commands import Agency, File, Map, read_register
from deploy.cli.reconcile_view import said_of_faults
from deploy.identities import official_kind
from deploy.linkage.reading import Faults
from deploy.moments import how_many
from deploy.reconcile.chosen import Lines, Published
from deploy.reconcile.comparison import Comparison
from deploy.reconcile.extract import ExtractRow, read_extract
from deploy.reconcile.mapping import ExtractMapping, mapping_named
from deploy.reconcile.outcome import Found, Outcome
from deploy.reconcile.reporting import Days, is_ahead, is_unread, leaves_out_risk, reports_of
from producers import Publisher
from producers.directory_reader import DirectoryReader
from producers.installation import Installation
from producers.profile import read_installation
from producers.schema_ids import read_schema_ids
from schemas.errors import HomewardError
from schemas.records import AgencyKind, AgencyMessage

_AT_ONCE: Final = 200
_ANSWERS_A_SECOND: Final = 20
"""Fewer than a hub answers (measured: hundreds): how long the answers to so many reports may take."""
_LEAST_SECONDS: Final = 60.0
_NAMED: Final = 5
_WHAT_FOR: Final = b"homeward import: digests of rows"


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

    A row becomes a report that the child was missing, away or located, police's grade of risk where it has one, and a
    report of the return where it has an end. What was published before is not published again. Without --send nothing
    leaves this machine.
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
    installation, faults, days = read_installation(invocation.profile()), Faults(), Days()
    comparison = None
    if is_only_theirs:
        comparison = Comparison(await read_register(invocation), timedelta(minutes=meaning.tolerance_minutes))
    chosen: list[ExtractRow] = []
    with Steps(invocation.talk) as steps:
        for row in read_extract(
            file, meaning, installation.agency, faults,
            lambda done, of: steps("reading the extract (KiB)", done // 1024, max(1, of // 1024)),
            kind=_kind_of(installation),
        ):  # fmt: skip
            if meaning.has_days:
                days.note(row)
            found = [row] if comparison is None else _only_theirs(comparison.row(row))
            chosen += [each for each in found if lines is None or each.line in lines]
        rest = () if comparison is None else _only_theirs(comparison.rest())
        chosen += [each for each in rest if lines is None or each.line in lines]
        chosen.sort(key=lambda each: each.line)
    with Published(installation.outbox.with_name("imported.sqlite"), _key_of(installation)) as published:
        choice = Choice.of(chosen, published, days, datetime.now(UTC))
        figures = {
            **choice.figures(),
            "reports": sum(len(choice.reports(row)) for row in choice.fresh),
            "sent": 0,
            "bad_rows": faults.dropped,
        }
        for said in (*said_of_faults(faults), *choice.left_out()):
            invocation.say(said)
        if lines is not None and (nowhere := lines.without([row.line for row in chosen])):
            left = "no row that only the extract has" if is_only_theirs else "no row that can be used"
            invocation.say(f"{left} stands at: {', '.join(nowhere)}")
        if not is_sent or not choice.fresh:
            invocation.show(figures)
            invocation.say(
                "nothing was sent; add --send to publish them" if choice.fresh else "there is nothing to send"
            )
            return
        await _sent(invocation, choice, figures)


def _kind_of(installation: Installation) -> AgencyKind | None:
    """What the agency is, by its official code or the directory as last read; None where neither says."""
    if (kind := official_kind(installation.agency)) is not None:
        return kind
    if (ids := read_schema_ids(installation.schema_ids_cache)) is None:
        return None
    reader = DirectoryReader(
        installation.connection, trust_key=installation.trust_key, ids=ids, cache=installation.directory_cache
    )
    kind = reader.current.kind(installation.agency)
    return None if kind is AgencyKind.UNKNOWN else kind


def _only_theirs(outcomes: Iterable[Outcome]) -> Iterator[ExtractRow]:
    return (each.row for each in outcomes if each.found is Found.ONLY_THEIRS and each.row is not None)


def _key_of(installation: Installation) -> bytes:
    """A key for the digests of rows that nobody else can have: a digest travels as a reference."""
    return installation.signer.sign(_WHAT_FOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The rows to be published, and how many of those chosen are not."""

    fresh: Sequence[ExtractRow]
    published: Published
    days: Days
    now: datetime
    chosen: int
    before: int
    again: int
    ahead: Sequence[ExtractRow]
    unread: Sequence[ExtractRow]

    @classmethod
    def of(cls, chosen: Sequence[ExtractRow], published: Published, days: Days, now: datetime) -> Self:
        """What is left of the rows chosen: not published yet, once each, read whole, and about what has happened."""
        unread = [row for row in chosen if is_unread(row)]
        ahead = [row for row in chosen if is_ahead(row, now) and not is_unread(row)]
        due = [row for row in chosen if not is_ahead(row, now) and not is_unread(row)]
        new = [row for row in due if row not in published]
        fresh = list({published.digest(row): row for row in reversed(new)}.values())[::-1]
        return cls(
            fresh=fresh, published=published, days=days, now=now, chosen=len(chosen), before=len(due) - len(new),
            again=len(new) - len(fresh), ahead=ahead, unread=unread,
        )  # fmt: skip

    def reports(self, row: ExtractRow) -> tuple[AgencyMessage, ...]:
        """What is sent of one row."""
        reference = f"import-{self.published.digest(row)}"
        return reports_of(row, self.now, reference=reference, times=self.days.times(row))

    def figures(self) -> dict[str, Any]:
        """How many rows are chosen, and what is left out of them."""
        return {
            "chosen": self.chosen,
            "published_before": self.before,
            "said_twice": self.again,
            "in_the_future": len(self.ahead),
            "not_read_whole": len(self.unread),
            "missing_now": len(self.open),
            "risk_left_out": sum(map(leaves_out_risk, self.fresh)),
        }

    @property
    def open(self) -> Sequence[ExtractRow]:
        """The rows without an end: who reads them takes the child for missing now."""
        return [row for row in self.fresh if row.ended is None]

    def left_out(self) -> Iterator[str]:
        """What is not sent, and what is sent and may alarm, for a person."""
        if self.again:
            yield f"{how_many(self.again, 'row')} word for word as an earlier one: sent once"
        if self.ahead:
            yield _not_sent(self.ahead, "the start or the end lies ahead")
        if self.unread:
            yield _not_sent(self.unread, "the end or the type could not be read")
        if self.open:
            rows = how_many(len(self.open), "row")
            yield f"{rows} without an end: the child counts as missing now: {_lines(self.open)}"
        if risks := sum(map(leaves_out_risk, self.fresh)):
            yield f"{how_many(risks, 'grade')} of risk left out: only police set the grade"


def _not_sent(rows: Sequence[ExtractRow], why: str) -> str:
    return f"{how_many(len(rows), 'row')} not sent, {why}: {_lines(rows)}"


def _lines(rows: Sequence[ExtractRow]) -> str:
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return f"line {', '.join(str(row.line) for row in rows[:_NAMED])}{more}"


async def _sent(invocation: Invocation, choice: Choice, figures: Mapping[str, Any]) -> None:
    """Keep the reports of these rows in the outbox, and wait for the hub's answers.

    Raises:
        HubAway: they are safe in the outbox, and not all of them are answered.
        SomeRefused: the hub has refused some.
    """
    ids: set[str] = set()
    not_whole: set[str] = set()
    async with Publisher.open(invocation.profile()) as publisher:
        with Steps(invocation.talk) as steps:
            for start in range(0, len(choice.fresh), _AT_ONCE):
                together = choice.fresh[start : start + _AT_ONCE]
                reports = [report for row in together for report in choice.reports(row)]
                kept = await publisher.send_many(reports)
                ids.update(sent.message_id for sent in kept)
                not_whole.update(each.field for sent in kept for each in sent.left_out)
                choice.published.note(together)
                steps("keeping reports in the outbox", len(ids), figures["reports"])
            steps("waiting for the hub's answers", 0, 0)
            is_answered = await _answered(publisher, len(ids))
        refused = [row for row in await publisher.refused() if row.message_id in ids]
    invocation.show({**figures, "sent": len(ids)})
    if not_whole:
        invocation.complain(f"of these fields only what could be written was sent: {', '.join(sorted(not_whole))}")
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
