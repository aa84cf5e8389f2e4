"""One run of the demonstration: hub up, agencies in, a day played, the books balanced, everything down again."""

import asyncio
import contextlib
import hashlib
import heapq
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from consumers import RegisterLine, RegisterView
from consumers.connection import ended
from deploy import check
from deploy.bringup import Hub, Progress
from deploy.config import Settings
from deploy.demo import calm
from deploy.demo.cast import Cast
from deploy.demo.members import OVERVIEW, Member, let_in, members
from deploy.demo.summary import Summary, clocks, episodes, peaks
from deploy.home import Home
from deploy.hub_time import read_hub_times
from deploy.ledger import Balance
from deploy.lifetime import running_until, unless_given_up
from deploy.occupied import LOCK
from hub.ids import EpisodeId
from producers.simulator import demo_agencies, plan, play, showcase
from schemas.errors import HomewardError

DAY: Final = timedelta(hours=24)
SPEED: Final = 288.0
"""Simulated seconds a second where no other speed is asked for: a day in five minutes."""
_WHOLE_UP_TO: Final = 700.0
"""So many times real time two slow cores follow everything that happens: with clocks and answers 20 events a second."""
_DRAIN_SECONDS: Final = 30.0
_CHECK_SECONDS: Final = 300.0
"""The books of a demonstration are read in a small part of this."""
_LOOK_SECONDS: Final = 0.25
_MARK: Final = "demo"
"""A file that says that a folder is a demo's, which may be emptied, and which code made it."""


class NotADemo(HomewardError):
    """A folder holds something else than a demo, so no demo begins in it, and nothing in it is removed."""


