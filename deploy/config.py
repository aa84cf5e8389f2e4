"""Every setting of the command line and of an installation, where each value came from, and what is a mistake.

The order is: option of the command line, environment (`HOMEWARD_...`), TOML file, default. A key that is not known is
an error that names the nearest one that is, in the file and in the environment alike. No setting is a secret: keys
are files with mode 0600, and settings hold at most the path of one.

`docs/reference/configuration.md` is printed from this module; a test fails when it is stale.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from platformdirs import user_cache_path, user_config_path, user_data_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from schemas.errors import HomewardError

PREFIX: Final = "HOMEWARD_"
FILE_NAMED_BY: Final = "HOMEWARD_CONFIG"
"""The variable that names the TOML file; it is not a setting itself."""


class ConfigRefused(HomewardError):
    """A setting that is not known or not usable; the message names it, where it stands, and what is expected."""


class Source(StrEnum):
    """Where a value came from, strongest first."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class Settings(BaseSettings):
    """All settings. Ports given as 0 are chosen free at the first start and kept with the installation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, env_ignore_empty=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("homeward") / "hub",
        description="folder of the hub on this machine: its data, keys, certificates and agencies' profiles",
    )
    demo_home: Path = Field(
        default_factory=lambda: user_data_path("homeward") / "demo",
        description="folder of the demo's hub; kept between runs, and emptied for --fresh or when the code has changed",
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path("homeward"),
        description="folder for downloads (Kafka and the schema registry), shared by all installations",
    )
    profile: str | None = Field(
        default=None,
        description="the agency to act for: an agency id of this installation, or the path of a profile file",
    )
    broker_port: int = Field(default=0, ge=0, le=65535, description="port of the broker; 0: a free one")
    controller_port: int = Field(
        default=0, ge=0, le=65535, description="port of the broker's controller; 0: a free one"
    )
    registry_port: int = Field(
        default=0, ge=0, le=65535, description="HTTPS port of the schema registry; 0: a free one"
    )
    registry_health_port: int = Field(
        default=0, ge=0, le=65535, description="port of the registry's health check; 0: a free one"
    )
    metrics_port: int = Field(
        default=0, ge=0, le=65532, description="first of the four metrics ports of the hub's processes; 0: free ones"
    )
    receipt_seconds: float = Field(
        default=30.0, gt=0, description="how long a report waits for the hub's receipt before it says so"
    )
    watchdog_seconds: float = Field(
        default=15.0,
        gt=0,
        description="a worker whose oldest unfinished record is older than this ends and starts again",
    )
    session_timeout_seconds: float = Field(
        default=10.0, gt=0, description="after this without a heartbeat the broker gives a worker's work to another"
    )

    @field_validator("home", "demo_home", "cache", mode="before")
    @classmethod
    def absolute_folder(cls, value: object) -> object:
        """A folder by its whole path, for programs that are started elsewhere; an empty one means none."""
        if isinstance(value, str) and not value.strip():
            message = "it is empty; expected the path of a folder, such as /srv/homeward or . for this one"
            raise ValueError(message)
        return Path(value).absolute() if isinstance(value, str | Path) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the interface of pydantic-settings
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `read` hands over: it has looked at every source already, and knows which won."""
        return (init_settings,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The settings in force, and for each name where its value came from."""

    settings: Settings
    sources: Mapping[str, Source]
    file: Path
    """The TOML file that was looked for, whether it exists or not."""

    def rows(self) -> list[dict[str, str]]:
        """One row a setting: name, value as text, source and the environment variable that would set it."""
        return [
            {
                "name": name,
                "value": "" if (value := getattr(self.settings, name)) is None else str(value),
                "source": self.sources[name].value,
                "environment": variable(name),
            }
            for name in Settings.model_fields
        ]


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def default_file() -> Path:
    """The TOML file that is read when none is named."""
    return user_config_path("homeward") / "homeward.toml"


def read(options: Mapping[str, Any] | None = None, *, environment: Mapping[str, str] | None = None) -> Effective:
    """The settings in force now. An option that is None was not given.

    Raises:
        ConfigRefused: a key is not known, or a value not usable; or a file that was named is not there.
    """
    environment = os.environ if environment is None else environment
    named = environment.get(FILE_NAMED_BY)
    file = Path(named) if named else default_file()
    if named and not file.is_file():
        message = f"{FILE_NAMED_BY}: there is no file {file}; write it, or take the variable away"
        raise ConfigRefused(message)
    given = {
        Source.OPTION: {name: value for name, value in (options or {}).items() if value is not None},
        Source.ENVIRONMENT: _from_environment(environment),
        Source.FILE: _from_file(file),
    }
    sources = {
        name: next((source for source, values in given.items() if name in values), Source.DEFAULT)
        for name in Settings.model_fields
    }
    chosen = {name: given[source][name] for name, source in sources.items() if source is not Source.DEFAULT}
    try:
        settings = Settings(**chosen)
    except ValidationError as error:
        raise ConfigRefused(_unusable(error, sources, file)) from error
    return Effective(settings=settings, sources=sources, file=file)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {variable(name) for name in Settings.model_fields} | {FILE_NAMED_BY}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            raise ConfigRefused(_unknown(name, known, "the environment"))
    values = EnvSettingsSource(Settings)
    values.env_vars = {name.lower(): value for name, value in environment.items()}
    return dict(values())


def _from_file(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file} cannot be read as TOML: {error}"
        raise ConfigRefused(message) from error
    for name in values:
        if name not in Settings.model_fields:
            raise ConfigRefused(_unknown(name, set(Settings.model_fields), str(file)))
    return values


def _unknown(name: str, known: set[str], where: str) -> str:
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)
    return f"{name} in {where} is not a setting; the nearest one is {nearest[0]}. There are: {', '.join(sorted(known))}"


def _unusable(error: ValidationError, sources: Mapping[str, Source], file: Path) -> str:
    lines = []
    for fault in error.errors(include_input=False, include_url=False):
        name = str(fault["loc"][0])
        where = {
            Source.OPTION: f"option --{name.replace('_', '-')}",
            Source.ENVIRONMENT: variable(name),
            Source.FILE: f"{name} in {file}",
        }.get(sources[name], name)
        lines.append(
            f"{where}: {fault['msg'].removeprefix('Value error, ')} ({Settings.model_fields[name].description})"
        )
    return "\n".join(lines)


def reference_page() -> str:
    """The text of `docs/reference/configuration.md`."""
    rows = []
    for name, setting in Settings.model_fields.items():
        default = "*chosen by the system*" if setting.default_factory else f"`{setting.default}`"
        if not setting.default_factory and setting.default is None:
            default = "none"
        rows.append(f"| `{name}` | `{variable(name)}` | {default} | {setting.description} |")
    return _PAGE.format(rows="\n".join(rows), file=FILE_NAMED_BY)


_PAGE: Final = """\
# Configuration

<!-- Printed from deploy/config.py by `python -m deploy.config`; a test fails when this page is stale. -->

The order is: option of the command line, then environment, then TOML file, then default. `homeward config show` prints
every value in force and where it came from. The file is `homeward.toml` in the user's configuration folder
(`homeward config show` names it), or the one that `{file}` names. A key that is not known is an error
that names the nearest known one. No setting is a secret: keys are files that only their owner can read, and a key file
that others can read is refused.

| setting | environment | default | what it is |
|---|---|---|---|
{rows}

Folders default to the places the operating system keeps for such things; on Linux
`~/.local/share/homeward/hub`, `~/.local/share/homeward/demo` and `~/.cache/homeward`.

A port that was chosen free is kept with the installation, so that agencies' profiles stay true over a restart. If
another program has taken it meanwhile, a new one is chosen, printed, and written into the profiles in this
installation's folder.
"""


if __name__ == "__main__":
    page = Path(__file__).parent.parent / "docs" / "reference" / "configuration.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(reference_page(), encoding="utf-8")
