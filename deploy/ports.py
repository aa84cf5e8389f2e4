"""Ports on this machine: those that were set, those of last time, and free ones for the rest."""

import errno
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.errors import HomewardError

_HOST: Final = "127.0.0.1"


class PortTaken(HomewardError):
    """A port that was set cannot be had; the message names the setting."""


@dataclass(frozen=True, slots=True)
class WantedPort:
    """A part of the hub, the port that was set for it (0: any), and the setting that says so."""

    part: str
    port: int
    setting: str


def chosen_ports(wanted: Iterable[WantedPort], before: Mapping[str, int]) -> dict[str, int]:
    """A port for each part: the one that was set, else the one of `before` if it is still free, else a new one.

    Raises:
        PortTaken: another program has one that was set, or it was set twice.
    """
    chosen: dict[str, int] = {}
    given: dict[int, WantedPort] = {}
    for each in sorted(wanted, key=lambda each: not each.port):  # what was set first, so that no other takes it
        if each.port:
            _require_free(each, given)
        port = each.port or before.get(each.part, 0)
        while not port or port in given or not is_free(port):
            port = free_port()
        chosen[each.part], given[port] = port, each
    return chosen


def free_port() -> int:
    """A port on this machine that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nobody on this machine listens on the port now, and this user may."""
    return _kept_from(port) is None


def _kept_from(port: int) -> OSError | None:
    """What keeps this user from listening on a port; None where nothing does."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            return error
        return None


def _require_free(wanted: WantedPort, given: Mapping[int, WantedPort]) -> None:
    """See that a port that was set for a part can be had."""
    port, setting = wanted.port, wanted.setting
    if (other := given.get(port)) is not None:
        message = f"port {port} is set twice: {other.setting} and {setting}; set another one, or 0 for a free one"
        raise PortTaken(message)
    if (error := _kept_from(port)) is not None:
        what = "is taken by another program" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        message = f"port {port} ({setting}) {what}; set another one, or 0 for a free one"
        raise PortTaken(message)
