"""A set of rules by name: a folder with any of the tables in it, one table by itself, or the word `packaged`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.home import Home
from hub.rulebook import FILES, Rulebook, rulebook_from
from schemas.errors import HomewardError

PACKAGED: Final = "packaged"
_MOST_BYTES: Final = 1_000_000


class NoRules(HomewardError):
    """A set of rules was named that is not there."""


def rules_of(home: Home) -> Rulebook:
    """The rules that a hub of this machine goes by: its own tables, and the packaged ones where it has none.

    Raises:
        BrokenRules: a table of its own is faulty; a running hub goes by the last good ones until it is mended.
    """
    own = any((home.rules / name).is_file() for name in FILES)
    return rulebook_from(rule_texts(str(home.rules)) if own else {})


def rule_texts(named: str) -> Mapping[str, str]:
    """The texts of a set of rules by the name of the table; what it leaves out is as packaged.

    Raises:
        NoRules: there is no such folder or table, or the folder holds none.
    """
    if named == PACKAGED:
        return {}
    path = Path(named)
    files = [path] if path.is_file() else [path / name for name in FILES if (path / name).is_file()]
    if not files or any(file.name not in FILES for file in files):
        message = f"{named} holds no rules: expected a folder with, or one of, {', '.join(FILES)}; or write `packaged`"
        raise NoRules(message)
    for file in files:
        if file.stat().st_size > _MOST_BYTES:
            message = f"{file} is larger than a table of rules can be ({_MOST_BYTES} bytes)"
            raise NoRules(message)
    return {file.name: file.read_text("utf-8") for file in files}
