"""The rules as a worker knows them: the packaged tables, or those of a folder, read again when they change.

A table with a fault is refused with file, line and reason in the log, and the last good rules stay in force; so they do
over a restart, because a copy of them is kept. Nothing restarts for a change of rules.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from hub.rule_text import BrokenRules
from hub.rulebook import FILES, Rulebook, rulebook_from

_EVERY_SECONDS: Final = 1.0
_MOST_BYTES: Final = 1_000_000
_log = structlog.get_logger()

Failed: TypeAlias = Callable[[asyncio.Task[None]], None]
_Look: TypeAlias = tuple[tuple[str, int, int], ...]
"""What a folder looked like: each table with its size and when it was changed."""


class RulesFeed:
    """Follows a folder of rules; `current` are the newest good ones. `kept` is where a copy of those is put."""

    def __init__(self, folder: Path | None, kept: Path) -> None:
        self._folder = folder
        self._kept = kept
        self._seen = _look(folder)
        self.current = self._read() or rulebook_from(_texts(kept))
        """The rules in force."""
        self._following: asyncio.Task[None] | None = None

    def start(
        self, changed: Callable[[Rulebook], Awaitable[None]], failed: Callable[[asyncio.Task[None]], None]
    ) -> None:
        """Follow the folder; `changed` is called with new rules, `failed` when following ends by an error."""
        self._following = asyncio.create_task(self._follow(changed))
        self._following.add_done_callback(failed)
        self._failed = failed

    async def stop(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.remove_done_callback(self._failed)
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    def look(self) -> bool:
        """Look at the folder once; True if other rules are in force from now on."""
        seen = _look(self._folder)
        if seen == self._seen:
            return False
        self._seen = seen
        found = self._read()
        if found is None or found.version == self.current.version:
            return False
        self.current = found
        return True

    async def _follow(self, changed: Callable[[Rulebook], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            if self.look():
                _log.warning("rules_changed", version=self.current.version)
                await changed(self.current)

    def _read(self) -> Rulebook | None:
        """The rules of the folder, kept as the last good ones; None where a table has a fault."""
        try:
            texts = _texts(self._folder)
            rules = rulebook_from(texts)
        except BrokenRules as error:
            _log.error("rules_refused", file=error.file, line=error.line, reason=error.reason, nearest=error.nearest)
            return None
        except (OSError, ValueError) as error:
            _log.error("rules_unreadable", reason=type(error).__name__)
            return None
        _keep(self._kept, texts)
        return rules


def _texts(folder: Path | None) -> Mapping[str, str]:
    if folder is None:
        return {}
    files = [folder / name for name in FILES if (folder / name).is_file()]
    for file in files:
        if file.stat().st_size > _MOST_BYTES:
            raise BrokenRules(file=file.name, line=1, reason=f"a table of rules has at most {_MOST_BYTES} bytes")
    return {file.name: file.read_text("utf-8") for file in files}


def _look(folder: Path | None) -> _Look:
    if folder is None:
        return ()
    found = []
    for name in FILES:
        try:
            about = (folder / name).stat()
        except OSError:
            continue
        found.append((name, about.st_size, about.st_mtime_ns))
    return tuple(found)


def _keep(kept: Path, texts: Mapping[str, str]) -> None:
    """Put a copy of these beside the worker's state, each file whole; a table that is no longer there is taken away."""
    kept.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if name in texts:
            new = kept / f"{name}.new"
            new.write_text(texts[name], "utf-8")
            new.replace(kept / name)
        else:
            (kept / name).unlink(missing_ok=True)
