"""`homeward report missing`: what an officer knows at night, and nothing that nobody said."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import Annotated, Final
from uuid import UUID

import typer

from deploy.cli.invocation import Invocation
from deploy.cli.sending import send
from deploy.cli.telephones import check_telephone
from deploy.identities import NotKnown, check_area
from deploy.moments import NotATime, day, moment
from producers import read_installation
from schemas.records import (
    Contact,
    LastSeen,
    MissingReported,
    Person,
    PoliceContact,
    PoliceContactState,
    ReportedStatus,
)

Child = Annotated[str, typer.Option("--child", help="Your own reference of the child.")]
Episode = Annotated[str | None, typer.Option("--episode", help="Your own reference of this absence.")]
NOW, UNKNOWN = "now", "unknown"


def missing(  # noqa: PLR0913 - one argument an option
    invocation: Invocation,
    *,
    child: Child,
    episode: Episode = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="When the child was last seen: 21:30, 2026-11-24T21:30, now, or unknown."),
    ] = None,
    area: Annotated[
        str | None, typer.Option("--area", help="Code of the authority's area where the child was last seen.")
    ] = None,
    place: Annotated[str | None, typer.Option("--place", help="Where the child was last seen, in words.")] = None,
    given: Annotated[str | None, typer.Option(help="Given names.")] = None,
    family: Annotated[str | None, typer.Option(help="Family name.")] = None,
    born: Annotated[str | None, typer.Option(help="Date of birth, 2011-03-02.")] = None,
    telephone: Annotated[
        str | None,
        typer.Option(help="Number at which you are called back now; without it, the desk's in the profile, if any."),
    ] = None,
    status: Annotated[ReportedStatus, typer.Option(help="missing, or away without authorisation.")] = (
        ReportedStatus.MISSING
    ),
    police_reference: Annotated[
        str | None, typer.Option(help="Police log reference, if you have rung them; a report here does not ring them.")
    ] = None,
    circumstances: Annotated[str | None, typer.Option(help="What happened, in words.")] = None,
) -> None:
    """Report that a child is missing. When and where it was last seen is what you say, and nothing else.

    What you leave out is asked for, and the report goes out all the same. Sent again with the same --child and
    --episode it adds to what you said.
    """
    if telephone is not None:
        check_telephone(telephone, remedy=f". {_NOT_SENT}")
    seen = last_seen(at, area, place)
    contact = (
        PoliceContact(state=PoliceContactState.REPORTED, at=datetime.now(UTC), log_reference=police_reference)
        if police_reference
        else PoliceContact(state=PoliceContactState.NOT_YET)
    )
    person = Person(given_names=given, family_name=family, date_of_birth=date_of(born) if born else None)
    called_back = telephone or read_installation(invocation.profile()).telephone
    send(
        invocation,
        MissingReported(
            child_ref=child,
            episode_ref=episode,
            occurred_at=seen.at if seen else None,
            recorded_at=datetime.now(UTC),
            contact=Contact(telephone=called_back) if called_back else None,
            person=person,
            last_seen=seen,
            status=status,
            police_contact=contact,
            circumstances=circumstances,
        ),
    )


def last_seen(at: str | None, area: str | None, place: str | None) -> LastSeen | None:
    """What was said of when and where the child was last seen; None where nothing was."""
    if at is None and area is None and place is None:
        return None
    area = area_of(area)
    if at is not None and _is(at, UNKNOWN):
        return LastSeen(not_known=True, area_code=area, place=place)
    return LastSeen(at=None if at is None else time_of(at), area_code=area, place=place)


def area_of(code: str | None) -> str | None:
    """An area from an option. What is none would be routed without, so its host authority would hear of no child.

    Raises:
        NothingSent: it is the code of no authority; its name is answered with the code.
    """
    if code is not None:
        with _not_sent():
            check_area(code, "--area")
    return code


def time_of(text: str) -> datetime:
    """A time from an option; `now` is one."""
    with _not_sent():
        return datetime.now(UTC) if _is(text, NOW) else moment(text)


def date_of(text: str) -> date:
    """A date from an option."""
    with _not_sent():
        return day(text)


def message_of(text: str) -> str:
    """The id of a message from an option.

    Raises:
        BadParameter: it is none, so the hub could match nothing with it.
    """
    with suppress(ValueError):
        return str(UUID(text.strip()))
    message = f"{text!r} is no id of a message; expected message_id of its receipt. {_NOT_SENT}"
    raise typer.BadParameter(message, param_hint="--message")


_NOT_SENT: Final = "Nothing was sent: put it right, or leave it out, and give the command again"


class NothingSent(NotKnown, NotATime):
    """An option of a report that is not what it should be: nobody was told of anything."""


@contextmanager
def _not_sent() -> Iterator[None]:
    """Say of what is refused before a report is made that there is none: who types it at night must not think so."""
    try:
        yield
    except (NotKnown, NotATime) as error:
        message = f"{error}\n{_NOT_SENT}"
        raise NothingSent(message) from error


def _is(text: str, word: str) -> bool:
    return text.strip().lower() == word
