"""`python -m deploy.bench.reconcile`: how long a large extract takes to be compared, and how much memory.

A register of invented absences, of which the extract has most, some of them told differently, and rows of its own:
about children under the agency's references, about children known under another agency's, and about strangers.
"""

import argparse
import csv
import json
import random
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from consumers import RegisterLine
from deploy.reconcile.mapping import mapping_named
from deploy.reconcile.register import OurRegister
from deploy.reconcile.run import reconciled
from schemas.records import (
    AgencyKind,
    ClaimedField,
    DisclosedField,
    Disclosure,
    EpisodeStatus,
    Nation,
    RegisterBlock,
    RegisterEntry,
)

_COUNCIL: Final = "E08000005"
_POLICE: Final = "E23000005"
_SYLLABLES: Final = ("ba", "do", "ki", "lu", "ma", "ne", "po", "ra", "si", "ti", "vo", "wy")
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Make a register and an extract, compare them, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--children", type=int, default=20_000)
    arguments = parser.parse_args()
    chance = random.Random(1)  # noqa: S311 - it invents examples
    with tempfile.TemporaryDirectory(prefix="homeward-reconcile-") as folder:
        file = Path(folder) / "extract.csv"
        lines = [_line(number, chance) for number in range(arguments.children)]
        _write(file, lines, arguments.rows, chance)
        began = time.monotonic()
        register = OurRegister.of(lines)
        loaded = time.monotonic()
        found = reconciled(file, mapping_named("council"), register, agency=_COUNCIL, out=Path(folder) / "out")
        ended = time.monotonic()
    figures = {
        **found.tally.as_mapping(),
        "seconds_register": round(loaded - began, 1),
        "seconds_comparison": round(ended - loaded, 1),
        "rows_per_second": round(arguments.rows / (ended - loaded)),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(figures, indent=2))  # noqa: T201 - it is what was asked for


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))).title()


def _line(number: int, chance: random.Random) -> RegisterLine:
    began = _BEGAN + timedelta(minutes=chance.randint(0, 300_000))
    said = {
        "child_ref": f"C-{number}",
        "person.given_names": _name(chance),
        "person.family_name": _name(chance),
        "person.date_of_birth": f"{chance.randint(2009, 2018)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
    }
    golden = {
        **said,
        "episode.child": f"child-{number}",
        "episode.began_at": began.isoformat(),
        "episode.ended_at": (began + timedelta(hours=chance.randint(1, 40))).isoformat(),
    }
    episode = f"00000000-0000-5000-8000-{number:012}"
    block = RegisterBlock(
        disclosure=Disclosure.IDENTITY,
        golden=tuple(
            DisclosedField(name=name, disclosure=Disclosure.IDENTITY, value=value, source_kind=AgencyKind.HUB)
            for name, value in golden.items()
        ),
        claims=tuple(
            ClaimedField(
                agency=_COUNCIL if number % 2 else _POLICE,
                sender_kind=AgencyKind.AUTHORITY,
                field=field,
                value=value,
                occurred_at=began,
                recorded_at=began,
                accepted_at=began,
                message_id=episode,
            )
            for field, value in said.items()
        ),
    )
    entry = RegisterEntry(
        episode_id=episode, nation=Nation.ENGLAND, status=EpisodeStatus.CLOSED, sequence=1, changed_at=began, key_id="k"
    )
    return RegisterLine(entry=entry, blocks={Disclosure.IDENTITY: block}, held=frozenset())


def _write(file: Path, lines: list[RegisterLine], rows: int, chance: random.Random) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(
            ("person_id", "episode_id", "first_name", "last_name", "date_of_birth", "missing_from", "missing_to")
        )
        for number in range(rows):
            known = {name: one.value for name, one in chance.choice(lines).golden.items()}
            is_stranger = number % 5 == 0
            began = datetime.fromisoformat(known["episode.began_at"]) + timedelta(minutes=chance.choice((0, 0, 45)))
            ended = began + timedelta(hours=chance.randint(1, 40))
            writer.writerow(
                (
                    f"X-{number}" if is_stranger else known["child_ref"],
                    f"E-{number}",
                    _name(chance) if is_stranger else known["person.given_names"],
                    known["person.family_name"],
                    known["person.date_of_birth"],
                    f"{began:%Y-%m-%d %H:%M}",
                    f"{ended:%Y-%m-%d %H:%M}",
                )
            )


if __name__ == "__main__":
    main()
