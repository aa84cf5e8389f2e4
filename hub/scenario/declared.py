"""Agencies as a scenario declares them: a name of the file's own, and what is particular to each.

`home: {kind: placement, area: Blackpool}` or, for an official one, `council: Rochdale`. What is left out is as it is in
the reference tables, or the plainest there is: connected, one duty desk that is there day and night.
"""

# ruff: noqa: EM101, EM102, TRY003 - the reason of a refusal is said where the fault is found

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from hub.directory import AGENCY_ROLES
from hub.ids import AgencyId
from hub.reference import Reference
from hub.routing.vocabulary import DUTY_DESK
from hub.scenario.agencies import Agencies, ScenarioAgency
from hub.scenario.document import Part, Row, Table, Word, whole_number
from hub.scenario.known_words import desks
from hub.scenario.moments import Clock, Side
from hub.scenario.refusal import nearest_word
from schemas.records import AgencyKind, Contact, DutyRow, Nation, Weekday

KEYS: Final = {
    "is": "the official agency meant, by its name or code",
    "kind": "police, authority, placement, school, health, provider or national",
    "name": "what people call it; the file's own name unless it is given",
    "area": "the area it serves, or several",
    "areas": "the same",
    "roles": "roles of the directory: exploitation_team, national_unit, border_desk, home_office, reviewer",
    "nation": "england, wales, scotland or northern_ireland",
    "connected": "no, where the hub cannot deliver to it",
    "key": "no, where it has no valid sealing key",
    "joins": "from when it is a member",
    "leaves": "until when it is a member",
    "duty": "who is on duty when: a list of rows",
    "answers": "how soon it opens and takes what it is sent: at once, after 20 min, or never",
}
"""What may be said of an agency."""
DUTY_KEYS: Final = {
    "desk": "the desk, `duty` unless it is given",
    "days": "Mon-Fri, Sat, bank_holiday, or a list; every day unless given",
    "hours": "17:00-09:00; day and night unless given",
    "acts_for": "agencies on whose behalf it acts in these hours",
    "contact": "name of the contact",
    "telephone": "their number",
    "calendar": "calendar of bank holidays: england, wales, scotland",
}
"""What may be said of a row of duty."""
_DAYS: Final = tuple(Weekday)[:7]
_SHORT: Final = {"tues": "tuesday", "weds": "wednesday", "thur": "thursday", "thurs": "thursday"}
_NAMES: Final = {
    **{day.value[:3]: number for number, day in enumerate(_DAYS)},
    **{day.value: number for number, day in enumerate(_DAYS)},
    **{short: _DAYS.index(Weekday(name)) for short, name in _SHORT.items()},
}
"""What people write for a day, and which day of the week it is."""
_HOURS: Final = re.compile(r"^(\d{1,2}):(\d{2})\s*(?:-|to)\s*(\d{1,2}):(\d{2})$")
_LATEST_ANSWER: Final = 525_600
_MIDNIGHT: Final = "24:00"
_CALENDARS: Final = tuple(nation.value for nation in Nation if nation is not Nation.UNKNOWN)


def declared_agencies(
    part: Part | None, reference: Reference, clock: Clock
) -> tuple[Agencies, dict[AgencyId | str, int | None]]:
    """The agencies of a file, and how soon those that say so answer, in minutes (None: never)."""
    agencies = Agencies(reference=reference)
    answers: dict[AgencyId | str, int | None] = {}
    if part is None:
        return agencies, answers
    if not isinstance(part, Table):
        raise part.refused("`agencies` is a table: a name for each, and what it is")
    declared: dict[str, ScenarioAgency] = {}
    for name, known in part:
        declared[_plain(name.text)] = _identity(name, known, agencies)
    known_so_far = Agencies(reference=reference, declared=declared)
    for name, known in part:
        if isinstance(known, Table):
            agency = _completed(declared[_plain(name.text)], known, known_so_far, clock)
            declared[_plain(name.text)] = agency
            if (said := known.get("answers")) is not None:
                answers[agency.id] = answer_minutes(said)
    return Agencies(reference=reference, declared=declared), answers


