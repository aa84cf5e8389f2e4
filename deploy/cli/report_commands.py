"""`homeward report`: what an agency says about a child, sent as the signed message that the hub routes.

Each command makes one record; `sending` keeps it in the agency's outbox, and waits for the hub's receipt.
"""

from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

import typer

from deploy.cli.declaring import command, noun
from deploy.cli.invocation import Invocation
from deploy.cli.report_missing import NOW, Child, Episode, area_of, message_of, missing, time_of
from deploy.cli.sending import send
from hub.episode.field_paths import fault_in
from schemas.records import (
    CancelReason,
    ChildFound,
    ChildReturned,
    Condition,
    CorrectionMade,
    FieldChange,
    PlaceKind,
    ReportCancelled,
    ReturnedTo,
    RiskAssessed,
    RiskGrade,
    SeenBy,
)

app = noun(help="Report about a child: missing, found, returned, risk, cancel, correct.")

_DERIVED: Final = 5
"""The version of the ids that the hub derives; an agency's own are made new, by another one."""

At = Annotated[str, typer.Option("--at", help="When it happened: 21:30, or 2026-11-24T21:30; without it, now.")]
Area = Annotated[str | None, typer.Option("--area", help="Code of the authority's area where that was.")]
Place = Annotated[str | None, typer.Option("--place", help="Where, in words.")]


command(
    app,
    "missing",
    examples=(
        "homeward report missing --profile E08000005 --child RMBC-4471 --given Ada --family Example --born 2011-03-02",
        'homeward report missing --profile E08000005 --child RMBC-4471 --at 21:30 --telephone "01632 960004"',
    ),
)(missing)


@command(
    app,
    "found",
    examples=(
        "homeward report found --profile E23000005 --child 24-0771 --area E08000005 --seen-by police",
        "homeward report found --profile E08000005 --child RMBC-4471 --at 23:05 --seen-by professional",
    ),
)
def found(  # noqa: PLR0913 - one argument an option
    invocation: Invocation,
    *,
    child: Child,
    episode: Episode = None,
    at: At = NOW,
    area: Area = None,
    place: Place = None,
    place_kind: Annotated[PlaceKind, typer.Option(help="The kind of place.")] = PlaceKind.UNKNOWN,
    seen_by: Annotated[SeenBy, typer.Option(help="Who saw the child; a message alone never ends a search.")] = (
        SeenBy.UNKNOWN
    ),
    condition: Annotated[Condition, typer.Option(help="How the child is.")] = Condition.UNKNOWN,
) -> None:
    """Report that a child was found; the way home may still lie ahead."""
    when = time_of(at)
    send(
        invocation,
        ChildFound(
            child_ref=child,
            episode_ref=episode,
            occurred_at=when,
            recorded_at=datetime.now(UTC),
            found_at=when,
            place=place,
            place_kind=place_kind,
            area_code=area_of(area),
            seen_by=seen_by,
            condition=condition,
        ),
    )


@command(
    app,
    "returned",
    examples=(
        "homeward report returned --profile E08000005 --child RMBC-4471 --to placement",
        "homeward report returned --profile E23000005 --child 24-0771 --to home --at 00:15 --seen-by police",
    ),
)
def returned(
    invocation: Invocation,
    *,
    child: Child,
    to: Annotated[ReturnedTo, typer.Option(help="Where the child came back to.")],
    episode: Episode = None,
    at: At = NOW,
    area: Area = None,
    seen_by: Annotated[SeenBy, typer.Option(help="Who saw the child there.")] = SeenBy.UNKNOWN,
    condition: Annotated[Condition, typer.Option(help="How the child is.")] = Condition.UNKNOWN,
) -> None:
    """Report that a child is back: at home, at the placement or at an agreed safe place."""
    when = time_of(at)
    send(
        invocation,
        ChildReturned(
            child_ref=child,
            episode_ref=episode,
            occurred_at=when,
            recorded_at=datetime.now(UTC),
            returned_at=when,
            to=to,
            area_code=area_of(area),
            seen_by=seen_by,
            condition=condition,
        ),
    )


