"""The shared register, kept whole and live in memory, as far as this subscriber's grant opens it.

Reads `directory`, `register` and `register.keys` from their starts without a group, so that any number of programs
may each hold the whole of it. It answers by episode, child, area and status, and says how fresh it is: it never
shows as current what it cannot vouch for. What is in it is what the hub signed and the grant opens, and nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Self

from consumers.connection import REFUSED, Connection
from consumers.directory_view import DirectoryView, wire_of
from consumers.errors import HubNotReachable, NoGrant
from consumers.mailbox_opening import appended_at
from consumers.reader import ProfileLike, read_profile
from consumers.register_changes import RegisterChanges
from consumers.register_line import RegisterLine
from consumers.register_table import KEYS, REGISTER, RegisterTable
from consumers.tail import Freshness, Tail, TailRecord
from hub.ids import EpisodeId
from schemas.records import EpisodeStatus

__all__ = ["RegisterView"]


class RegisterView:
    """The register as one subscriber may see it. Opened, it holds all there is.

    Example:
        async with RegisterView.open(profile="rochdale") as register:
            changes = register.changes()
            for line in register.lines(status=EpisodeStatus.MISSING, area="E08000005"):
                print(line.episode, line.known("last_seen.at"))
            print(await register.freshness())
            async for line in changes:
                print(line.episode, line.status)
    """

    def __init__(self, connection: Connection, directory: DirectoryView, table: RegisterTable) -> None:
        self._directory = directory
        self._table = table
        self._tail = Tail(connection, (KEYS, REGISTER), self._take, table.forget)

    @classmethod
    @asynccontextmanager
    async def open(cls, *, profile: ProfileLike) -> AsyncIterator[Self]:
        """Read the directory, then the register and its keys, up to their ends; stay live until the block ends.

        Args:
            profile: a profile's name, the path of its file, or one that was read before.

        Raises:
            ProfileRefused: the profile is missing, incomplete or unsafe.
            HubNotReachable: the hub is away.
            NoGrant: the hub is there, and this certificate may not read the register.
        """
        reader = read_profile(profile, "register")
        ids = await reader.schema_ids()
        async with DirectoryView(reader.connection, trust_key=reader.trust_key, ids=ids) as directory:
            view = cls(reader.connection, directory, RegisterTable(reader.agency, reader.opening_keys, ids))
            forget = directory.on_change(view._retry)
            try:
                await view._started(reader.agency, reader.connection)
                yield view
            finally:
                forget()
                await view._tail.stop()

    async def _started(self, agency: str, connection: Connection) -> None:
        try:
            await self._tail.start()
            await self._opened()
        except HubNotReachable as error:
            if isinstance(error.__cause__, REFUSED):
                raise NoGrant(connection.bootstrap_servers, agency) from error.__cause__
            raise

    async def _opened(self) -> None:
        """Open what was read, a part at a time: a whole register at once would hold up every other reader."""
        is_more = True
        while is_more:
            is_more = self._table.open_some()
            await asyncio.sleep(0)
        self._table.keep_open()

    def episode(self, episode: str) -> RegisterLine | None:
        """The line of an episode, or of the one that took its place.

        Raises:
            ReadingEnded: nothing is kept up any more; so do all questions below.
        """
        self._check()
        seen: set[str] = set()
        line = self._table.line(EpisodeId(episode))
        while line is not None and line.superseded_by is not None and line.episode not in seen:
            seen.add(line.episode)
            line = self._table.line(line.superseded_by) or line
        return line

    def lines(self, *, status: EpisodeStatus | None = None, area: str | None = None) -> tuple[RegisterLine, ...]:
        """Every line of this status and area (GSS code), in order of episode id; superseded ones only if asked for.

        An area is known only of lines whose block with it is open.
        """
        self._check()
        return tuple(
            line
            for line in self._table.lines()
            if (line.superseded_by is None if status is None else line.status is status)
            and (area is None or area in line.areas)
        )

    def of_child(self, child: str) -> tuple[RegisterLine, ...]:
        """The lines of a child by its opaque id, the latest changed first; only where class `identity` is open."""
        return _newest_first(line for line in self.lines() if line.child == child)

    def of_reference(self, agency: str, child_ref: str) -> tuple[RegisterLine, ...]:
        """The lines of the child whom an agency calls so, the latest changed first."""
        return _newest_first(line for line in self.lines() if (agency, child_ref) in line.references)

    async def freshness(self) -> Freshness:
        """What is shown against the end of the log, asked of the broker now.

        What was read and is not in what is shown counts as not read: it waits for the directory, or did not verify. The
        directory is read as well, because by it is judged who signed.

        Raises:
            HubNotReachable, ReadingEnded: it cannot be known; what is shown may be old.
        """
        self._check()
        read, directory = await self._tail.freshness(), await self._directory.freshness()
        waiting, refused = self._table.waiting, self._table.refused
        behind = read.behind + directory.behind + waiting + refused
        return replace(read, behind=behind, waiting=waiting, refused=refused)

    async def caught_up(self) -> None:
        """Wait until everything is read that is on the log now."""
        await self._directory.refresh()
        await self._tail.caught_up()

    def changes(self) -> RegisterChanges:
        """Every line that changes from this call on, for ever; iterate over it (`async for`).

        Called before `lines`, it misses nothing that comes while those are looked at. A consumer that falls far behind
        loses the oldest changes, never the newest; `lines` has all of them.
        """
        return RegisterChanges(self._table, self._check)

    def _check(self) -> None:
        """Raise ReadingEnded if the register, or the directory by which it is judged, is not read any more."""
        self._tail.check()
        self._directory.check()

    def _take(self, record: TailRecord) -> None:
        if record.value is None:
            self._table.remove(record.topic, record.key or b"")
        else:
            self._table.take(wire_of(record), self._directory.current, appended_at(record))

    def _retry(self) -> None:
        self._table.retry(self._directory.current)


def _newest_first(lines: Iterable[RegisterLine]) -> tuple[RegisterLine, ...]:
    return tuple(sorted(lines, key=lambda line: (line.changed_at, line.sequence), reverse=True))
