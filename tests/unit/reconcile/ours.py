"""A register to compare with, built from lines as a subscriber holds them."""

from datetime import UTC, datetime

from consumers import RegisterLine
from schemas.records import (
    AgencyKind,
    ClaimedField,
    DisclosedField,
    Disclosure,
    EpisodeStatus,
    Nation,
    Phase,
    PhaseKind,
    RegisterBlock,
    RegisterEntry,
)

COUNCIL = "E08000005"
POLICE = "E23000005"


def at(text: str) -> datetime:
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def line(  # noqa: PLR0913 - one argument a fact
    number: int,
    *,
    began: str,
    ended: str | None = None,
    child: str = "child-1",
    ref: str = "C-1",
    sender: str = COUNCIL,
    given: str = "Testa",
    family: str = "Exampleton",
    born: str = "2011-03-02",
    risk: str = "medium",
    phases: tuple[tuple[PhaseKind, str, str | None], ...] = (),
) -> RegisterLine:
    """One episode of a synthetic child."""
    episode = f"00000000-0000-5000-8000-{number:012}"
    golden = {
        "episode.child": child,
        "episode.began_at": at(began).isoformat(),
        "episode.risk": risk,
        "person.given_names": given,
        "person.family_name": family,
        "person.date_of_birth": born,
    }
    if ended is not None:
        golden["episode.ended_at"] = at(ended).isoformat()
    said = {"child_ref": ref, "person.given_names": given, "person.family_name": family, "person.date_of_birth": born}
    block = RegisterBlock(
        disclosure=Disclosure.IDENTITY,
        golden=tuple(
            DisclosedField(name=name, disclosure=Disclosure.IDENTITY, value=value, source_kind=AgencyKind.HUB)
            for name, value in golden.items()
        ),
        claims=tuple(
            ClaimedField(
                agency=sender,
                sender_kind=AgencyKind.AUTHORITY,
                field=field,
                value=value,
                occurred_at=at(began),
                recorded_at=at(began),
                accepted_at=at(began),
                message_id=episode,
            )
            for field, value in said.items()
        ),
        phases=tuple(
            Phase(kind=kind, began_at=at(start), ended_at=at(end) if end else None) for kind, start, end in phases
        ),
    )
    entry = RegisterEntry(
        episode_id=episode,
        nation=Nation.ENGLAND,
        status=EpisodeStatus.CLOSED if ended else EpisodeStatus.MISSING,
        sequence=1,
        changed_at=at(ended or began),
        key_id="k",
    )
    return RegisterLine(entry=entry, blocks={Disclosure.IDENTITY: block}, held=frozenset())
