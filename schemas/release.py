"""Releases schemas: `python -m schemas.release` writes `released/<Record>.<n>.avsc` for what changed.

A release is the expanded source of one record that travels. It is written once and never altered: a source that
differs from its newest release becomes the next version, and only if every version can read every other.
`--check` writes nothing and fails where a source is not released.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from schemas.compatibility import conflicts
from schemas.errors import ReleasedSchemaAltered
from schemas.sources import Schema, expanded, fingerprint, formatted, released, travelling_records

RELEASED: Final = Path(__file__).parent / "released"


def unreleased() -> list[str]:
    """Records whose source differs from their newest release, or that have none."""
    done = {record: versions[-1].fingerprint for record, versions in released().items()}
    return [name for name in travelling_records() if done.get(name) != fingerprint(expanded(name))]


def release(record: str, folder: Path = RELEASED) -> Path:
    """Write the next version of one record and say where.

    Raises ReleasedSchemaAltered where the new version and an old one cannot read each other, or where the file
    of the next version exists already.
    """
    schema = expanded(record)
    versions = released().get(record, ())
    for version in versions:
        _refuse_conflicts(record, schema, version.schema, version.version)
    path = folder / f"{record}.{len(versions) + 1}.avsc"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(formatted(schema) + "\n")
    except FileExistsError:
        raise ReleasedSchemaAltered(
            record=record, what=f"{path.name} exists", remedy="a released version is never altered; number the next one"
        ) from None
    return path


def _refuse_conflicts(record: str, new: Schema, old: Schema, number: int) -> None:
    found = [*conflicts(new, old), *conflicts(old, new)]
    if found:
        raise ReleasedSchemaAltered(
            record=record,
            what=f"does not agree with version {number}: {'; '.join(found)}",
            remedy="add fields with a default and symbols at the end; never rename or drop a required field",
        )


def main(arguments: list[str] | None = None) -> int:
    """Release what changed, or with `--check` say what would be; 0 if all is well."""
    parser = argparse.ArgumentParser(prog="python -m schemas.release", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a source is not released")
    chosen = parser.parse_args(arguments)
    names = unreleased()
    if chosen.check:
        for name in names:
            sys.stderr.write(f"{name}: the source is not released: run python -m schemas.release\n")
        return 1 if names else 0
    try:
        for name in names:
            sys.stdout.write(f"released {release(name).name}\n")
    except ReleasedSchemaAltered as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
