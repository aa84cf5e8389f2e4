"""What Splink, without any label, estimates for the same reports: a second opinion about the weights, offline.

Its levels are its own; they stand beside ours by what they compare. Far apart, the labels and the data do not agree.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deploy.linkage.baselines import trained_linker
from deploy.linkage.columns import Row

_COMPARED_WITH: Final = {
    "given_names": "given", "family_name": "family", "date_of_birth": "birth", "sex": "sex", "nhs_number": "identifier",
    "upn": "identifier", "home_postcode": "household", "home_line": "household", "placement_postcode": "household",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One level of Splink's: what of ours it belongs to, its own words for it, and its bits."""

    comparison: str
    column: str
    level: str
    bits: float


def estimates(rows: Sequence[Row]) -> tuple[Estimate, ...]:
    """Train Splink on these reports and read its levels.

    Raises:
        NotInstalled: the extra `linkage` is missing.
    """
    return tuple(_levels(trained_linker(rows).misc.save_model_to_json()))


def _levels(model: dict[str, Any]) -> Iterator[Estimate]:
    for comparison in model["comparisons"]:
        column = comparison["output_column_name"]
        for level in comparison["comparison_levels"]:
            same, other = level.get("m_probability"), level.get("u_probability")
            if same and other:
                yield Estimate(
                    comparison=_COMPARED_WITH.get(column, column),
                    column=column,
                    level=level["label_for_charts"],
                    bits=round(math.log2(same / other), 2),
                )
