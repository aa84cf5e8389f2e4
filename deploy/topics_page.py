"""The reference page of topics, permissions and speeds, written from `topics.toml`, so that it cannot differ from it.

`python -m deploy.topics_page` writes `docs/reference/topics-and-permissions.md`; with `--check` it writes nothing and
fails when the page is stale, as a test does. The page decides nothing.
"""

import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from deploy import topics
from deploy.topics import AGENCY, Agency, Operation, Resource

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference" / "topics-and-permissions.md"

_INTRODUCTION: Final = """\
# Topics and permissions

<!-- Written by `python -m deploy.topics_page` from deploy/topics.toml; edit that. -->

Every topic, who may do what with it, and how fast. The broker is set up from the same table at every start, and
[a test](../../tests/kafka/test_permissions.py) tries every principal on every topic against a real broker. What is not
listed here is denied. A principal is the common name of a client certificate; nobody connects without one.

`{agency}` stands for the id of an agency: its inbox and its permissions are made when it joins. Times and sizes are
written as in the table: `7d` is seven days, `128KiB` is 131,072 bytes, `-1` is without end.
"""
_SETTINGS: Final = """\
These hold for every topic unless its row says otherwise:
"""
_COMPACTED: Final = """\
Topics marked *compacted daily* keep the newest record of each key, and what was changed or erased is off the disk
within a day:
"""
_MATRIX: Final = """\
**R** reads, **W** writes, **C** reads its settings, **D** sees only that it exists and where it ends. An empty cell is
a denial; the last column is an agency that holds a grant. No principal may create, delete or alter a topic; the
administrator, who sets the broker up, is not in the table.
"""
_GROUPS: Final = """\
A reader that keeps its own position needs no consumer group. `*` at the end of a name stands for everything that begins
so; *watches* is the right to see how far a group has come, and nothing of what it reads.
"""
_SPEEDS: Final = """\
Per principal, at the broker. `agency` is the default of the cluster, so whoever joins has it from the first byte.
`request_percentage` is a share of one of the broker's threads.
"""
_AN_AGENCY: Final = Agency(id="EXAMPLE", has_grant=True)
"""Stands for whoever joins, while the matrix is worked out."""
_LETTERS: Final = {
    Operation.READ: "R", Operation.WRITE: "W", Operation.DESCRIBE_CONFIGS: "C", Operation.DESCRIBE: "D",
}  # fmt: skip


def page() -> str:
    """The text of the page."""
    table = tomllib.loads(files("deploy").joinpath("topics.toml").read_text("utf-8"))
    parts = (
        _INTRODUCTION,
        "## Topics\n",
        _table(("topic", "partitions", "key", "holds", "settings of its own"), map(_topic_row, table["topic"])),
        _SETTINGS,
        _settings(table["defaults"]),
        _COMPACTED,
        _settings(table["compacted"]),
        "## Principals\n",
        _table(("principal", "is", "speed"), map(_principal_row, table["principal"])),
        "## Who may do what\n",
        _MATRIX,
        _matrix(),
        "## Consumer groups\n",
        _GROUPS,
        _table(("principal", "joins", "watches"), filter(None, map(_group_row, table["principal"]))),
        "## Speed\n",
        _SPEEDS,
        _table(("name", *next(iter(table["quota"].values()))), map(_quota_row, table["quota"].items())),
    )
    return "\n".join(parts)


def is_stale() -> bool:
    """Whether the published page differs from the table."""
    return not PAGE.exists() or PAGE.read_text("utf-8") != page()


def _topic_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    own = [f"`{name}` {value}" for name, value in row.get("settings", {}).items()]
    if row.get("compacted"):
        own.insert(0, "compacted daily")
    return f"`{row['name']}`", str(row["partitions"]), row["key"], row["holds"], "; ".join(own)


def _principal_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    return f"`{row['name']}`{_when(row)}", row["is"], row["quota"]


def _group_row(row: Mapping[str, Any]) -> tuple[str, ...] | None:
    joins, watches = row.get("groups", ()), row.get("watches_groups", ())
    return (f"`{row['name']}`{_when(row)}", _names(joins), _names(watches)) if joins or watches else None


def _quota_row(row: tuple[str, Mapping[str, Any]]) -> tuple[str, ...]:
    name, rates = row
    return f"`{name}`", *(str(rate) for rate in rates.values())


def _when(row: Mapping[str, Any]) -> str:
    return f" with a {row['when']}" if "when" in row else ""


def _matrix() -> str:
    """Topics down, principals across; both agencies' columns from an agency that stands for every one."""
    plain = Agency(id=_AN_AGENCY.id)
    columns = {
        **{name: topics.acls_for(name) for name in topics.principals()},
        AGENCY: topics.agency_acls(plain),
        f"{AGENCY}, granted": topics.agency_acls(_AN_AGENCY),
    }
    acls = {name: [acl for acl in given if acl.resource is Resource.TOPIC] for name, given in columns.items()}
    names = [topic.name for topic in topics.topics([_AN_AGENCY])]
    rows = (
        (f"`{name.replace(_AN_AGENCY.id, AGENCY)}`", *(_cell(given, name) for given in acls.values())) for name in names
    )
    return _table(("topic", *(f"`{name}`" for name in acls)), rows)


def _cell(given: Iterable[topics.Acl], topic: str) -> str:
    held = {acl.operation for acl in given if acl.covers(topic)}
    return " ".join(letter for operation, letter in _LETTERS.items() if operation in held)


def _settings(settings: Mapping[str, Any]) -> str:
    return _table(("setting", "value"), ((f"`{name}`", str(value)) for name, value in settings.items()))


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...] | None]) -> str:
    lines = [head, ("---",) * len(head), *(row for row in rows if row is not None)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    """Write the page, or with `--check` only say whether it is stale."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), "utf-8")
    elif is_stale():
        sys.exit(f"{PAGE.name} is stale; run: python -m deploy.topics_page")


if __name__ == "__main__":
    main()
