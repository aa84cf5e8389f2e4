"""The tables of a rules folder as texts, for the workers that follow one and the commands that check one."""

from pathlib import Path

from hub.rule_text import BrokenRules
from hub.rulebook import MOST_BYTES, is_meant_for_a_table, table_text, tables_among

__all__ = ["folder_look", "folder_texts", "read_table"]

Look = tuple[tuple[str, int, int], ...]
"""What a folder looked like: each table with its size and when it was changed."""


def folder_texts(folder: Path) -> dict[str, str]:
    """The text of each table that lies in a folder; none where there is no such folder.

    Raises:
        BrokenRules: a file cannot be read, is no text, or is called by the name of no table.
    """
    try:
        names = [file.name for file in folder.iterdir()]
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BrokenRules(file=folder.name, line=1, reason=_cannot(error)) from error
    return {name: read_table(folder / name) for name in tables_among(names)}


def read_table(file: Path) -> str:
    """The text of one table.

    Raises:
        BrokenRules: it cannot be read, or is no text.
    """
    try:
        with file.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise BrokenRules(file=file.name, line=1, reason=_cannot(error)) from error
    return table_text(file.name, raw)


def folder_look(folder: Path | None) -> Look:
    """What a folder looks like now, to see whether anything in it was changed."""
    if folder is None:
        return ()
    try:
        files = sorted(file for file in folder.iterdir() if is_meant_for_a_table(file.name))
    except OSError as error:
        return ((type(error).__name__, 0, 0),)
    return tuple(_look(file) for file in files)


def _look(file: Path) -> tuple[str, int, int]:
    try:
        about = file.stat()
    except OSError as error:
        return file.name, -1, error.errno or 0
    return file.name, about.st_size, about.st_mtime_ns


def _cannot(error: OSError) -> str:
    return f"cannot be read: {error.strerror or type(error).__name__}"
