"""`homeward up`, `check` and `doctor`: the hub of this machine, run and looked at."""

import asyncio

import typer

from deploy import agencies
from deploy.bringup import Hub, running_until
from deploy.cli.invocation import Invocation, command, run_until_stopped
from deploy.cli.progress import Steps
from deploy.home import Home


def register(app: typer.Typer) -> None:
    """Put these commands at the top of the command line."""
    command(app, "up", examples=("homeward up", "homeward up --home /srv/homeward --quiet"))(up)


def up(invocation: Invocation) -> None:
    """Run the hub on this machine until Ctrl-C: broker, schema registry and workers; its data stays.

    With `--json` one object is printed when the hub is ready.
    """
    home = Home(invocation.effective.settings.home)
    run_until_stopped(lambda stop: _up(invocation, home, stop))


async def _up(invocation: Invocation, home: Home, stop: asyncio.Event) -> None:
    invocation.say(f"bringing the hub up in {home.folder}")
    hub = Hub(home=home, settings=invocation.effective.settings, progress=Steps(invocation.talk))
    async with running_until(hub, stop):
        agencies.refresh_profiles(home, hub.running)
        running = hub.running
        shown = {"home": home.folder, "broker": running.bootstrap, "registry": running.registry}
        shown |= {f"metrics of {name}": address for name, address in running.metrics.items()}
        invocation.show({**shown, "seconds": round(hub.setup_seconds + hub.start_seconds, 1)})
        invocation.say("the hub runs; Ctrl-C stops it. Next, in another terminal: homeward agency add E08000005")
        await stop.wait()
        invocation.say("stopping")
