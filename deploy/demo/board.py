"""The board on the screen: children who are missing, found, or just home again, and who has been told.

What is shown of an episode comes from the register, through the overview's own grant; who was told and who opened it
from the inboxes. Fits eighty columns; says its states in words, never by colour alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from consumers import RegisterLine
from deploy.demo.cast import Raised, Story, Tally
from deploy.demo.clocks import next_due, panel, short
from deploy.moments import clock
from deploy.views.words import risk_words
from hub.ids import EpisodeId
from hub.reference import packaged_reference
from schemas.records import EpisodeStatus, RiskGrade

_STATES: Final = {
    EpisodeStatus.MISSING: ("MISSING", "bold red"),
    EpisodeStatus.AWAY: ("away", "yellow"),
    EpisodeStatus.LOCATED_NOT_RETURNED: ("found, not back", "bold cyan"),
    EpisodeStatus.RETURN_REPORTED: ("return reported", "cyan"),
    EpisodeStatus.RETURNED: ("home again", "green"),
    EpisodeStatus.SETTLED_ELSEWHERE: ("settled elsewhere", "green"),
    EpisodeStatus.CANCELLED: ("cancelled", "dim"),
    EpisodeStatus.NOT_MISSING: ("was not missing", "dim"),
    EpisodeStatus.STOOD_DOWN: ("stood down", "dim"),
}
_ORDER: Final = {status: place for place, status in enumerate(_STATES)}
_RISKS: Final = tuple(grade.value for grade in (RiskGrade.HIGH, RiskGrade.MEDIUM, RiskGrade.LOW))
OPEN: Final = frozenset(list(_STATES)[:4])
"""States of an episode that goes on."""
_RISK_STYLE: Final = {"high": "bold red", "medium": "yellow"}
_LINES_AROUND: Final = 8
"""Lines of the screen besides children and duties."""
_SHORT: Final = 30
"""A screen of fewer lines shows fewer duties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What stands round the table: the simulated time, how far the run is, and where to look next."""

    simulated: datetime
    elapsed: float
    length: float | None
    hints: tuple[str, ...]


def board(
    lines: Iterable[RegisterLine],
    stories: Mapping[EpisodeId, Story],
    tally: Tally,
    moment: Moment,
    *,
    raised: Iterable[Raised] = (),
    height: int = 24,
) -> RenderableType:
    """The whole screen, in at most `height` lines."""
    rows = sorted(lines, key=_urgency)
    clocks = panel(rows, raised, tally, moment.simulated, rows=4 if height < _SHORT else 8)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", expand=True)
    for name, options in (
        ("child", {"min_width": 13, "no_wrap": True, "ratio": 3}),
        ("where", {"min_width": 9, "no_wrap": True, "ratio": 2}),
        ("state", {"min_width": 15, "no_wrap": True}),
        ("risk", {"min_width": 8, "max_width": 10, "no_wrap": True}),
        ("for", {"min_width": 8, "justify": "right", "no_wrap": True}),
        ("told/read", {"min_width": 9, "justify": "right", "no_wrap": True}),
        ("next due", {"min_width": 12, "no_wrap": True}),
    ):
        table.add_column(name, **options)
    shown = rows[: max(3, height - _LINES_AROUND - len(clocks))]
    for line in shown:
        table.add_row(*_cells(line, stories.get(line.episode, Story()), moment.simulated))
    still = sum(line.status in OPEN for line in rows)
    head = Text.assemble(
        ("Homeward", "bold"),
        f"  simulated time {clock(moment.simulated)}   {still} open, {len(rows) - still} closed",
        f"   {_minutes(moment.elapsed)}" + (f" of {_minutes(moment.length)}" if moment.length else ""),
    )
    more = Text(f"and {len(rows) - len(shown)} more" if len(rows) > len(shown) else "", style="dim")
    foot = [Text(hint, style="dim", no_wrap=True, overflow="ellipsis") for hint in moment.hints]
    return Group(head, Text(""), table, more, *clocks, latency_line(tally), *foot)


def _minutes(seconds: float) -> str:
    """A time of the run as a stopwatch shows it: `1:40`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def latency_line(tally: Tally) -> Text:
    """How fast it goes, in one line."""
    if not tally.latencies:
        return Text(f"{tally.sent} reports sent; no notice yet")
    ordered = sorted(tally.latencies)
    return Text.assemble(
        f"{tally.sent} reports, {tally.notices} notices; to inbox: ",
        (f"half in {quantile(ordered, 0.5) * 1000:.0f} ms", "bold"),
        f", 99 % in {quantile(ordered, 0.99) * 1000:.0f} ms",
        (f"; {tally.rejected} rejected" if tally.rejected else ""),
        no_wrap=True,
        overflow="ellipsis",
    )


def quantile(ordered: list[float], share: float) -> float:
    """The smallest value that this share of the ordered values does not exceed; 0 where there are none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _urgency(line: RegisterLine) -> tuple[int, int, float]:
    """Missing first, by risk; then who is found; then the latest that changed."""
    risk = _field(line, "episode.risk")
    place = _RISKS.index(risk) if risk in _RISKS else len(_RISKS)
    return _ORDER.get(line.status, len(_ORDER)), place, -line.changed_at.timestamp()


def _cells(line: RegisterLine, story: Story, simulated: datetime) -> tuple[RenderableType, ...]:
    state, style = _STATES.get(line.status, (line.status.value.replace("_", " "), "dim"))
    risk = risk_words(line)
    due, is_late = next_due(line, simulated)
    return (
        Text(_name(line)),
        Text(_where(line)),
        Text(state, style=style),
        Text(risk, style=_RISK_STYLE.get(risk, "")),
        Text(_lasted(line, simulated)),
        f"{len(story.told)}/{len(story.opened)}" if story.told else "",
        Text(due, style="red" if is_late else ""),
    )


def _field(line: RegisterLine, name: str) -> str:
    known = line.known(name)
    return "" if known is None else known.value


def _name(line: RegisterLine) -> str:
    given, family = _field(line, "person.given_names"), _field(line, "person.family_name")
    return " ".join(filter(None, (given, family))) or "name not known"


def _where(line: RegisterLine) -> str:
    """Where the child was last seen or found; the area's name."""
    code = _field(line, "found.area_code") or _field(line, "last_seen.area_code") or next(iter(sorted(line.areas)), "")
    return packaged_reference().name_of(code) or ""


def _lasted(line: RegisterLine, simulated: datetime) -> str:
    began, ended = _field(line, "episode.began_at"), _field(line, "episode.ended_at")
    if not began:
        return ""
    until = datetime.fromisoformat(ended) if ended else simulated
    return short(max(0.0, (until.astimezone(UTC) - datetime.fromisoformat(began)).total_seconds()))