def answer_minutes(part: Part) -> int | None:
    """How soon somebody answers, in minutes: `at once`, `after 20 min`, `never`."""
    text = part.text.strip().lower() if isinstance(part, Word) else ""
    if text in ("at once", "at_once"):
        return 0
    if text in ("never", "no", "silent"):
        return None
    amount = text.removeprefix("after").strip().removesuffix("minutes").removesuffix("min").strip()
    minutes = whole_number(amount, 0, _LATEST_ANSWER)
    if minutes is None:
        reason = f"write how soon: at once, after 20 min, or never; {_LATEST_ANSWER} min, which is a year, at most"
        raise part.refused(reason)
    return minutes


def _identity(name: Word, known: Part, agencies: Agencies) -> ScenarioAgency:
    """Which agency it is: an official one, or one of the file's own under its name there."""
    if isinstance(known, Row):
        raise known.refused("an agency is its official name, or a table")
    if isinstance(known, Word):
        code = agencies.of(known)
        return agencies.official(code, name=name.text, line=name.line)
    for key, _ in known:
        if key.text not in KEYS:
            raise key.refused(f"{key.text!r} is nothing that is said of an agency", nearest_word(key.text, KEYS))
    title = _text(known, "name") or name.text
    if (official := known.get("is")) is not None:
        if not isinstance(official, Word):
            raise official.refused("`is` names one official agency")
        return agencies.official(agencies.of(official), name=title, line=name.line)
    if (named := agencies.known(name.text)) is not None and known.get("kind") is None:
        return agencies.official(named, name=title, line=name.line)
    kind = known.get("kind")
    if not isinstance(kind, Word):
        raise known.refused(f"say what {name.text!r} is: `is:` with an official name, or `kind:`")
    kinds = {member.value: member for member in AgencyKind if member not in (AgencyKind.HUB, AgencyKind.UNKNOWN)}
    if kind.text not in kinds:
        raise kind.refused(f"{kind.text!r} is none of: {', '.join(kinds)}", nearest_word(kind.text, kinds))
    identity = re.sub(r"[^a-z0-9]+", "-", name.text.strip().lower()).strip("-")[:40]
    return ScenarioAgency(id=AgencyId(identity), name=title, kind=kinds[kind.text], line=name.line)


def _completed(agency: ScenarioAgency, known: Table, agencies: Agencies, clock: Clock) -> ScenarioAgency:
    areas = tuple(agencies.area(word) for word in (*_words(known, "area"), *_words(known, "areas")))
    return replace(
        agency,
        areas=areas or agency.areas,
        roles=tuple(_role(word) for word in _words(known, "roles")),
        nation=_nation(known) or agency.nation,
        is_connected=_yes(known, "connected"),
        has_key=_yes(known, "key"),
        joins=_time(known, "joins", clock),
        leaves=_time(known, "leaves", clock),
        duty=tuple(_duty_rows(known.get("duty"), agencies)),
    )


def _role(word: Word) -> str:
    if word.text not in AGENCY_ROLES:
        raise word.refused(f"{word.text!r} is no role of the directory", nearest_word(word.text, AGENCY_ROLES))
    return word.text


