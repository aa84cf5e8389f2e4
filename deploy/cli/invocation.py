"""What every command has in common: its standard options, where it writes, which installation it means, how it ends.

Data goes to standard output, talk to standard error. With `--json` the data is one object, or one object a line for
a stream, and nothing else; with `--quiet` there is no talk. Exit statuses: 0 done, 1 refused or failed, 2 wrong
usage, 3 hub not reachable, 130 broken off. A traceback is shown only with `--debug`.
"""

import asyncio
import json
import os
import shlex
import signal
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import typer
from aiokafka.errors import KafkaConnectionError
from rich.console import Console, RenderableType
from typer.exceptions import TyperException

from consumers.errors import HubNotReachable, NoGrant
from deploy import config
from deploy.cli.console import InertConsole
from deploy.cli.profiles import NoProfile, certificate_warning, profile_file
from deploy.cli.remedies import unforeseen
from deploy.config import ConfigRefused, Effective, Source
from deploy.home import Home
from deploy.identities import NotKnown
from deploy.moments import NotATime, clock
from deploy.occupied import NotRunning, StoppedWhileStarting
from deploy.topics import NotAnId
from hub.certificates import ShutOut
from hub.text import is_hidden
from producers.connection import ended
from producers.errors import NotYetConnected
from schemas.errors import HomewardError

_Result = TypeVar("_Result")


CONNECTED_WITHIN: Final = 5.0
"""Seconds after which somebody at a screen is told that the hub does not answer, rather than kept waiting."""


class Status(IntEnum):
    """Exit statuses."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    BROKEN_OFF = 130


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One run of a command: its standard options and what follows from them."""

    is_json: bool = False
    is_quiet: bool = False
    is_debug: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings given as options; None where not given."""

    @cached_property
    def out(self) -> Console:
        """Standard output: data."""
        return InertConsole(soft_wrap=self.is_json)

    @cached_property
    def talk(self) -> Console:
        """Standard error: everything said beside the data."""
        return InertConsole(stderr=True, quiet=self.is_quiet)

    @cached_property
    def effective(self) -> Effective:
        """The settings in force for this command; downloads go to the cache that they name."""
        effective = config.read(self.options)
        if effective.sources["cache"] is not Source.DEFAULT:
            os.environ[config.variable("cache")] = str(effective.settings.cache)
        return effective

    def say(self, text: str) -> None:
        """A line of talk."""
        self.talk.print(text, soft_wrap=True)

    def warn(self, text: str) -> None:
        """What somebody who runs the hub has to hear, which is said even with `--quiet`."""
        InertConsole(stderr=True).print(text, style="yellow", soft_wrap=True)

    def complain(self, text: str) -> None:
        """What went wrong, which is said even with `--quiet`."""
        InertConsole(stderr=True).print(text, style="red", soft_wrap=True)

    def show(self, data: Mapping[str, Any], view: RenderableType | None = None) -> None:
        """The command's result: the object with `--json`, else the view of it (a line `name  value` each, if none)."""
        if self.is_json:
            self.out.print(as_json(data, is_ascii=not self.out.encoding.startswith("utf")))
        elif view is not None:
            self.out.print(view)
        else:
            width = max(map(len, data), default=0)
            for name, value in data.items():
                self.out.print(f"{name:<{width}}  {_in_words(value)}", soft_wrap=True)

    def home(self) -> Home:
        """The installation meant: the one named; if none is, the one that runs (the hub before the demo)."""
        settings = self.effective.settings
        if self.effective.sources["home"] is Source.DEFAULT:
            for folder in (settings.home, settings.demo_home):
                with suppress(NotRunning):
                    Home(folder).running()
                    return Home(folder)
        return Home(settings.home)

    @property
    def same_home(self) -> str:
        """What a command that is advised adds to mean the same hub; nothing where it is meant without."""
        if self.effective.sources["home"] is not Source.OPTION:
            return ""
        return f" --home {shlex.quote(str(self.effective.settings.home))}"

    @property
    def homes(self) -> tuple[Path, ...]:
        """Every folder that may be meant by `--home`; none where the settings cannot be read."""
        with suppress(HomewardError):
            return self.effective.settings.home, self.effective.settings.demo_home
        return ()

    def acting_for(self, agency: str | None) -> "Invocation":
        """The same invocation for the agency that an argument names, if it does."""
        return self if agency is None else replace(self, options={**self.options, "profile": agency})

    def profile(self) -> Path:
        """The profile of the agency to act for; that its certificate soon ends is said once.

        Raises:
            NobodyNamed, NoProfile: none was named, or there is no such file.
        """
        return self._profile

    @cached_property
    def _profile(self) -> Path:
        named = self.effective.settings.profile
        if named is None:
            message = "which agency do you act for? Give --profile with its id, or set HOMEWARD_PROFILE"
            raise NobodyNamed(message)
        file = profile_file(self.home(), named)
        if (warning := certificate_warning(file)) is not None:
            self.complain(warning)
        return file