class CheckDoesNotEnd(HomewardError):
    """The topics cannot be read to their end, so nobody knows whether anything was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for. `seconds` None: until the simulated day is over, then until Ctrl-C."""

    home: Home
    settings: Settings
    seconds: float | None = None
    speed: float | None = None
    seed: int | None = None
    is_fresh: bool = False
    drawn: int = field(init=False)
    """The seed that is played: the one asked for, or another one every minute."""

    def __post_init__(self) -> None:
        """Draw the seed once."""
        object.__setattr__(self, "drawn", self.seed or int(time.time()) // 60)

    @property
    def played(self) -> timedelta:
        """How much simulated time is played: a day, or more where length and speed ask for it."""
        asked = timedelta(seconds=(self.seconds or 0.0) * (self.speed or 0.0))
        return max(DAY, asked)

    @property
    def pace(self) -> float:
        """Simulated seconds a second; a given length and no speed plays the whole day in that time."""
        return self.speed or (DAY.total_seconds() / self.seconds if self.seconds else SPEED)

    @property
    def share(self) -> float:
        """How many of the children who go missing in life do so here: all where a speed is asked for; of a day that is
        pressed into a short time as many as two cores follow, else one would look at a queue.
        """
        return 1.0 if self.speed else min(1.0, _WHOLE_UP_TO / self.pace)


@dataclass(slots=True, kw_only=True)
class Stage:
    """What the screen is drawn from while the run goes on."""

    hub: Hub
    cast: Cast
    register: RegisterView
    lines: dict[EpisodeId, RegisterLine] = field(default_factory=dict)
    """Episodes that changed in this run."""
    began: float
    since: check.Positions = field(default_factory=dict)
    """Where every topic stood before this run, whose books alone are balanced."""
    reviews_since: check.Positions = field(default_factory=dict)
    """Where the pairs for a person to look at stood before this run."""
    is_over: bool = False

    @property
    def simulated(self) -> datetime:
        """What time it is at the hub, whose clock runs fast."""
        return self.cast.now


class Screen(Protocol):
    """Shows a stage until it is over."""

    async def __call__(self, stage: Stage) -> None:
        """Draw until `stage.is_over`."""


async def run(
    wish: Wish, *, progress: Progress, screen: Screen, stop: asyncio.Event, tell: Callable[[str], None]
) -> Summary:
    """Run the demonstration until its time is over or `stop` is set, and balance the books.

    Raises:
        StoppedWhileStarting: `stop` was set before the play began.
        ServerGivenUp: the broker or the registry ended, and did not come back.
    """
    await asyncio.to_thread(prepare, wish.home, is_fresh=wish.is_fresh)
    wanted = members(wish.home)
    hub = Hub(
        home=wish.home,
        settings=wish.settings,
        progress=progress,
        agencies=tuple(member.row for member in wanted),
        hub_scale=max(1.0, wish.pace),
        calm=calm.needed(wish.home),
        tell=tell,
    )
    async with running_until(hub, stop):
        began = time.monotonic()
        progress(f"{len(wanted)} agencies join", 0, 0)
        await let_in(hub, wanted)
        since = await check.positions(wish.home, hub.running)
        reviews_since = await check.review_positions(wish.home, hub.running)
        progress("agencies connect", 0, 0)
        async with _on_stage(wish, hub, wanted) as stage:
            stage.since, stage.reviews_since = since, reviews_since
            calm.connected(wish.home, time.monotonic() - hub.clock_set_at)
            await calm.is_over(stage.cast.times, progress, stop)
            progress("", 0, 0)
            joined = time.monotonic() - began
            await _play(wish, stage, screen, stop)
            progress("letting everything arrive", 0, 0)
            return await unless_given_up(hub, _summary(wish, stage, joined, progress, stop))


@asynccontextmanager
async def _on_stage(wish: Wish, hub: Hub, wanted: tuple[Member, ...]) -> AsyncIterator[Stage]:
    times = await read_hub_times(wish.home, hub.running.bootstrap, hub.ids)
    overview = next(member for member in wanted if member.id == OVERVIEW)
    async with AsyncExitStack() as stack:
        register = await stack.enter_async_context(RegisterView.open(profile=overview.profile))
        cast = await stack.enter_async_context(Cast.open(wanted, hub.ids, times=times, seed=wish.drawn))
        stage = Stage(hub=hub, cast=cast, register=register, began=time.monotonic())
        cast.references = lambda episode: line.references if (line := register.episode(episode)) else ()
        following = asyncio.create_task(_follow(stage), name="demo register")
        try:
            yield stage
        finally:
            await ended(following)
            if not following.cancelled():
                following.result()


async def _follow(stage: Stage) -> None:
    async for line in stage.register.changes():
        if line.superseded_by is None:
            stage.lines[line.episode] = line
        else:
            stage.lines.pop(line.episode, None)


async def _play(wish: Wish, stage: Stage, screen: Screen, stop: asyncio.Event) -> None:
    """Play the day; the screen is drawn meanwhile. Ends with the time, the day (if a length was given) or `stop`."""
    start = stage.simulated
    agencies = demo_agencies()
    messages = heapq.merge(
        showcase(wish.drawn, start, agencies),
        plan(wish.drawn, start, wish.played / timedelta(hours=1), wish.share, agencies),
        key=lambda message: message.at,
    )
    stage.began = time.monotonic()
    playing = asyncio.create_task(
        play(messages, stage.cast.publishers, speed=wish.pace, start=start, on_sent=stage.cast.note_sent),
        name="demo play",
    )
    showing = asyncio.create_task(screen(stage), name="demo screen")
    stopping = asyncio.create_task(unless_given_up(stage.hub, stop.wait()), name="asked to stop")
    until = {stopping} if wish.seconds is None else {stopping, playing}
    try:
        await asyncio.wait(until, timeout=wish.seconds, return_when=asyncio.FIRST_COMPLETED)
        if wish.seconds is not None and playing.done() and not stop.is_set():
            remaining = wish.seconds - (time.monotonic() - stage.began)
            await asyncio.wait({stopping}, timeout=max(0.0, remaining))
        if stopping.done():
            stopping.result()
        if playing.done():
            playing.result()
    finally:
        stage.is_over = True
        for task in (playing, stopping):
            task.cancel()
        await asyncio.gather(playing, stopping, showing, return_exceptions=True)


async def registry_is_ready(hub: Hub, stop: asyncio.Event) -> None:
    """Wait until the schema registry has started; once the demonstration is to end it need not: the hub stops it."""
    ready = asyncio.create_task(hub.registry_is_ready(), name="schema registry is ready")
    stopping = asyncio.create_task(stop.wait(), name="asked to stop")
    try:
        await asyncio.wait({ready}, timeout=_LOOK_SECONDS)  # that it did not start is said all the same
        await asyncio.wait({ready, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
    finally:
        await ended(ready, stopping)


async def _summary(wish: Wish, stage: Stage, joined: float, progress: Progress, stop: asyncio.Event) -> Summary:
    hub, cast = stage.hub, stage.cast
    run_seconds = time.monotonic() - stage.began
    await cast.drained(_DRAIN_SECONDS)
    progress("checking from outside that nothing was lost", 0, 0)
    balance = await _checked(wish, stage)
    await registry_is_ready(hub, stop)
    still_open, closed = episodes(stage.lines.values())
    return Summary(
        balance=balance,
        tally=cast.tally,
        in_review=await check.in_review(wish.home, hub.running, since=stage.reviews_since),
        open_episodes=still_open,
        closed_episodes=closed,
        clocks=clocks(stage.lines.values(), cast.tally, stage.simulated),
        peak_rss_mib=peaks(hub),
        seconds={
            "setup": round(hub.setup_seconds, 1),
            "start": round(hub.start_seconds + joined, 1),
            "run": round(run_seconds, 1),
        },
    )


async def _checked(wish: Wish, stage: Stage) -> Balance:
    """The books, and the register read to its end. A check that does not end is begun anew, once.

    Raises:
        CheckDoesNotEnd: nor does that one.
    """
    for _ in range(2):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CHECK_SECONDS):
                balance = await check.settled(wish.home, stage.hub.running, seconds=_DRAIN_SECONDS, since=stage.since)
                await stage.register.caught_up()
                return balance
    message = f"the broker does not answer the check within {_CHECK_SECONDS:.0f} s; play again, or: homeward doctor"
    raise CheckDoesNotEnd(message)


def _made_with() -> str:
    """What the code of the hub is, as a digest: a demo's folder is kept only for the code that made it."""
    packages = Path(__file__).parent.parent.parent
    files = sorted(
        file
        for room in ("schemas", "hub", "streams", "deploy")
        for file in (packages / room).rglob("*")
        if file.suffix in {".py", ".toml", ".avsc", ".csv"}
    )
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def prepare(home: Home, *, is_fresh: bool) -> None:
    """Make the folder a demo's; empty it first if that was asked for, or if other code made what is in it.

    Raises:
        NotADemo: it holds something else than a demo.
        HomeInUse: a demo runs in it.
    """
    with home.held():
        mark, code = home.folder / _MARK, _made_with()
        kept = [file for file in home.folder.iterdir() if file.name != LOCK]
        if kept and not mark.exists():
            message = f"{home.folder} is not the folder of a demo; give another one, or an empty one: --home"
            raise NotADemo(message)
        if kept and (is_fresh or mark.read_text(encoding="utf-8") != code):
            for file in kept:
                shutil.rmtree(file) if file.is_dir() else file.unlink()
        mark.write_text(code, encoding="utf-8")
    home.mark_demo()
