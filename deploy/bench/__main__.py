"""`python -m deploy.bench`: run the phases, print the table, write `build/bench.json`."""

import argparse
import asyncio
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from deploy import topics
from deploy.bench import clock, replay
from deploy.bench.agencies import AGENCIES
from deploy.bench.budget import per_report
from deploy.bench.judge import quantile, spread
from deploy.bench.run import Bench, bench, phase, resumes
from deploy.bench.steps import steps
from deploy.bringup import Hub
from deploy.config import Settings
from deploy.home import WORKERS, Home

_CONSOLE: Final = Console(stderr=True)
_MOST_WITH_FAULTS: Final = 60.0
"""Reports a second. Beyond what a machine carries, how soon a report is told again says how long the queue is."""


async def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run every phase against a hub of its own and return the figures."""
    with tempfile.TemporaryDirectory(prefix="homeward-bench-") as folder:
        hub = Hub(
            home=Home(Path(folder)),
            settings=Settings(),
            progress=lambda step, done, of: _CONSOLE.print(f"  {step} {f'{done}/{of}' if of else ''}"),
            agencies=[topics.Agency(id=agency) for agency in AGENCIES],
            worker_module="deploy.bench.faulty.{name}",
        )
        if arguments.pending:
            _CONSOLE.print(f"{arguments.pending} children are listed in the clock's index")
            await asyncio.to_thread(clock.fill, hub.home, arguments.pending, arguments.seed)
        async with hub, bench(hub) as running:
            return await _chosen(running, arguments)


async def _chosen(running: Bench, arguments: argparse.Namespace) -> dict[str, Any]:
    """The phases that were asked for: the ordinary ones, or only those of the clock and of the replay."""
    figures: dict[str, Any] = {}
    if arguments.only:
        await running.steady(arguments.rate, arguments.warm_up)
    else:
        figures = await _phases(running, arguments)
    if arguments.due:
        _CONSOLE.print(f"{arguments.due} duties fall due")
        figures["due_to_raised_seconds"] = await clock.due_to_raised(running, arguments.due, arguments.due_rate)
        figures["pending"] = arguments.pending
        figures["register_rss_mib"] = round(running.resources.peak_rss_mib.get("register", 0.0), 1)
    if arguments.replay:
        _CONSOLE.print(
            f"the log of {arguments.replay} children, from report to return, is replayed into an empty register"
        )
        await running.whole_courses(arguments.replay)
        figures["replay"] = await replay.replay(running)
        _CONSOLE.print("the same with every entry deleted on the broker too")
        figures["replay_into_nothing"] = await replay.replay(running, is_emptied=True)
    return figures


async def _phases(running: Bench, arguments: argparse.Namespace) -> dict[str, Any]:
    _CONSOLE.print("warming up")
    await running.steady(arguments.rate, arguments.warm_up)
    _CONSOLE.print(f"bare hop at {arguments.rate}/s")
    bare = await running.bare(arguments.rate, min(arguments.seconds, 15))
    _CONSOLE.print(f"steady: {arguments.rate}/s for {arguments.seconds} s")
    before, since = await running.metered(), await running.positions()
    used, began = running.resources.cpu_seconds(), time.monotonic()
    steady = await running.steady(arguments.rate, arguments.seconds)
    spent = {name: now - used.get(name, 0.0) for name, now in running.resources.cpu_seconds().items()}
    lasted = time.monotonic() - began  # until nothing was left to do, as what was spent
    at_rate_mib = dict(running.resources.peak_rss_mib)
    after, way = await running.metered(), await running.on_the_way(since)
    _CONSOLE.print(f"as fast as it goes: {arguments.backlog} reports")
    began = time.monotonic()
    backlog = await running.backlog(arguments.backlog)
    half_load = round(len(backlog.appended) / (time.monotonic() - began) / 2, 1)
    _CONSOLE.print(f"at half of what it carries: {half_load}/s for {arguments.seconds / 2} s")
    at_ease = await running.steady(half_load, arguments.seconds / 2)
    fault_rate = arguments.fault_rate or min(half_load, _MOST_WITH_FAULTS)
    _CONSOLE.print(f"with faults: {arguments.kills} kills, {arguments.raises} raises at {fault_rate}/s")
    chance = random.Random(arguments.seed)  # noqa: S311 - it chooses when to kill, and must be repeatable
    faulted = await running.with_faults(fault_rate, arguments.kills, arguments.raises, chance)
    reads = await running.read()
    _CONSOLE.print("the books of all of it, from headers")
    books = await running.books()
    judged = at_rate, at_most, eased, harmed = [
        phase(each, reads) for each in (steady, backlog, at_ease, faulted.offered)
    ]
    peak = running.resources.peak_rss_mib
    seconds = max(at_most.last_notice_at - min(backlog.appended.values()), 1e-9)
    return {
        "report_to_inbox_seconds": spread(at_rate.latencies),
        "receipt_seconds": spread(at_rate.receipts),
        "bare_hop_seconds": spread(bare),
        "ratio_to_bare_hop": {
            name: round(quantile(at_rate.latencies, share) / quantile(bare, share), 1)
            for name, share in (("p50", 0.5), ("p99", 0.99))
        },
        "steps_seconds": steps(steady.appended, *way, reads),
        **per_report(before, after, len(steady.appended)),
        "rate_per_second": arguments.rate,
        "sustained_per_second": round(len(backlog.appended) / seconds, 1),
        "at_half_load": {"rate_per_second": half_load, **spread(eased.latencies)},
        "lost": sum(each.lost for each in judged),
        "visible_duplicates": sum(each.visible_duplicates for each in judged),
        "repeats_on_the_wire": harmed.repeats_on_the_wire,
        "books": books,
        "fault_rate_per_second": fault_rate,
        "kills": len(faulted.kills),
        "raises": len(faulted.raises),
        "resume_seconds_max": round(max(resumes(faulted, reads), default=0.0), 2),
        "worker_rss_mib": round(max(peak.get(name, 0.0) for name in WORKERS), 1),
        "broker_rss_mib": round(peak.get("broker", 0.0), 1),
        "registry_rss_mib": round(peak.get("registry", 0.0), 1),
        "rss_mib": {name: round(value, 1) for name, value in sorted(peak.items())},
        "rss_mib_at_rate": {name: round(value, 1) for name, value in sorted(at_rate_mib.items())},
        "cpu_milliseconds_per_report": {
            name: round(1000 * value / len(steady.appended), 2) for name, value in sorted(spent.items())
        },
        "cpu_share_of_a_core": {name: round(value / lasted, 2) for name, value in sorted(spent.items())},
        "reports": sum(len(each.appended) for each in (steady, backlog, at_ease, faulted.offered)),
    }


def show(figures: dict[str, Any]) -> None:
    """Print the figures as a table."""
    table = Table(title="Homeward benchmark: everything on, judged by id from outside", show_header=True)
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        shown = "\n".join(_line(*each) for each in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name, shown)
    Console().print(table)


def _line(name: str, value: Any) -> str:  # noqa: ANN401 - a figure, or figures by name
    return f"{name}  {_line_of(value)}" if isinstance(value, dict) else f"{name} {value}"


def _line_of(figures: dict[str, Any]) -> str:
    return "  ".join(f"{key} {each}" for key, each in figures.items())


def main() -> None:
    """Parse the arguments, run, print, write."""
    parser = argparse.ArgumentParser(
        description="Benchmark the hub on this machine; nothing else should run beside it."
    )
    parser.add_argument("--rate", type=float, default=100.0, help="reports a second of the steady phase")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the steady phase")
    parser.add_argument(
        "--warm-up", type=float, default=30.0, help="seconds of the same rate before: Java compiles the broker in them"
    )
    parser.add_argument("--backlog", type=int, default=12_000, help="reports of the phase without a pace")
    parser.add_argument(
        "--fault-rate", type=float, help="reports a second while workers fail; else half of what is carried, at most 60"
    )
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--raises", type=int, default=5)
    parser.add_argument("--pending", type=int, default=0, help="children listed in the clock's index beforehand")
    parser.add_argument("--due", type=int, default=0, help="reports whose duty falls due: how late is it raised?")
    parser.add_argument("--due-rate", type=float, default=20.0, help="how many of them a second")
    parser.add_argument("--replay", type=int, default=0, help="children whose log is replayed into an empty register")
    parser.add_argument("--only", action="store_true", help="only warm up, then the clock (--due) and the replay")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    arguments = parser.parse_args()
    if arguments.only and not (arguments.due or arguments.replay):
        parser.error("--only leaves nothing to measure: say --due COUNT, --replay COUNT or both")
    figures = asyncio.run(measured(arguments))
    show(figures)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
