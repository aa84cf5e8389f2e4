"""A set of rules by name: a folder with any of the tables in it, one table by itself, or the word `packaged`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.home import Home
from hub.rulebook import FILES, Rulebook, rulebook_from
from schemas.errors import HomewardError
from streams.rules_folder import folder_texts, read_table

PACKAGED: Final = "packaged"


class NoRules(HomewardError):
    """A set of rules was named that is not there."""


def rules_of(home: Home) -> Rulebook:
    """The rules that a hub of this machine goes by: its own tables, and the packaged ones where it has none.

    Raises:
        BrokenRules: a table of its own is faulty; a running hub goes by the last good ones until it is mended.
    """
    return rulebook_from(folder_texts(home.rules))


def rule_texts(named: str) -> Mapping[str, str]:
    """The texts of a set of rules by the name of the table; what it leaves out is as packaged.

    Raises:
        NoRules: there is no such folder or table, or the folder holds none.
        BrokenRules: a file cannot be read, is no text, or is called by the name of no table.
    """
    if named == PACKAGED:
        return {}
    path = Path(named)
    if path.is_dir():
        texts = folder_texts(path)
    else:
        texts = {path.name: read_table(path)} if path.name in FILES and path.exists() else {}
    if not texts:
        message = f"{named} holds no rules: expected a folder with, or one of, {', '.join(FILES)}; or write `packaged`"
        raise NoRules(message)
    return texts
