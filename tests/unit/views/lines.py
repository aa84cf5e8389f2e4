"""Register lines and notices for the views, by builders with sensible defaults."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from consumers import RegisterLine
from schemas.records import (
    Ask,
    ClaimedField,
    DisclosedField,
    Disclosure,
    DutyState,
    EpisodeStatus,
    Notice,
    NoticeKind,
    Phase,
    RegisterBlock,
    RegisterEntry,
    ToldSummary,
)

ROCHDALE = "E08000005"
LANCASHIRE = "E23000003"


def at(text: str) -> datetime:
    """A time of one night in winter, when British local time is UTC: `at("24 22:40")`."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def episode_id(number: int = 1) -> str:
    """An episode's id whose first eight signs differ."""
    return str(UUID(int=number << 96))


def line(
    number: int = 1,
    *,
    status: EpisodeStatus = EpisodeStatus.MISSING,
    duties: tuple[DutyState, ...] = (),
    told: tuple[ToldSummary, ...] = (),
    claims: tuple[ClaimedField, ...] = (),
    phases: tuple[Phase, ...] = (),
    changed_at: datetime = datetime(2026, 11, 24, 23, tzinfo=UTC),
    area: str | None = None,
    **known: str,
) -> RegisterLine:
    """A line whose blocks are all in class `routing`; `risk="high"` sets the golden field `episode.risk`."""
    named = {"person.given_names": "Nate", "person.family_name": "Exampleton", "episode.status": status.value}
    named |= {f"episode.{name}": value for name, value in known.items()}
    named |= {} if area is None else {"last_seen.area_code": area}
    block = RegisterBlock(
        disclosure=Disclosure.ROUTING,
        golden=tuple(
            DisclosedField(name=name, disclosure=Disclosure.ROUTING, value=value) for name, value in named.items()
        ),
        duties=duties,
        told=told,
        claims=claims,
        phases=phases,
    )
    entry = RegisterEntry(
        episode_id=episode_id(number), status=status, sequence=number, changed_at=changed_at, key_id="k"
    )
    return RegisterLine(entry=entry, blocks={Disclosure.ROUTING: block}, held=frozenset())


def duty(
    name: str,
    due: str,
    *,
    by: str = ROCHDALE,
    raw: str | None = None,
    met: str | None = None,
    is_withdrawn: bool = False,
) -> DutyState:
    """A duty; `raw` is the due time without pauses, `met` when it was met, or withdrawn."""
    return DutyState(
        duty=name,
        owed_by=by,
        due_at=at(due),
        raw_due_at=at(raw or due),
        met_at=None if met is None else at(met),
        is_withdrawn=is_withdrawn,
    )


def notice(number: int, due: str | None, **given: Any) -> Notice:  # noqa: ANN401 - any field of a notice
    """A notice to Rochdale that asks for something."""
    known: dict[str, Any] = {
        "notice_id": str(UUID(int=number)),
        "episode_id": episode_id(1),
        "reference": "0000-0001",
        "kind": NoticeKind.NEWS,
        "ask": Ask.ACTION,
        "purpose": "safeguard_the_child",
        "recipient": ROCHDALE,
        "desk": "duty",
        "what_happened": "A child is the subject of a report.",
        "asked_of_you": "Please take this: say which role has it.",
        "due_at": None if due is None else at(due),
        "cause": str(UUID(int=9)),
        "rules_version": "1",
        "directory_version": 1,
        "issued_at": at("24 23:00"),
    }
    return Notice(**(known | given))
