"""Files that a command is going to write: refused at once if one is a file that it reads, another that it writes, or
no place where a file can be written, so that nothing is lost and nobody waits for what cannot be kept.
"""

import os
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

from schemas.errors import HomewardError


class WouldOverwrite(HomewardError):
    """What is to be written would be written over something that is still needed."""


class NotWritable(HomewardError):
    """Nothing can be written at the place given."""


def check_targets(written: Mapping[str, Path | None], read: Mapping[str, Path | None]) -> None:
    """Look at the files of a command before it begins; each by the option that names it.

    Raises:
        WouldOverwrite: one that is written is read as well, or two that are written are one file.
        NotWritable: one cannot be written where it is said to be.
    """
    targets = [(option, path) for option, path in written.items() if path is not None]
    for option, path in targets:
        for other, source in read.items():
            if source is not None and _is_same(path, source):
                message = f"{option} would be written over {other}: both are {source}; give {option} another name"
                raise WouldOverwrite(message)
    for (option, path), (other, second) in combinations(targets, 2):
        if _is_same(path, second):
            message = f"{option} and {other} are one file, {path}; give one of them another name"
            raise WouldOverwrite(message)
    for option, path in targets:
        if (why := _why_not(path)) is not None:
            message = f"{option}: {path} cannot be written: {why}"
            raise NotWritable(message)


def _is_same(one: Path, other: Path) -> bool:
    if one.resolve() == other.resolve():
        return True
    return one.exists() and other.exists() and one.samefile(other)


def _why_not(path: Path) -> str | None:
    folder = path.absolute().parent
    if path.is_dir():
        return "it is a folder"
    if not folder.exists():
        return f"there is no folder {folder}; make it first"
    if not folder.is_dir():
        return f"{folder} is no folder"
    if not os.access(path if path.exists() else folder, os.W_OK):
        return "you may not write there"
    return None