def _duty_rows(part: Part | None, agencies: Agencies) -> Iterator[DutyRow]:
    for row in () if part is None else part.items if isinstance(part, Row) else (part,):
        if not isinstance(row, Table):
            raise row.refused("a row of duty is a table: desk, days, hours, acts_for, telephone")
        for key, _ in row:
            if key.text not in DUTY_KEYS:
                raise key.refused(f"{key.text!r} is no part of a row of duty", nearest_word(key.text, DUTY_KEYS))
        begins, ends = _hours(row)
        contact, number = _text(row, "contact"), _text(row, "telephone")
        yield DutyRow(
            role=_named(row, "desk", desks(), "the hub writes to no desk") or DUTY_DESK,
            days=tuple(day for word in _words(row, "days") for day in _days(word)),
            hours_from=begins,
            hours_to=ends,
            calendar=_named(row, "calendar", _CALENDARS, "there is no calendar of bank holidays of") or "",
            contact=Contact(name=contact, telephone=number) if contact or number else None,
            acts_for=tuple(agencies.of(word) for word in _words(row, "acts_for")),
        )


def _hours(row: Table) -> tuple[str, str]:
    part = row.get("hours")
    if part is None:
        return "00:00", "24:00"
    found = _HOURS.match(part.text.strip()) if isinstance(part, Word) else None
    if found is None:
        raise part.refused("hours are written 17:00-09:00")
    begins, ends = (f"{int(found[at]):02}:{found[at + 1]}" for at in (1, 3))
    for time in (begins, ends):
        if time > _MIDNIGHT or time[3:] >= "60":
            raise part.refused(f"{time} is no time of day; hours are written 17:00-09:00, and go to 24:00")
    return begins, ends


def _days(word: Word) -> tuple[Weekday, ...]:
    """A day, or a stretch of them: `Mon-Fri`."""
    if word.text.lower().replace(" ", "_") in ("bank_holiday", "bank_holidays"):
        return (Weekday.BANK_HOLIDAY,)
    first, _, last = word.text.partition("-")
    numbers = [_day(word, name) for name in (first, last or first)]
    begins, ends = numbers
    return _DAYS[begins : ends + 1] if begins <= ends else (*_DAYS[begins:], *_DAYS[: ends + 1])


def _day(word: Word, name: str) -> int:
    found = _NAMES.get(name.strip().lower())
    if found is None:
        known = (*(day.value.title() for day in _DAYS), Weekday.BANK_HOLIDAY.value)
        raise word.refused(f"{name!r} is no day; write Mon-Fri, Sat, or bank_holiday", nearest_word(name, known))
    return found


def _named(row: Table, key: str, known: Collection[str], reason: str) -> str | None:
    """One of a few known words; capitals and blanks make no difference."""
    text = _text(row, key)
    if text is None:
        return None
    plain = text.strip().lower().replace(" ", "_")
    if plain in known:
        return plain
    part = row.get(key) or row
    raise part.refused(f"{reason} {text!r}", nearest_word(text, known))


def _nation(known: Table) -> Nation | None:
    text = _text(known, "nation")
    if text is None:
        return None
    nations = {nation.value: nation for nation in Nation}
    if text.lower() not in nations:
        raise known.refused(f"{text!r} is none of: {', '.join(nations)}", nearest_word(text, nations))
    return nations[text.lower()]


def _yes(known: Table, key: str) -> bool:
    text = _text(known, key)
    if text is None or text.lower() in ("yes", "true"):
        return True
    if text.lower() in ("no", "false"):
        return False
    raise known.refused(f"`{key}` is yes or no")


def _time(known: Table, key: str, clock: Clock) -> datetime | None:
    part = known.get(key)
    return clock.moment(part, None, Side.NEXT) if isinstance(part, Word) else None


def _text(known: Table, key: str) -> str | None:
    part = known.get(key)
    if part is None:
        return None
    if not isinstance(part, Word):
        raise part.refused(f"`{key}` is one word")
    return part.text


def _words(known: Table, key: str) -> tuple[Word, ...]:
    part = known.get(key)
    parts = () if part is None else part.items if isinstance(part, Row) else (part,)
    words = tuple(each for each in parts if isinstance(each, Word))
    if part is not None and len(words) != len(parts):
        raise part.refused(f"`{key}` is a word, or a list of words")
    return words


def _plain(text: str) -> str:
    return " ".join(text.strip().lower().split())
