"""How a command is declared: its standard options, its help, and two examples that can be copied from the screen."""

import difflib
import functools
import inspect
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from deploy.cli.invocation import Invocation, ending


class _Command(TyperCommand):
    """A command whose help says no type of an option that takes no value: `<bool>` would invite to give one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        """What was given, read; a value that is none of those allowed is named in plain words."""
        if any(after == "" for option, after in pairwise(args) if option == "--home") or "--home=" in args:
            message = "it is empty; expected the path of a folder, such as /srv/homeward or . for this one"
            raise typer.BadParameter(message, param_hint="--home")
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - Typer's own classes are private
        """The command's options and arguments, `--help` included."""
        return _without_types_of_flags(super().get_params(ctx))


class _Group(TyperGroup):
    """The same for a noun, whose help ends with examples of its first commands unless it says something else."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """The help; examples are taken from the commands, so that they cannot grow stale."""
        if not self.epilog:
            every = [(command.epilog or "").split("\n\n")[1:] for command in self.commands.values()]
            first = [examples[0] for examples in every if examples]
            others = [example for examples in every for example in examples[1:]]
            self.epilog = "\n\n".join(["Examples:", *[*first, *others][:_EXAMPLES]])
        super().format_help(ctx, formatter)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        """The command that is meant; where there is none, the nearest ones, or else all that there are."""
        word = args[0]
        if not word.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, word) is None:
            near = difflib.get_close_matches(word, self.commands, n=3)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(self.commands)}."
            ctx.fail(f"No such command '{word}'. {hint}")
        return super().resolve_command(ctx, args)

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401
        """The noun's options, `--help` included."""
        return _without_types_of_flags(super().get_params(ctx))


def _without_types_of_flags(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


def noun(**about: Any) -> typer.Typer:  # noqa: ANN401 - what Typer itself takes
    """A noun of the command line, to which commands are added; alone it shows its help."""
    return typer.Typer(cls=_Group, no_args_is_help=True, **about)


def command(
    app: typer.Typer, name: str, *, examples: tuple[str, str]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as a command with the standard options, its help ending with two examples.

    The function's first argument is the `Invocation`; its docstring is the help and begins with what it is for.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(function).parameters.values())[1:]

        @functools.wraps(function)
        def run(**given: Any) -> None:  # noqa: ANN401 - what Typer read from the command line
            standard = {name: given.pop(name) for name in _STANDARD}
            invocation = Invocation(
                is_json=standard.pop("json"),
                is_quiet=standard.pop("quiet"),
                is_debug=standard.pop("debug"),
                options=standard,
            )
            with ending(invocation):
                function(invocation, **given)

        parameters = [*own, *_standard_parameters()]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        epilog = "\n\n".join(["Examples:", *map(folded, examples)])
        paragraphs = (inspect.getdoc(function) or "").split("\n\n")
        said = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
        return app.command(name, cls=_Command, help=said, epilog=epilog)(run)

    return register


def folded(example: str) -> str:
    """An example of the shell in lines that fit the screen, broken as the shell allows, so that it can be copied."""
    lines = [""]
    for part in _PART.findall(example):
        if lines[-1] and len(lines[-1]) + len(part) > _EXAMPLE_WIDTH:
            lines[-1] += "\\"
            lines.append("    ")
        lines[-1] += f"{part} "
    return "\n".join(line.rstrip() for line in lines)


_EXAMPLE_WIDTH: Final = 74
_EXAMPLES: Final = 2
_WORD: Final = r"""(?:'[^']*'|"[^"]*"|[^\s'"])+"""
_PART: Final = re.compile(rf"--[a-z-]+ (?!-){_WORD}|{_WORD}")
"""A word, or an option with its value."""
_PANEL: Final = "Standard options"
_STANDARD: Final[Mapping[str, Any]] = {
    "json": Annotated[
        bool,
        typer.Option("--json", help="Print the result as JSON: one object, or one a line.", rich_help_panel=_PANEL),
    ],
    "quiet": Annotated[bool, typer.Option("--quiet", help="Say nothing but the result.", rich_help_panel=_PANEL)],
    "debug": Annotated[
        bool, typer.Option("--debug", help="Show where in the program an error happened.", rich_help_panel=_PANEL)
    ],
    "home": Annotated[
        Path | None, typer.Option("--home", help="Folder of the hub on this machine.", rich_help_panel=_PANEL)
    ],
    "profile": Annotated[
        str | None,
        typer.Option(
            "--profile", help="Agency to act for: its id, or the path of its profile.", rich_help_panel=_PANEL
        ),
    ],
}


def _standard_parameters() -> list[inspect.Parameter]:
    defaults = {"json": False, "quiet": False, "debug": False}
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=annotation)
        for name, annotation in _STANDARD.items()
    ]
