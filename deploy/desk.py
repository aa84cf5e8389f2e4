"""What one agency can know at this moment: the register as its grant opens it, its mailbox, and what it did about it.

Reads and keeps nothing, acknowledges nothing, takes no share of the mailbox. An agency without a grant has its mailbox
alone. The time is the hub's: the same as everybody's, unless the installation is a demonstration on a fast clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from consumers import HubNotReachable, RegisterLine, RegisterView, read_profile
from consumers.inbox_memory import acted_on
from consumers.reader import Reader
from deploy.home import Home
from deploy.hub_time import read_hub_times
from deploy.mailbox import Mailbox
from deploy.occupied import NotRunning
from deploy.runtime import Progress
from deploy.silence import own_reading
from deploy.views.duties import Acted, Owed, acted_by_register, owed, untaken
from deploy.views.own_messages import OwnMessage, own_messages
from hub.delivery.rota import acts_for_now
from hub.hub_time import HubTimes
from hub.ids import AgencyId
from schemas.records import Notice

_PROGRAM: Final = "look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is known, and when that was. `has_register` is False where the agency has no grant."""

    agency: AgencyId
    lines: tuple[RegisterLine, ...]
    notices: tuple[Notice, ...]
    acted: Mapping[str, Acted]
    now: datetime
    """Hub time; aware UTC."""
    behind: int
    """Records of the register that were not read yet when it was asked."""
    has_register: bool
    acts_for: frozenset[AgencyId] = frozenset()
    """The agencies for which it is on duty at this moment."""
    unread_for: timedelta | None = None
    """For how long no program of the agency has read its mailbox, where that is too long; real time."""

    @property
    def owed(self) -> tuple[Owed, ...]:
        """Everything that the agency owes, the earliest due first."""
        return owed(self.lines, self.notices, self.acted, self.agency, self.acts_for)

    @property
    def untaken(self) -> tuple[Notice, ...]:
        """Notices that ask for something and that nobody took."""
        return untaken(self.notices, self.acted, {line.episode: line for line in self.lines})


async def read_desk(home: Home, profile: Path, progress: Progress) -> Desk:
    """Read all of it, as of now; `home` is the installation on this machine, if there is one.

    Raises:
        ProfileRefused: the profile is missing, incomplete or unsafe.
        HubNotReachable: the hub is away.
    """
    reader = read_profile(profile, _PROGRAM)
    progress("reading the mailbox", 0, 0)
    async with Mailbox.open(reader) as mailbox:
        notices = await _notices(mailbox)
        directory = mailbox.directory
    progress("reading the register", 0, 0)
    lines: tuple[RegisterLine, ...] = ()
    behind, has_register = 0, True
    try:
        async with RegisterView.open(profile=reader) as register:
            lines, behind = register.lines(), (await register.freshness()).behind
    except HubNotReachable:
        has_register = False  # the mailbox was read just now: it is the grant that is missing
    reading = await own_reading(reader.connection, reader.agency)
    acted = acted_by_register(lines, notices, reader.agency) | _acted_here(reader)
    now = await hub_now(home)
    progress("", 0, 0)
    return Desk(
        agency=reader.agency,
        lines=lines,
        notices=notices,
        acted=acted,
        now=now,
        behind=behind,
        has_register=has_register,
        acts_for=acts_for_now(directory, reader.agency, now),
        unread_for=reading.silent_for(datetime.now(UTC)),
    )


async def read_own_messages(profile: Path) -> tuple[OwnMessage, ...]:
    """What the hub has said of messages of the agency's own, and nobody has seen to, as far as this machine knows.

    Raises:
        ProfileRefused, HubNotReachable: as `read_desk`.
    """
    reader = read_profile(profile, _PROGRAM)
    async with Mailbox.open(reader) as mailbox:
        return own_messages(await _notices(mailbox), _acted_here(reader))


async def _notices(mailbox: Mailbox) -> tuple[Notice, ...]:
    return tuple([item.record async for item in mailbox.items(wait=False) if isinstance(item.record, Notice)])


def _acted_here(reader: Reader) -> dict[str, Acted]:
    """What programs of the agency on this machine did about which notice."""
    return {notice: Acted(layer=layer, role=role) for notice, (layer, role) in acted_on(reader.memory).items()}


async def hub_times(home: Home) -> HubTimes:
    """How the hub's time runs: as real time does, unless a demonstration with its own clock runs on this machine."""
    if not home.is_demo:
        return HubTimes.real()
    try:
        running = home.running()
    except NotRunning:
        return HubTimes.real()
    return await read_hub_times(home, running.bootstrap, home.schema_ids())


async def hub_now(home: Home) -> datetime:
    """What time it is at the hub."""
    return (await hub_times(home)).hub_time(datetime.now(UTC))
