"""What a child's story owes: the deadlines of a telling, found by duty, for tests that read as statements."""

from collections.abc import Iterable
from datetime import datetime

from hub.deadlines import Deadline, DeadlineRules, Outcome, deadlines, packaged_deadline_rules
from hub.directory import Directory
from hub.episode import ChildState
from hub.reference import packaged_reference
from tests.unit.episode.telling import LONDON, Telling

RULES = packaged_deadline_rules()
REFERENCE = packaged_reference()


def owed(state: ChildState, rules: DeadlineRules = RULES, directory: Directory | None = None) -> tuple[Deadline, ...]:
    """All duties of a child's state."""
    return deadlines(state, rules, directory or Directory.empty(), REFERENCE)


def duties(
    told: Telling | ChildState, duty: str, *, episode: int | None = None, rules: DeadlineRules = RULES
) -> list[Deadline]:
    """The deadlines of one duty, of one absence (by its place) or of all."""
    state = told.state if isinstance(told, Telling) else told
    wanted = None if episode is None else state.episodes[episode].id
    return [each for each in owed(state, rules) if each.duty == duty and wanted in (None, each.episode)]


def only(told: Telling | ChildState, duty: str, *, episode: int | None = None) -> Deadline:
    """The one deadline of a duty."""
    (found,) = duties(told, duty, episode=episode)
    return found


def open_duties(found: Iterable[Deadline]) -> set[str]:
    """Names of what is owed."""
    return {each.duty for each in found if each.outcome is Outcome.OPEN}


def local(when: datetime | None) -> str:
    """A time as people here say it: "Sun 29 Mar 04:25"."""
    return "never" if when is None else when.astimezone(LONDON).strftime("%a %-d %b %H:%M")
