"""What the hub is compared with on the same data: exact name and date of birth, and Splink in a batch.

Both see one report for each source, the first. Splink (Linacre and others; unsupervised Fellegi-Sunter over DuckDB)
gets the comparisons its own guide proposes for people, and its threshold is chosen by the truth, which flatters it.
"""

import time
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate
from typing import Any, Final

from deploy.linkage.columns import Row
from deploy.linkage.evaluation import Truth
from deploy.linkage.metrics import PairCounts, pairs
from hub.identity import column_reference
from schemas.errors import HomewardError

_PREDICTED_FROM: Final = 0.01
_EM_BLOCKS: Final = (("date_of_birth",), ("given_names", "family_name"))
_BLOCKS: Final = (
    ("date_of_birth",), ("given_names", "family_name"), ("home_postcode", "given_names"), ("nhs_number",), ("upn",),
    ("placement_postcode", "given_names"), ("home_line", "given_names"),
)  # fmt: skip


class NotInstalled(HomewardError):
    """A tool that is only needed to judge or to train is not there."""


def need_extra() -> None:
    """Say how to install what is needed, if it is not there.

    Raises:
        NotInstalled: with the command.
    """
    missing = [name for name in ("splink", "duckdb", "recordlinkage") if find_spec(name) is None]
    if missing:
        message = (
            f"not installed: {', '.join(missing)}; needed only offline, for judging and training. "
            "To install: make bench-linkage (which does it first), or: pip install 'homeward[linkage]'"
        )
        raise NotInstalled(message)


def sources(rows: Iterable[Row], truth: Truth) -> tuple[list[Row], list[str]]:
    """The first report of each source, and whose it is."""
    first: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        key = (row.sender, column_reference(row.columns()), truth.child[row.record_id])
        first.setdefault(key, row)
    return list(first.values()), [whose for _, _, whose in first]


def exact(units: Sequence[Row], whose: Sequence[str]) -> PairCounts:
    """Put together what has the same names and the same date of birth, each of them known."""
    labels: list[Hashable] = []
    for number, row in enumerate(units):
        key = (row.given_names.casefold(), row.family_name.casefold(), row.date_of_birth)
        labels.append(key if all(key) else number)
    return pairs(labels, whose)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """Splink's result: its best F1, and its recall where precision is at least so much; seconds it took."""

    best: PairCounts
    recall_at_998: float
    recall_at_999: float
    seconds: float
    sources: int

    def as_dict(self) -> dict[str, Any]:
        """The figures."""
        return {
            "best_f1": round(self.best.f1, 5),
            "precision_there": round(self.best.precision, 5),
            "recall_there": round(self.best.recall, 5),
            "recall_at_precision_0.998": round(self.recall_at_998, 5),
            "recall_at_precision_0.999": round(self.recall_at_999, 5),
            "seconds": round(self.seconds, 2),
            "ms_a_source": round(self.seconds / max(1, self.sources) * 1000, 3),
        }


def splink(units: Sequence[Row], whose: Sequence[str]) -> BatchResult:
    """Train Splink on the very data, without labels, and predict.

    Raises:
        NotInstalled: the extra `linkage` is missing.
    """
    need_extra()
    began = time.perf_counter()
    linker = trained_linker(units)
    predicted = linker.inference.predict(threshold_match_probability=_PREDICTED_FROM).as_duckdbpyrelation()
    columns = ["match_probability", "unique_id_l", "unique_id_r"]
    scored = sorted(predicted.project(", ".join(columns)).fetchall(), reverse=True)
    seconds = time.perf_counter() - began
    right = list(accumulate(int(whose[one] == whose[other]) for _, one, other in scored))
    true = pairs(list(range(len(whose))), whose).true
    counted = [PairCounts(right=found, found=number, true=true) for number, found in enumerate(right, 1)]
    none = PairCounts(right=0, found=0, true=true)
    return BatchResult(
        best=max(counted, key=lambda each: each.f1, default=none),
        recall_at_998=max((each.recall for each in counted if each.precision >= 0.998), default=0.0),  # noqa: PLR2004
        recall_at_999=max((each.recall for each in counted if each.precision >= 0.999), default=0.0),  # noqa: PLR2004
        seconds=seconds,
        sources=len(units),
    )


def trained_linker(units: Sequence[Row]) -> Any:  # noqa: ANN401 - a Linker of Splink, which ships with the extra
    """A linker of Splink over these sources, trained without labels."""
    import splink.comparison_library as library  # noqa: PLC0415
    from splink import Linker, SettingsCreator, block_on  # noqa: PLC0415
    from splink.backends.duckdb import DuckDBAPI  # noqa: PLC0415

    pandas: Any = import_module("pandas")  # comes with the extra, and ships no types
    table = pandas.DataFrame([{"unique_id": number, **row.columns()} for number, row in enumerate(units)])
    for name in ("given_names", "family_name", "home_line", "placement_line"):
        table[name] = table[name].str.casefold()
    table = table.replace("", None)
    used = [name for name in ("nhs_number", "upn", "sex", "placement_postcode") if table[name].notna().any()]
    comparisons: list[Any] = [
        library.NameComparison("given_names"),
        library.NameComparison("family_name"),
        library.DateOfBirthComparison("date_of_birth", input_is_string=True),
        library.ExactMatch("home_postcode"),
        library.LevenshteinAtThresholds("home_line", [2, 6]),
        *(library.ExactMatch(name) for name in used),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[
            block_on(*names) for names in _BLOCKS if all(table[name].notna().any() for name in names)
        ],
    )
    linker = Linker(DuckDBAPI().register(table), settings, log_level=50)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("given_names", "family_name", "date_of_birth")], recall=0.5
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for names in _EM_BLOCKS:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*names))
    return linker
