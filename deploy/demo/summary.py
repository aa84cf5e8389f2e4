"""What the demonstration says at its end: one object with a stable shape, from the ledger's balance, not from counters
of the processes under test.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from consumers import RegisterLine
from deploy.bringup import BROKER, REGISTRY, Hub
from deploy.demo.board import OPEN, quantile
from deploy.demo.cast import Tally
from deploy.demo.clocks import INTERVIEW
from deploy.home import WORKERS
from deploy.ledger import Balance

_HUB: Final = "hub"
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The end of a run. `run_seconds` is the time of the play alone; memory is in MiB, the peak seen."""

    balance: Balance
    tally: Tally
    in_review: int
    open_episodes: int
    closed_episodes: int
    clocks: dict[str, int]
    """Duties running, late and met; steps of ladders; telephone tasks; return interviews that were or are late."""
    peak_rss_mib: dict[str, float]
    seconds: dict[str, float]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled, untold, left under way, unreadable or unanswered."""
        tally, balance = self.tally, self.balance
        return balance.is_clean and not (
            tally.unanswered or tally.unreadable or self.visible_duplicates or balance.untold
        )

    @property
    def visible_duplicates(self) -> int:
        """What a reader would see twice, by headers and by what was opened."""
        return self.balance.visible_duplicates + len(self._opened_twice)

    @property
    def _opened_twice(self) -> list[str]:
        """What was opened twice under two ids, and the books do not show."""
        shown = " ".join(self.balance.duplicate_ids)
        return [id_ for id_ in self.tally.seen_twice.ids if id_ not in shown]

    def faults(self) -> list[str]:
        """What is not as it should be, a line each; at most twenty of a kind."""
        balance = self.balance
        return [
            *(f"still under way: {id_}" for id_ in balance.in_flight_ids),
            *(f"missing: {what}" for what in balance.lost_ids),
            *(f"doubled: {what}" for what in balance.duplicate_ids),
            *(f"doubled: notice {id_}, which says what was told already" for id_ in self._opened_twice[:_SHOWN]),
            *(f"still to be named by a Told: {what}" for what in balance.unconfirmed_ids),
            *(f"nobody was told of: report {id_}" for id_ in balance.untold_ids),
            *([f"{self.tally.unanswered} reports have no receipt yet"] if self.tally.unanswered else []),
            *([f"{self.tally.unreadable} records of an inbox did not open"] if self.tally.unreadable else []),
        ]

    def as_mapping(self) -> dict[str, Any]:
        """The object of `--json`."""
        ordered = sorted(self.tally.latencies)
        return {
            "accepted": self.balance.accepted,
            "rejected": self.tally.rejected,
            "routed": self.balance.routed,
            "in_review": self.in_review,
            "in_flight": self.balance.in_flight,
            "unroutable": self.balance.unroutable,
            "notices": self.balance.notices,
            "lost": self.balance.lost,
            "visible_duplicates": self.visible_duplicates,
            "episodes": {"open": self.open_episodes, "closed": self.closed_episodes},
            "report_to_inbox_seconds": {
                "p50": round(quantile(ordered, 0.5), 3),
                "p99": round(quantile(ordered, 0.99), 3),
                "max": round(max(ordered, default=0.0), 3),
            },
            "peak_rss_mib": self.peak_rss_mib,
            "seconds": self.seconds,
            "clocks": self.clocks,
        }


def episodes(lines: Iterable[RegisterLine]) -> tuple[int, int]:
    """How many episodes are open and how many closed."""
    states = [line.status in OPEN for line in lines]
    return sum(states), len(states) - sum(states)


def clocks(lines: Iterable[RegisterLine], tally: Tally, now: datetime) -> dict[str, int]:
    """What became of duties and ladders; `late_interviews` counts return interviews late now or held too late."""
    duties = [duty for line in lines for duty in line.duties if duty.owed_by != _HUB and not duty.is_withdrawn]
    is_late = [(duty.met_at or now) > duty.due_at for duty in duties]
    return {
        "running": sum(duty.met_at is None for duty in duties),
        "late": sum(duty.met_at is None and late for duty, late in zip(duties, is_late, strict=True)),
        "met": sum(duty.met_at is not None for duty in duties),
        "escalations": tally.escalations,
        "telephone_tasks": tally.telephone_tasks,
        "telephoned": tally.telephoned,
        "late_interviews": sum(late and duty.duty == INTERVIEW for duty, late in zip(duties, is_late, strict=True)),
    }


def peaks(hub: Hub) -> dict[str, float]:
    """The largest memory seen: of the broker, of the registry, and of the largest worker."""
    parts = {"broker": [BROKER], "registry": [REGISTRY], "worker": WORKERS}
    return {part: round(max(map(hub.supervisor.peak_rss_mib, names)), 1) for part, names in parts.items()}
