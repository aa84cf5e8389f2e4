"""The rules as a worker knows them: the packaged tables, or those of a folder, read again when they change.

A table with a fault is refused with file, line and reason in the log, and the last good rules stay in force, whatever
the table does to its reader; so they do over a restart, because a copy of them is kept. Nothing restarts for a change
of rules.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import structlog

from hub.rule_text import BrokenRules
from hub.rulebook import FILES, Rulebook, packaged_rulebook, rulebook_from
from streams.rules_folder import folder_look, folder_texts

_EVERY_SECONDS: Final = 1.0
_log = structlog.get_logger()

Failed: TypeAlias = Callable[[asyncio.Task[None]], None]


class RulesFeed:
    """Follows a folder of rules; `current` are the newest good ones. `kept` is where a copy of those is put."""

    def __init__(self, folder: Path | None, kept: Path) -> None:
        self._folder = folder
        self._kept = kept
        self._seen = folder_look(folder)
        self.current = self._read() or self._last_good()
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
        seen = folder_look(self._folder)
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
        texts: Mapping[str, str] = {}
        try:
            texts = {} if self._folder is None else folder_texts(self._folder)
            rules = rulebook_from(texts)
        except Exception as error:  # noqa: BLE001 - whatever a table does to its reader, the rules in force stay
            _refused("rules_refused", error, texts)
            return None
        try:
            _keep(self._kept, texts)
        except OSError as error:
            _log.error("rules_not_kept", folder=str(self._kept), reason=error.strerror or type(error).__name__)
        return rules

    def _last_good(self) -> Rulebook:
        """The copy of the last good rules; the packaged ones where nothing was kept that this version reads."""
        texts: Mapping[str, str] = {}
        try:
            texts = folder_texts(self._kept)
            return rulebook_from(texts)
        except Exception as error:  # noqa: BLE001 - a hub without rules tells nobody: the packaged ones are cautious
            _refused("kept_rules_refused", error, texts)
            return packaged_rulebook()


def _refused(event: str, error: Exception, texts: Mapping[str, str]) -> None:
    """Say which file is at fault, and where; of a fault that nobody foresaw, which files there were and what it was."""
    if isinstance(error, BrokenRules):
        _log.error(event, file=error.file, line=error.line, reason=error.reason, nearest=error.nearest)
    else:
        _log.error(event, file=", ".join(texts), line=None, reason=f"{type(error).__name__}: {error}", nearest=None)


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