class HubAway(HomewardError):
    """The hub cannot be reached, and what was to be sent waits on this disk."""


class NobodyNamed(HomewardError):
    """No agency to act for was named."""


def _in_words(value: object) -> str:
    """A value of a result as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return clock(value)
        case list() | tuple():
            return ", ".join(map(_in_words, value)) or "none"
        case Mapping():
            said = {name: _in_words(each) for name, each in value.items()}
            return ", ".join(f"{str(name).replace('_', ' ')} {each}" for name, each in said.items() if each)
    return str(value)


def as_json(data: Mapping[str, Any], *, is_ascii: bool = False) -> str:
    """One line of JSON; times in UTC with milliseconds, paths and enumerations as text; hidden characters escaped,
    and all that is not ASCII where whoever reads it may not take it.
    """
    text = json.dumps(data, default=_plain, ensure_ascii=is_ascii)
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1] if is_hidden(character) else character


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


@contextmanager
def ending(invocation: Invocation) -> Iterator[None]:
    """Turn what went wrong into a message that says what to do, and an exit status."""
    try:
        yield
    except (typer.Exit, typer.Abort, TyperException):
        raise  # Typer's own ways to end a command
    except BrokenPipeError:  # whoever read our output has enough (`| head -1`): that is no failure
        raise typer.Exit(Status.DONE) from None
    except Exception as error:
        if invocation.is_debug:
            raise
        status, message = explained(_alone(error), invocation.homes)
        invocation.complain(message)
        raise typer.Exit(status) from error


def _alone(error: Exception) -> Exception:
    """The first error of a group of tasks: the others follow from it as a rule."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def explained(error: Exception, homes: Sequence[Path] = ()) -> tuple[Status, str]:
    """The exit status of an error and what to say of it; `homes` are the folders that `--home` may mean."""
    if isinstance(error, NoGrant):
        return Status.FAILED, str(error)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _UNREACHABLE):
            is_plain = isinstance(error, HomewardError) or not isinstance(error, KafkaConnectionError)
            text = (is_plain and str(error)) or _NO_ANSWER
            if isinstance(cause, NotRunning | ShutOut):
                return Status.UNREACHABLE, text
            remedy = "" if "homeward" in text else _RUNS if _runs(homes) else "\nTo start the hub: homeward up"
            return Status.UNREACHABLE, f"the hub cannot be reached: {text}{remedy}"
        cause = cause.__cause__
    if isinstance(error, HomewardError):
        return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), Status.FAILED), str(
            error
        )
    return Status.FAILED, f"{unforeseen(error, homes)}\nTo see where in the program it happened: --debug"


def _runs(homes: Sequence[Path]) -> bool:
    """Whether a hub is up in one of these folders, whatever it answers."""
    for folder in homes:
        with suppress(NotRunning, OSError, ValueError):
            Home(folder).running()
            return True
    return False


_NO_ANSWER: Final = "the broker does not answer"
_RUNS: Final = (
    "\nThe hub runs on this machine: it is busy, paused, or its broker is just being started again."
    "\nWhat is the matter with it: homeward doctor"
)
_STATUSES: Final[Mapping[type[HomewardError], Status]] = {
    NobodyNamed: Status.USAGE,
    NoProfile: Status.USAGE,
    NotKnown: Status.USAGE,
    NotAnId: Status.USAGE,
    NotATime: Status.USAGE,
    ConfigRefused: Status.USAGE,
    StoppedWhileStarting: Status.BROKEN_OFF,
}
_UNREACHABLE: Final = (HubAway, NotRunning, NotYetConnected, HubNotReachable, KafkaConnectionError, ConnectionError)


def run_until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, _Result]]) -> _Result:
    """Run a command that goes on until Ctrl-C (or SIGTERM): the event is set, and the work ends in its own order.

    A second Ctrl-C changes nothing: an ending that takes a few seconds is one that leaves nothing behind.
    """

    async def until_stopped() -> _Result:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        return await work(stop)

    return asyncio.run(until_stopped())


async def until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work until it ends by itself, or `stop` is set."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await ended(working, stopping)
    if not working.cancelled() and (error := working.exception()) is not None:
        raise error
