"""The words of the views: duties, agencies, fields, references and stretches of time as people say them."""

import re
from datetime import datetime
from functools import cache
from typing import Final

from consumers import RegisterLine
from deploy.moments import clock, stretch
from hub.deadlines import packaged_deadline_rules
from hub.delivery import acted_for
from hub.ids import EpisodeId
from hub.reference import packaged_reference
from hub.routing.wording import reference_of
from schemas.records import EpisodeStatus, PhaseKind, PolicePosition

STATES: Final = {
    EpisodeStatus.MISSING: "missing",
    EpisodeStatus.AWAY: "away",
    EpisodeStatus.LOCATED_NOT_RETURNED: "found, not home yet",
    EpisodeStatus.RETURN_REPORTED: "return reported, not confirmed",
    EpisodeStatus.RETURNED: "home again",
    EpisodeStatus.SETTLED_ELSEWHERE: "settled elsewhere",
    EpisodeStatus.CANCELLED: "cancelled",
    EpisodeStatus.NOT_MISSING: "was not missing",
    EpisodeStatus.STOOD_DOWN: "search stood down",
    EpisodeStatus.CLOSED: "closed",
    EpisodeStatus.SUPERSEDED: "joined with another",
}
OPEN: Final = frozenset(list(STATES)[:4])
"""States of an absence that goes on."""

_FIELDS: Final = {
    "last_seen.at": "last seen",
    "last_seen.place": "where last seen",
    "person.date_of_birth": "date of birth",
    "person.given_names": "given names",
    "person.family_name": "family name",
    "returned.returned_at": "time of return",
    "found.found_at": "time found",
    "episode.risk": "risk",
    "message.id": "your message",
    "message.type": "its type",
    "message.named": "the message that it names",
    "message.stands": "your report that stands",
}


def state_words(status: EpisodeStatus) -> str:
    """The status of an episode as people say it."""
    return STATES.get(status, str(status).replace("_", " "))


def awaits_police(line: RegisterLine) -> bool:
    """Whether police have still to confirm that they have a child: not of one that is, or was, away alone."""
    kinds = {phase.kind for phase in line.phases}
    is_away = line.status is EpisodeStatus.AWAY or (PhaseKind.AWAY in kinds and PhaseKind.MISSING not in kinds)
    position = line.known("episode.police_position")
    return position is not None and position.value == PolicePosition.UNCONFIRMED and not is_away


def duty_words(duty: str) -> str:
    """What a duty is, in the words of its row; its name where the rules here do not know it."""
    return _duties().get(duty, duty.replace("_", " "))


def agency_words(agency: str | None) -> str:
    """What an agency is called; its id where the reference data does not list it."""
    if agency is None:
        return "nobody known"
    if agency == "hub":
        return "the hub"
    if (force := packaged_reference().forces.get(agency)) is not None:
        return force.called
    return packaged_reference().name_of(agency) or agency


def desk_words(desk: str) -> str:
    """A desk as people say it; of a team that acts for others, for whom."""
    own, whose = acted_for(desk) or (desk, None)
    called = own.replace("_", " ")
    return called if whose is None else f"{called} for {agency_words(whose)}"


def field_words(name: str) -> str:
    """A field of the register as people say it."""
    return _FIELDS.get(name, name.removeprefix("person.").replace(".", " ").replace("_", " "))


def reference_words(episode: str) -> str:
    """What two desks say to each other on the telephone."""
    return reference_of(EpisodeId(episode))


def is_reference_to(text: str, episode: str) -> bool:
    """Whether somebody who typed this means that episode: its id, the beginning of it, or the reference."""
    typed = text.lower().replace("-", "")
    return len(typed) >= len("12345678") and episode.replace("-", "").startswith(typed)


def child_words(line: RegisterLine | None) -> str:
    """The child of a line by name; by whatever reference is open where the name is not."""
    if line is None:
        return ""
    known = [line.known(f"person.{part}") for part in ("given_names", "family_name")]
    name = " ".join(field.value for field in known if field is not None)
    if name:
        return name
    reference = line.known("child_ref")
    return "" if reference is None else reference.value


def value_words(line: RegisterLine, name: str) -> str:
    """The best known value of a field; empty where it is closed or nobody said anything."""
    known = line.known(name)
    return "" if known is None else known.value.replace("_", " ")


def plain_words(value: str, now: datetime | None = None) -> str:
    """A value as people say it: a time by their clock (of the day of `now` without its day), an area by its name, a
    word of a vocabulary in words.
    """
    if _TIME.fullmatch(value):
        return clock(datetime.fromisoformat(value), now)
    if name := packaged_reference().name_of(value):
        return f"{name} ({value})"
    return value.replace("_", " ") if _VOCABULARY.fullmatch(value) else value


_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_VOCABULARY: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")


def risk_words(line: RegisterLine) -> str:
    """The risk of a line; `not graded` where police have not graded it, or it is not open."""
    risk = value_words(line, "episode.risk")
    return "not graded" if risk in {"", "ungraded"} else risk


def left(due_at: datetime, now: datetime) -> str:
    """What is left until then: `in 2 h 10 min`, or `35 min late`; hours alone from ten on."""
    seconds = (due_at - now).total_seconds()
    return f"in {about(seconds)}" if seconds >= 0 else f"{about(-seconds)} late"


def about(seconds: float) -> str:
    """A length of time, no more precise than it matters: `35 min`, `2 h 10 min`, `14 h`, `2 d 4 h`."""
    hours = int(seconds) // 3600
    return f"{hours} h" if _HOURS_ALONE <= hours < _DAY else stretch(seconds)


_HOURS_ALONE: Final = 10
_DAY: Final = 24


@cache
def _duties() -> dict[str, str]:
    return {row.duty: row.says for row in packaged_deadline_rules().rows}
