"""Below the board: which clocks run and which are late, the latest step of a ladder, the latest telephone task.

Duties come from the register, as the overview's grant opens it; ladders and tasks from the notices that agencies got.
Every line fits the width; how much is shown follows the height. Nothing is said by colour alone.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from rich.text import Text

from consumers import RegisterLine
from deploy.demo.cast import Raised, Tally
from deploy.moments import clock, how_many
from deploy.views.words import about, agency_words, child_words
from hub.routing import packaged_rules
from schemas.records import DutyState

INTERVIEW: Final = "return_interview"
_HUB: Final = "hub"
_TELEPHONE: Final = "telephone"
_DUTY: Final = "duty"
_TASK: Final = packaged_rules().words["ask"]["telephone_these"].partition("{")[0]
"""How every telephone task begins; the board has no room for it."""

Running = tuple[RegisterLine, DutyState]


def running(lines: Iterable[RegisterLine]) -> list[Running]:
    """Every duty that somebody owes now, the earliest due first; the hub's own are left out."""
    found = [
        (line, duty)
        for line in lines
        for duty in line.duties
        if duty.met_at is None and duty.owed_by not in {_HUB, None}
    ]
    return sorted(found, key=lambda one: (one[1].due_at, one[1].duty))


def panel(
    lines: Iterable[RegisterLine], raised: Iterable[Raised], tally: Tally, now: datetime, *, rows: int
) -> list[Text]:
    """At most `rows` lines about duties, and one each about ladders and telephone tasks."""
    every = running(lines)
    late = [one for one in every if one[1].due_at < now]
    ahead = [one for one in every if one[1].due_at >= now]
    late.sort(key=lambda one: (one[1].duty != INTERVIEW, one[1].due_at))
    shown = [*late[: max(1, rows // 2)], *ahead][:rows]
    heading = Text.assemble(
        ("clocks", "bold"),
        f"  {len(every)} running, ",
        (f"{len(late)} late", "bold red" if late else ""),
        f"; {tally.clocks} notices of what is due or late",
    )
    return [heading, *(_duty(one, now) for one in shown), *_latest(list(raised), tally)]


def next_due(line: RegisterLine, now: datetime) -> tuple[str, bool]:
    """When the next thing about a child is due, in short, and whether it is late."""
    due = min((duty.due_at for duty in line.duties if duty.met_at is None and duty.owed_by != _HUB), default=None)
    if due is None:
        return "", False
    seconds = (due - now).total_seconds()
    return (f"in {short(seconds)}", False) if seconds >= 0 else (f"{short(-seconds)} late", True)


def short(seconds: float) -> str:
    """A length of time for a narrow column: `34 min`, `4 h 57`, `16 h`, `2 d 21 h`."""
    text = about(seconds)
    return text.removesuffix(" min") if " h " in text else text


def _duty(one: Running, now: datetime) -> Text:
    line, duty = one
    seconds = (duty.due_at - now).total_seconds()
    is_late = seconds < 0
    when = f"{short(-seconds)} LATE" if is_late else f"in {short(seconds)}"
    return _line(
        f"  {when:<14} {child_words(line)}: {duty.duty.replace('_', ' ')}, {agency_words(duty.owed_by)}",
        "red" if is_late else "",
    )


def _latest(raised: list[Raised], tally: Tally) -> Iterator[Text]:
    steps = [each for each in raised if each.purpose not in {_TELEPHONE, _DUTY}]
    tasks = [each for each in raised if each.purpose == _TELEPHONE]
    yield _of("ladders", how_many(tally.escalations, "step"), steps[-1:])
    yield _of("telephone", f"{how_many(tally.telephone_tasks, 'task')}, {tally.telephoned} made", tasks[-1:])


def _of(title: str, count: str, latest: list[Raised]) -> Text:
    text = Text.assemble((title, "bold"), f"  {count}", no_wrap=True, overflow="ellipsis")
    for each in latest:
        said = each.what.removeprefix(_TASK)
        text.append(f"; {clock(each.at)} {agency_words(each.agency)}: {said}")
    return text


def _line(text: str, style: str) -> Text:
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")
