"""Areas and forces as published, and what is refused."""

import pytest

from hub.reference import BrokenReference, packaged_reference, reference_from

REFERENCE = packaged_reference()


def test_every_authority_of_england_wales_and_scotland_lies_in_a_known_force() -> None:
    assert len(REFERENCE.authorities) == 207
    assert {authority.force for authority in REFERENCE.authorities.values()} <= set(REFERENCE.forces)


@pytest.mark.parametrize(
    "authority,force",
    [("E08000005", "E23000005"), ("E06000009", "E23000003"), ("E09000012", "E23000001"), ("E09000001", "E23000034")],
)
def test_a_spot_check_of_forces(authority: str, force: str) -> None:
    assert REFERENCE.force_of(authority) == force


def test_a_force_is_the_force_of_its_own_area_and_nobody_is_of_an_unknown_one() -> None:
    assert REFERENCE.force_of("E23000003") == "E23000003"
    assert REFERENCE.force_of("E99999999") is None
    assert REFERENCE.force_of(None) is None


def test_neighbours_are_neighbours_both_ways() -> None:
    for force in REFERENCE.forces:
        for other in REFERENCE.neighbours_of(force):
            assert force in REFERENCE.neighbours_of(other)


def test_transport_police_have_no_area_and_so_no_neighbours() -> None:
    assert REFERENCE.neighbours_of("BTP") == frozenset()
    assert not REFERENCE.forces["BTP"].is_territorial


def test_a_boundary_that_only_one_side_has_is_refused() -> None:
    forces = [{"force_code": code, "ons_name": code, "nation": "England", "kind": "territorial"} for code in ("A", "B")]
    with pytest.raises(BrokenReference, match="both directions"):
        reference_from([], forces, [{"force_code": "A", "neighbour_code": "B"}])
