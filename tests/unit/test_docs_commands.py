"""What the pages tell people to type exists: every command, option and argument; and their Python is Python of ours."""

import ast
import importlib
import re
import shlex
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from deploy.cli.app import application

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:make|homeward) [^`\n]+)`")
ROOMS = {"schemas", "hub", "producers", "consumers", "streams", "deploy", "tests"}
UNFINISHED = re.compile(r"[…|{]|\.\.\.")
"""Marks of a command that is talked about, not given to be typed."""
_OF_THE_PROGRAM = {"--version", "--help", "--install-completion", "--show-completion"}


def blocks(page: Path, *languages: str) -> Iterator[str]:
    for language, text in BLOCK.findall(page.read_text("utf-8")):
        if language in languages:
            yield textwrap.dedent(text)


def lines(page: Path) -> Iterator[str]:
    """Lines of blocks that are commands, and commands within a sentence."""
    for text in blocks(page, "sh", ""):
        for line in text.replace("\\\n", " ").splitlines():
            if re.match(r"\s*(?:[A-Z_]+=\S+ )?(homeward|make) ", line):
                yield line.strip()
    for line in INLINE.findall(page.read_text("utf-8")):
        if not UNFINISHED.search(line):
            yield line


def words(line: str) -> list[str]:
    said = shlex.split(line, comments=True)
    if ">" in said:
        said = said[: said.index(">")]
    return said[1:] if "=" in said[0] else said


@cache
def the_command() -> Any:  # noqa: ANN401 - Typer's own classes are private
    return typer.main.get_command(application())


def fault(arguments: list[str]) -> str | None:
    """What is wrong with the words behind `homeward`."""
    command = the_command()
    while arguments and hasattr(command, "commands"):
        if arguments[0] not in command.commands:
            return None if arguments[0] in _OF_THE_PROGRAM else f"no command {arguments[0]}"
        command, arguments = command.commands[arguments[0]], arguments[1:]
    if hasattr(command, "commands") or arguments == ["--help"]:
        return None
    options = {name: parameter for parameter in command.params for name in parameter.opts if name.startswith("-")}
    places = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    given = 0
    while arguments:
        word, *arguments = arguments
        if word.startswith("--"):
            if word not in options and word != "--help":
                return f"no option {word}"
            if word in options and not options[word].is_flag:
                if not arguments:
                    return f"{word} wants a value"
                arguments = arguments[1:]
        else:
            given += 1
    endless = any(place.nargs == -1 for place in places)
    return f"{given} arguments, {len(places)} wanted" if given > len(places) and not endless else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_on_a_page_exists(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    faults = []
    for line in lines(page):
        program, *arguments = words(line)
        if program == "make":
            wrong = [word for word in arguments if "=" not in word and word not in targets]
        else:
            wrong = [found] if (found := fault(arguments)) else []
        faults += [f"{line}: {each}" for each in wrong]
    assert faults == []


def test_this_test_sees_a_wrong_command() -> None:
    assert fault(["agency", "aprove", "E08000005"]) == "no command aprove"
    assert fault(["check", "--wiat", "3"]) == "no option --wiat"
    assert fault(["doctor", "now"]) == "1 arguments, 0 wanted"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_python_of_a_page_names_what_there_is(page: Path) -> None:
    for text in blocks(page, "python"):
        tree = compile(text, str(page), "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        assert isinstance(tree, ast.Module)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ROOMS:
                module = importlib.import_module(node.module or "")
                assert [name.name for name in node.names if not hasattr(module, name.name)] == []
