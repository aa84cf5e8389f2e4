"""`homeward demo`: the product on one screen, and at its end the proof."""

import asyncio
import re
import time
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from deploy.cli.declaring import command
from deploy.cli.invocation import Invocation, Status, run_until_stopped
from deploy.cli.progress import Steps
from deploy.config import Source
from deploy.demo.board import Moment, board, latency_line
from deploy.demo.run import Stage, Wish, run
from deploy.demo.summary import Summary
from deploy.home import Home
from deploy.moments import stretch

_FRAMES_A_SECOND: Final = 4
_LINE_EVERY_SECONDS: Final = 10.0
_DELAY_THAT_COUNTS: Final = 300.0
"""Seconds of hub time: the shortest duty is five minutes."""
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}


def register(app: typer.Typer) -> None:
    """Put the command at the top of the command line."""
    command(app, "demo", examples=("homeward demo --for 60s --json", "homeward demo --for 44m --speed 1000"))(demo)


def demo(
    invocation: Invocation,
    *,
    length: Annotated[
        str | None,
        typer.Option(
            "--for",
            help="End by itself after this time (60s, 5m), a whole day played in it; below 2m with fewer children, "
            "so that two cores follow (all of them: --speed).",
        ),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(min=0.1, help="Simulated seconds a second (288 unless given; at 1000 a month takes 44 min)."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed plays the same day.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with an empty hub (half a minute longer).")] = False,
) -> None:
    """Show the whole of Homeward on this machine: a day of synthetic children, a real and secured Kafka, live.

    Ends with a summary; exit 0 only if, read from outside, nothing was lost, doubled or left under way. Everything is
    invented but the names of places and forces; the demo approves its own agencies.
    """
    settings = invocation.effective.settings
    named = invocation.effective.sources["home"] is not Source.DEFAULT
    home = Home(settings.home if named else settings.demo_home)
    wish = Wish(home=home, settings=settings, seconds=_seconds(length), speed=speed, seed=seed, is_fresh=fresh)
    summary = run_until_stopped(lambda stop: _run(invocation, wish, stop))
    invocation.show(summary.as_mapping(), None if invocation.is_json else closing(summary))
    if late := too_fast(summary.as_mapping()["report_to_inbox_seconds"]["p50"], wish.pace):
        invocation.say(late)
    if not summary.is_clean:
        for each in summary.faults():
            invocation.say(f"  {each}")
        raise typer.Exit(Status.FAILED)


def too_fast(half_seconds: float, pace: float) -> str | None:
    """A warning where the hub's own time ran so fast that the machine's delay looks like people's; None where not."""
    of_the_hub = half_seconds * pace
    if of_the_hub < _DELAY_THAT_COUNTS:
        return None
    return (
        f"at {pace:.0f} times real time half of the reports took {stretch(of_the_hub)} of the hub's time or longer: "
        "what is late by less than that is this machine's doing, not people's. Play slower: --speed 60"
    )


async def _run(invocation: Invocation, wish: Wish, stop: asyncio.Event) -> Summary:
    steps = Steps(invocation.talk)
    invocation.say(f"demo in {wish.home.folder}\neverything in it is synthetic; Ctrl-C ends it cleanly")
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        invocation.warn(text)

    with steps:
        summary = await run(
            wish, progress=steps, screen=lambda stage: _screen(invocation.talk, wish, stage), stop=stop, tell=tell
        )
    if invocation.talk.is_terminal:  # the board was drawn over it
        for each in told:
            invocation.warn(each)
    return summary


async def _screen(console: Console, wish: Wish, stage: Stage) -> None:
    """Draw the board four times a second on a terminal; in a pipe, a line every ten seconds."""
    if not console.is_terminal or console.quiet:
        told = time.monotonic()
        while not stage.is_over:
            await asyncio.sleep(1 / _FRAMES_A_SECOND)
            if time.monotonic() - told >= _LINE_EVERY_SECONDS:
                told = time.monotonic()
                console.print(latency_line(stage.cast.tally))
        return
    with Live(console=console, auto_refresh=False, screen=True) as live:
        while not stage.is_over:
            live.update(_drawn(console, wish, stage), refresh=True)
            await asyncio.sleep(1 / _FRAMES_A_SECOND)
    console.print(_drawn(console, wish, stage))


def _drawn(console: Console, wish: Wish, stage: Stage) -> Any:  # noqa: ANN401 - something Rich renders
    moment = Moment(
        simulated=stage.simulated,
        elapsed=time.monotonic() - stage.began,
        length=wish.seconds,
        hints=(
            "elsewhere: homeward due E08000005 | handover E08000005 | inbox watch E08000005",
            f"metrics: {stage.hub.running.metrics['register']} | homeward check | Ctrl-C ends",
        ),
    )
    cast = stage.cast
    return board(stage.lines.values(), cast.stories, cast.tally, moment, raised=cast.raised, height=console.height)


def closing(summary: Summary) -> Text:
    """The summary in words."""
    said = summary.as_mapping()
    times, clocks, balance = said["report_to_inbox_seconds"], said["clocks"], summary.balance
    verdict = "nothing lost, nothing doubled" if summary.is_clean else "NOT CLEAN: see below"
    figures = (
        f"  accepted {balance.accepted} = routed {balance.routed} + in flight {balance.in_flight} "
        f"+ unroutable {balance.unroutable}\n"
        f"  rejected {said['rejected']}; notices {balance.notices}; lost {balance.lost}; "
        f"doubled {summary.visible_duplicates}\n"
        f"  absences: {said['episodes']['open']} open, {said['episodes']['closed']} closed; "
        f"pairs for a person to look at: {said['in_review']}\n"
        f"  duties: {clocks['running']} running, {clocks['late']} late, {clocks['met']} met; "
        f"return interviews late: {clocks['late_interviews']}\n"
        f"  steps of ladders {clocks['escalations']}; telephone tasks {clocks['telephone_tasks']}\n"
        f"  report to inbox: half in {times['p50'] * 1000:.0f} ms, 99 % in {times['p99'] * 1000:.0f} ms, "
        f"slowest {times['max'] * 1000:.0f} ms\n"
        f"  memory, MiB: {_listed(said['peak_rss_mib'], '.0f')}\n"
        f"  seconds: {_listed(said['seconds'], '.1f')}"
    )
    return Text.assemble("\n", (verdict, "bold"), f"\n{figures}")


def _listed(figures: dict[str, float], form: str) -> str:
    return ", ".join(f"{name} {value:{form}}" for name, value in figures.items())


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text)
    if match is None or not float(match[1]):
        message = f"{text!r} is not a length of time; expected 60s, 5m or 1h"
        raise typer.BadParameter(message, param_hint="--for")
    return float(match[1]) * _UNITS[match[2] or "s"]
