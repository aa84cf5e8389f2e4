"""Who is on duty for a desk, when, and for whom: read from the duty rows of the directory, for any time asked about.

Rules kept here:

1. A row names a desk (`role`), days, hours of local time, and a calendar of bank holidays. Hours that end before they
   begin run over midnight and belong to the day on which they begin; equal hours, or hours that cannot be read, are
   the whole day, so that a slip in a row silences nobody.
2. A row that names days is off on a weekday that is a bank holiday unless it names `bank_holiday`; a row without
   days, or with all seven of the week, is on every day: a slip of who writes rows silences nobody.
3. The *day team* of a desk is the first row of the agency's own entry; everybody else on duty is a night team to it.
4. An agency may act for others (`acts_for`), for the desk its row names and in its hours only: one out-of-hours team
   for several councils. What it says outside them does not count for them.

It sends nothing, and what the time is now is for others to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from hub.deadlines.calendars import LONDON, is_working_day
from hub.delivery.points import acted_for, acting_desk
from hub.directory import Directory
from hub.ids import AgencyId
from schemas.records import DutyRow, Nation, Weekday

__all__ = [
    "DutyContact",
    "acted_for",
    "acting_desk",
    "acting_teams",
    "acts_for_now",
    "contacts",
    "day_team",
    "is_attended",
    "is_on_duty",
    "may_answer",
    "next_start",
]

_DAYS: Final = (
    Weekday.MONDAY,
    Weekday.TUESDAY,
    Weekday.WEDNESDAY,
    Weekday.THURSDAY,
    Weekday.FRIDAY,
    Weekday.SATURDAY,
    Weekday.SUNDAY,
)
_SATURDAY: Final = 5
_NATIONS: Final = frozenset(nation.value for nation in Nation)
_LOOK_AHEAD: Final = 130
"""Days to look for the next start of a row: longer than from the August bank holiday to Christmas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyContact:
    """One contact of a desk: a row of the directory, of the agency itself or of one that acts for it."""

    agency: AgencyId
    row: DutyRow
    is_acting: bool


def is_on_duty(row: DutyRow, when: datetime) -> bool:
    """Whether a row's hours hold at a time (aware)."""
    local = when.astimezone(LONDON)
    begins, ends = _hours(row)
    if begins == ends:
        return _is_day_of(row, local.date())
    if begins < ends:
        return begins <= local.time() < ends and _is_day_of(row, local.date())
    if local.time() >= begins:
        return _is_day_of(row, local.date())
    return local.time() < ends and _is_day_of(row, local.date() - timedelta(days=1))


def next_start(row: DutyRow, after: datetime) -> datetime | None:
    """When the row's hours next begin, later than a time (aware UTC); None for one that is always on or never."""
    begins, ends = _hours(row)
    if begins == ends and not row.days:
        return None
    today = after.astimezone(LONDON).date()
    for ahead in range(_LOOK_AHEAD):
        day = today + timedelta(days=ahead)
        start = datetime.combine(day, begins, tzinfo=LONDON).astimezone(UTC)
        if start > after and _is_day_of(row, day):
            return start
    return None


def day_team(directory: Directory, agency: AgencyId, desk: str) -> DutyRow | None:
    """The first row of the agency's own entry for a desk; None where it gives none."""
    entry = directory.agency(agency)
    return next((row for row in entry.duty if row.role == desk), None) if entry else None


def contacts(directory: Directory, agency: AgencyId, desk: str, when: datetime) -> tuple[DutyContact, ...]:
    """Who is on duty for a desk at a time, in the order in which they are tried: its own rows, then who acts for it."""
    return tuple(contact for contact in _rows(directory, agency, desk) if is_on_duty(contact.row, when))


def acting_teams(directory: Directory, agency: AgencyId, desk: str) -> tuple[DutyContact, ...]:
    """The rows of other agencies that act for a desk, whatever the time."""
    return tuple(
        DutyContact(agency=other, row=row, is_acting=True)
        for other, row in directory.acting_rows(agency)
        if row.role == desk
    )


def acts_for_now(directory: Directory, agency: AgencyId, when: datetime) -> frozenset[AgencyId]:
    """The agencies for which an agency is on duty at a time, at whatever desk."""
    entry = directory.agency(agency)
    rows = entry.duty if entry else ()
    return frozenset(AgencyId(whom) for row in rows if is_on_duty(row, when) for whom in row.acts_for)


def is_attended(directory: Directory, agency: AgencyId, desk: str, when: datetime) -> bool:
    """Whether somebody of the agency's own is at a desk at a time. Where it gives no hours of its own, nobody is while
    others act for it, and otherwise always somebody.
    """
    entry = directory.agency(agency)
    own = [row for row in entry.duty if row.role == desk] if entry else []
    if own:
        return any(is_on_duty(row, when) for row in own)
    return not any(is_on_duty(team.row, when) for team in acting_teams(directory, agency, desk))


def may_answer(directory: Directory, by: AgencyId, agency: AgencyId, desk: str, when: datetime) -> bool:
    """Whether what one agency says at a time counts for a desk of another: itself always, others by row and hours."""
    return by == agency or any(
        team.agency == by and is_on_duty(team.row, when) for team in acting_teams(directory, agency, desk)
    )


def _rows(directory: Directory, agency: AgencyId, desk: str) -> Iterator[DutyContact]:
    entry = directory.agency(agency)
    for row in entry.duty if entry else ():
        if row.role == desk:
            yield DutyContact(agency=agency, row=row, is_acting=False)
    yield from acting_teams(directory, agency, desk)


def _hours(row: DutyRow) -> tuple[time, time]:
    try:
        return _time(row.hours_from), _time(row.hours_to)
    except ValueError:
        return time(), time()


def _time(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)


def _is_day_of(row: DutyRow, day: date) -> bool:
    named = frozenset(row.days) - {Weekday.UNKNOWN}
    if not named or named.issuperset(_DAYS):
        return True
    if _is_bank_holiday(day, row.calendar):
        return Weekday.BANK_HOLIDAY in named
    return _DAYS[day.weekday()] in named


def _is_bank_holiday(day: date, calendar: str) -> bool:
    """Whether a weekday is a bank holiday of the nation that a row names (England's where it names none)."""
    named = calendar.strip().lower().replace(" ", "_")
    nation = Nation(named) if named in _NATIONS else Nation.ENGLAND
    return day.weekday() < _SATURDAY and not is_working_day(day, nation)