@command(
    app,
    "risk",
    examples=(
        "homeward report risk --profile E23000005 --child 24-0771 --grade high",
        'homeward report risk --profile E23000005 --child 24-0771 --grade medium --reasoning "has her medication"',
    ),
)
def risk(
    invocation: Invocation,
    *,
    child: Child,
    grade: Annotated[RiskGrade, typer.Option(help="The grade; police's sets it, anyone else's is a view.")],
    episode: Episode = None,
    at: At = NOW,
    reasoning: Annotated[str | None, typer.Option(help="Why; needed to lower a grade.")] = None,
) -> None:
    """Report how great the risk to a child is."""
    send(
        invocation,
        RiskAssessed(
            child_ref=child,
            episode_ref=episode,
            occurred_at=time_of(at),
            recorded_at=datetime.now(UTC),
            grade=grade,
            reasoning=reasoning,
        ),
    )


@command(
    app,
    "cancel",
    examples=(
        "homeward report cancel --profile E08000005 --child RMBC-4471 --message ID --reason was_where_expected",
        "homeward report cancel --profile E08000005 --child RMBC-4471 --message ID --reason entered_in_error",
    ),
)
def cancel(
    invocation: Invocation,
    *,
    child: Child,
    message: Annotated[str, typer.Option(help="Id of your own message that is taken back.")],
    reason: Annotated[CancelReason, typer.Option(help="Why.")],
    episode: Episode = None,
) -> None:
    """Take one of your reports back; whoever was told is told that it no longer stands."""
    named = message_of(message)
    _doubt(invocation, named)
    send(
        invocation,
        ReportCancelled(
            child_ref=child,
            episode_ref=episode,
            occurred_at=datetime.now(UTC),
            recorded_at=datetime.now(UTC),
            cancels=named,
            reason=reason,
        ),
    )


@command(
    app,
    "correct",
    examples=(
        "homeward report correct --profile moss --child M-7 --message ID --field person.family_name --new Sample",
        "homeward report correct --profile moss --child M-7 --message ID --field last_seen.place --reason misheard",
    ),
)
def correct(
    invocation: Invocation,
    *,
    child: Child,
    message: Annotated[str, typer.Option(help="Id of your own message that is corrected.")],
    field: Annotated[str, typer.Option(help="The field, by its dotted name in docs/reference/messages.md.")],
    new: Annotated[str | None, typer.Option(help="What it should say; without it, that it is not known.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
) -> None:
    """Correct one field of one of your reports; only your own claim is replaced."""
    change = FieldChange(field=field, new=new)
    fault = fault_in(change, CorrectionMade)
    if fault is not None:
        message_text = f"{fault.rule}; {fault.remedy}"
        raise typer.BadParameter(message_text, param_hint="--field" if fault.of_path else "--new")
    named = message_of(message)
    _doubt(invocation, named)
    send(
        invocation,
        CorrectionMade(
            child_ref=child,
            occurred_at=datetime.now(UTC),
            recorded_at=datetime.now(UTC),
            corrects=named,
            changes=(change,),
            reason=reason,
        ),
    )


def _doubt(invocation: Invocation, named: str) -> None:
    """Say of an id that it is none of an agency's message, where that can be seen. Nothing is refused: the hub decides.

    An outbox keeps what it has sent only until the hub has answered, so it cannot say whether a message was ever sent.
    """
    if UUID(named).version == _DERIVED:
        invocation.complain(
            f"{named} looks like an id that the hub makes, of a notice, an absence or a receipt, and like none of a "
            "message of an agency (homeward report shows that as message_id). It is sent all the same; if the hub "
            "knows no message of yours under it, nothing is changed, and your duty desk hears so"
        )
