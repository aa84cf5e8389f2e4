"""A correction withdraws what it changes, and nothing where it changes nothing."""

import pytest

from schemas.records import CorrectionMade, FieldChange, NoticeKind
from tests.unit.routing.world import LANCASHIRE, ROCHDALE, Night, local, looked_after


def withdrawn_after(field: str, new: str | None) -> set[str]:
    """The fields that the council is to withdraw when police correct their report so."""
    night = Night()
    night.hears("27 Mar 23:10", LANCASHIRE, looked_after(local("27 Mar 22:40")))
    correction = CorrectionMade(corrects=night.events[0].id, changes=(FieldChange(field=field, new=new),))
    told = night.hears("27 Mar 23:30", LANCASHIRE, correction)
    mine = [one for one in told if one.recipient == ROCHDALE and one.kind is NoticeKind.WITHDRAWAL]
    return {name for one in mine for name in one.withdrawn_fields}


@pytest.mark.parametrize(
    "field, new",
    [
        ("", "x"),
        ("e", "x"),
        ("name", "x"),
        ("person.date_of_birth", "05/05/2012"),
        ("last_seen.at", "21:45"),
        ("status", "gone"),
        ("grade", "high"),
        ("last_seen.area_code", "Rochdale"),
    ],
)
def test_what_changes_nothing_withdraws_nothing(field: str, new: str) -> None:
    assert not withdrawn_after(field, new)


@pytest.mark.parametrize(
    "field, new", [("last_seen.place", "the tram"), ("person.family_name", "Other"), ("person.date_of_birth", None)]
)
def test_what_is_changed_is_withdrawn_and_nothing_else(field: str, new: str | None) -> None:
    assert withdrawn_after(field, new) == {field}
