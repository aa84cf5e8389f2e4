"""`homeward up`, `check` and `doctor`: the hub of this machine, run and looked at."""

import asyncio
from typing import Annotated

import typer

from deploy import agencies
from deploy.bringup import Hub, running_until
from deploy.check import settled
from deploy.cli.invocation import Invocation, Status, command, run_until_stopped
from deploy.cli.progress import Steps
from deploy.home import Home


def register(app: typer.Typer) -> None:
    """Put these commands at the top of the command line."""
    command(app, "up", examples=("homeward up", "homeward up --home /srv/homeward --quiet"))(up)
    command(app, "check", examples=("homeward check", "homeward check --wait 30 --json"))(check)


def up(invocation: Invocation) -> None:
    """Run the hub on this machine until Ctrl-C: broker, schema registry and workers; its data stays.

    With `--json` one object is printed when the hub is ready.
    """
    home = Home(invocation.effective.settings.home)
    run_until_stopped(lambda stop: _up(invocation, home, stop))


def check(
    invocation: Invocation,
    *,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to let work that is under way be finished.")] = 10.0,
) -> None:
    """Prove from outside the workers that nothing accepted was lost or doubled; exit 1 if something was.

    Reads topics by the ids in their headers: accepted = routed + in flight + unroutable, every receipt and every notice
    told is in an inbox.
    """
    home = invocation.home()
    found = asyncio.run(settled(home, home.running(), seconds=wait))
    figures = found.as_mapping()
    invocation.show(figures if invocation.is_json else {k: v for k, v in figures.items() if not k.endswith("_ids")})
    for fault, ids in (
        ("still under way", found.in_flight_ids),
        ("missing", found.lost_ids),
        ("doubled", found.duplicate_ids),
    ):
        for each in ids:
            invocation.say(f"{fault}: {each}")
    if not found.is_clean:
        raise typer.Exit(Status.FAILED)


async def _up(invocation: Invocation, home: Home, stop: asyncio.Event) -> None:
    invocation.say(f"bringing the hub up in {home.folder}")
    hub = Hub(home=home, settings=invocation.effective.settings, progress=Steps(invocation.talk))
    async with running_until(hub, stop):
        await hub.registry_is_ready()
        agencies.refresh_profiles(home, hub.running)
        running = hub.running
        shown = {"home": home.folder, "broker": running.bootstrap, "registry": running.registry}
        shown |= {f"metrics of {name}": address for name, address in running.metrics.items()}
        invocation.show({**shown, "seconds": round(hub.setup_seconds + hub.start_seconds, 1)})
        invocation.say("the hub runs; Ctrl-C stops it. Next, in another terminal: homeward agency add E08000005")
        await stop.wait()
        invocation.say("stopping")
