"""The invented reports: what a file that judges must not contain by accident."""

from collections import defaultdict
from itertools import combinations
from random import Random

from deploy.linkage.generator import reports
from deploy.linkage.generator.names import origins, short_forms, spellings
from deploy.linkage.generator.people import Home, address, family


def test_an_agency_gives_no_reference_to_two_children() -> None:
    bearers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row, known in reports(children=1_500, seed=7, kinds=()):
        if row.child_ref:
            bearers[row.sender, row.child_ref].add(known.child_id)
    assert max(map(len, bearers.values())) == 1


def test_no_brother_or_sister_bears_a_name_of_the_other_in_any_spelling() -> None:
    draw = Random(7)
    shares_a_name = {origin.name for origin in origins() if origin.custom in {"patronymic", "sikh"}}
    home = Home(agency="placement-000-0", area=0, address=address(0, draw))
    for number in range(3_000):
        children = [life.child for life in family(number, 0, [home], draw)]
        own = [child.given[:1] if child.origin in shares_a_name else child.given for child in children]
        for one, other in combinations(own, 2):
            alike = {form for name in one for form in (name, *spellings().get(name, ()), *short_forms().get(name, ()))}
            assert alike.isdisjoint(other)
