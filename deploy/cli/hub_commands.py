"""`homeward up`, `check` and `doctor`: the hub of this machine, run and looked at."""

import asyncio
import time
from typing import Annotated, Final

import psutil
import typer
from rich.table import Table
from rich.text import Text

from deploy import agencies
from deploy.bringup import Hub
from deploy.check import settled
from deploy.cli.declaring import command
from deploy.cli.invocation import Invocation, Status, run_until_stopped
from deploy.cli.progress import Steps
from deploy.doctor import Doctor, Finding
from deploy.home import Home
from deploy.lifetime import running_until, unless_given_up


def register(app: typer.Typer) -> None:
    """Put these commands at the top of the command line."""
    command(app, "up", examples=("homeward up", "homeward up --home /srv/homeward --quiet"))(up)
    command(app, "check", examples=("homeward check", "homeward check --wait 30 --json"))(check)
    command(app, "doctor", examples=("homeward doctor", "homeward doctor --json"))(doctor)


def up(invocation: Invocation) -> None:
    """Run the hub on this machine until Ctrl-C: broker, schema registry and workers; its data stays.

    What ends by itself is started again. Where the broker or the registry does not come back after some tries, this
    ends with status 1. With `--json` one object is printed when the hub is ready.
    """
    home = Home(invocation.effective.settings.home)
    run_until_stopped(lambda stop: _up(invocation, home, stop))


def check(
    invocation: Invocation,
    *,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to let work that is under way be finished.")] = 10.0,
) -> None:
    """Prove from outside the workers that nothing accepted was lost or doubled; exit 1 if something was.

    Reads topics by the ids in their headers: accepted = routed + in flight + unroutable; every receipt and every notice
    told is in an inbox, and no other. Shows as well of which child reported missing nobody was told; that can be right.
    """
    home = invocation.home()
    found = asyncio.run(settled(home, home.running(), seconds=wait))
    figures = found.as_mapping()
    invocation.show(figures if invocation.is_json else {k: v for k, v in figures.items() if not k.endswith("_ids")})
    for fault, ids in (
        ("still under way", found.in_flight_ids),
        ("missing", found.lost_ids),
        ("doubled", found.duplicate_ids),
        ("still to be named by a Told", found.unconfirmed_ids),
        ("nobody was told of report", found.untold_ids),
    ):
        for each in ids[:_LISTED]:
            invocation.say(f"{fault}: {each}")
        if len(ids) > _LISTED:
            invocation.say(f"{fault}: and {len(ids) - _LISTED} more (all of them: --json)")
    if found.untold:
        invocation.say("that nobody was told can be right, where no other agency is known to have a part in it")
    if not found.is_settled and not found.lost:
        invocation.say("what is under way is not lost: the hub is busy; look again, or wait longer: --wait 60")
    if not found.is_clean:
        raise typer.Exit(Status.FAILED)


def doctor(invocation: Invocation) -> None:
    """Look at everything the hub of this machine needs, and say for each: good, or what to do; exit 1 if one is not.

    Looks at Java, downloads, disk, keys, ports, certificates; and, where the hub runs, at clock, broker, permissions,
    registry, directory, workers, lag and mailboxes; what could not be looked at is said. A mailbox that nobody reads is
    no fault of the hub: `ring` says whom to telephone, and the exit status stays 0.
    """
    looks = asyncio.run(Doctor(invocation.home(), invocation.effective.settings).examine())
    table = Table(box=None, pad_edge=False, show_header=False)
    for style in ("", "bold", ""):
        table.add_column(style=style, overflow="fold")
    for look in looks:
        table.add_row(look.what, Text(look.finding, style=_STYLES[look.finding]), look.said)
    rows = [{"what": look.what, "finding": look.finding, "said": look.said, "remedy": look.remedy} for look in looks]
    unseen = [look.what for look in looks if look.finding is Finding.UNKNOWN]
    is_bad = any(look.finding is Finding.BAD for look in looks)
    is_well = False if is_bad else None if unseen else True
    invocation.show({"is_well": is_well, "not_looked_at": unseen, "looks": rows}, table)
    for look in looks:
        if look.remedy and not invocation.is_json:
            invocation.out.print(f"{look.what}: {look.remedy}", style="bold", soft_wrap=True)
    if unseen and not is_bad:
        invocation.say(f"nothing is bad of what could be looked at; not looked at: {', '.join(unseen)}")
    if is_bad:
        raise typer.Exit(Status.FAILED)


_LISTED: Final = 20
"""Ids that a person is shown of each fault."""
_STYLES: Final = {Finding.GOOD: "green", Finding.BAD: "bold red", Finding.RING: "bold yellow", Finding.UNKNOWN: "dim"}


async def _up(invocation: Invocation, home: Home, stop: asyncio.Event) -> None:
    invocation.say(f"bringing the hub up in {home.folder}")
    steps = Steps(invocation.talk)
    hub = Hub(home=home, settings=invocation.effective.settings, progress=steps, tell=invocation.warn)
    with steps:
        await _until_stopped(invocation, home, hub, steps, stop)


async def _until_stopped(invocation: Invocation, home: Home, hub: Hub, steps: Steps, stop: asyncio.Event) -> None:
    async with running_until(hub, stop):
        await hub.registry_is_ready()
        steps.close()
        agencies.refresh_profiles(home, hub.running)
        running = hub.running
        shown = {"home": home.folder, "broker": running.bootstrap, "registry": running.registry}
        seconds = {"seconds": round(time.time() - psutil.Process().create_time(), 1)}
        if invocation.is_json:
            invocation.show({**shown, "metrics": running.metrics, **seconds})
        else:
            listed = {f"metrics of {name}": address for name, address in running.metrics.items()}
            invocation.show({**shown, **listed, **seconds})
        invocation.say("the hub runs; Ctrl-C stops it\nnext, in another terminal: homeward agency add E08000005")
        await unless_given_up(hub, stop.wait())
        invocation.say("stopping")
