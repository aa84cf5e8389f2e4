"""The UK reports of the benchmark, and the check that no link joined twins."""

from dataclasses import asdict, dataclass

from deploy.linkage.columns import Row
from deploy.linkage.evaluation import Judge, Truth
from deploy.linkage.generator import reports
from deploy.linkage.generator.error_sets import ERROR_SETS


def uk_reports(errors: str, *, children: int, seed: int) -> tuple[list[Row], Truth]:
    """Reports made with one of the two sets of error kinds, and whose they are."""
    made = reports(children=children, seed=seed, kinds=ERROR_SETS[errors])
    groups = (
        (known.record_id, known.child_id, {
            name: str(value) for name, value in asdict(known).items() if name not in {"record_id", "child_id"}
        })
        for _, known in made
    )  # fmt: skip
    return [row for row, _ in made], Truth.of(groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinsJoined:
    """Two records of twins that a link without a human put together."""

    data: str
    one: str
    other: str


def joined_twins(data: str, judge: Judge, truth: Truth) -> list[TwinsJoined]:
    """False links between twins: both are twins and of one family; without families in the truth, either is a twin."""
    relation, family = truth.groups.get("relation", {}), truth.groups.get("family_id")
    found = []
    for one, other in judge.false_links():
        twins = {relation.get(one), relation.get(other)}
        is_pair = family[one] == family[other] and twins == {"twin"} if family else "twin" in twins
        if is_pair:
            found.append(TwinsJoined(data=data, one=one, other=other))
    return found
