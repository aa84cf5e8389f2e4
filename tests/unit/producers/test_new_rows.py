"""What goes into the outbox: a report always does, with what can be said; a decision only whole."""

from dataclasses import replace
from datetime import date

import pytest

from producers.new_rows import new_row
from producers.priority import packaged_priorities
from schemas.codec import SchemaIds, decode
from schemas.errors import UnencodableRecord
from schemas.records import (
    Acknowledged,
    FindingKind,
    LinkDecided,
    LinkDecision,
    MissingReported,
    NoticeRef,
    OwnershipTransferred,
    Person,
)

IDS, PRIORITIES = SchemaIds.local(), packaged_priorities()
ID = "0192f7c1-6d5e-7a3b-8c4d-5e6f70819203"
NAME = "Zebedee"


def test_a_sound_report_is_kept_whole() -> None:
    record = MissingReported(child_ref="c1", person=Person(given_names=NAME))
    row, left_out = new_row(record, IDS, PRIORITIES)
    assert (decode(row.framed, IDS), left_out) == (record, ())


def test_of_a_report_with_what_cannot_be_the_rest_is_kept_and_each_field_is_named_with_a_remedy() -> None:
    person = Person(given_names=NAME * 40, date_of_birth=date(9999, 12, 31))
    odd = replace(MissingReported(child_ref="r" * 121, person=person), status="ran_away")  # type: ignore[arg-type]
    row, left_out = new_row(odd, IDS, PRIORITIES)
    assert decode(row.framed, IDS, MissingReported).person == Person(given_names=(NAME * 40)[:200])
    assert [each.field for each in left_out] == ["child_ref", "person.given_names", "person.date_of_birth", "status"]
    assert len({each.remedy for each in left_out}) == 3
    assert {each.kind for each in left_out} == {FindingKind.GAP}
    assert not any(value in str(left_out) for value in (NAME, "9999", "ran_away", "rrr"))


def test_a_broken_value_does_not_change_how_urgent_a_report_is() -> None:
    sound = MissingReported(child_ref="c1")
    odd = replace(sound, circumstances="x" * 9000)
    assert new_row(odd, IDS, PRIORITIES)[0].priority == new_row(sound, IDS, PRIORITIES)[0].priority


@pytest.mark.parametrize(
    "record, fields",
    [
        (
            Acknowledged(pairs=(NoticeRef(notice_id="A", episode_id="B"),)),
            ["pairs[0].notice_id", "pairs[0].episode_id"],
        ),
        (LinkDecided(claim_a="x" * 65, claim_b="y", decision=LinkDecision.SAME, why="z" * 9000), ["claim_a", "why"]),
        (OwnershipTransferred(from_agency="a", to_agency="b", proposal="x"), ["proposal"]),
    ],
)
def test_what_is_no_report_is_refused_with_every_reason(
    record: Acknowledged | LinkDecided | OwnershipTransferred, fields: list[str]
) -> None:
    with pytest.raises(UnencodableRecord) as refused:
        new_row(record, IDS, PRIORITIES)
    assert [each.where for each in refused.value.fields] == fields


def test_an_acknowledgement_of_too_much_is_not_cut_but_refused() -> None:
    pairs = (NoticeRef(notice_id=ID, episode_id=ID),) * 500
    assert new_row(Acknowledged(pairs=pairs), IDS, PRIORITIES)[1] == ()
    with pytest.raises(UnencodableRecord, match="pairs: expected at most 500 items"):
        new_row(Acknowledged(pairs=(*pairs, pairs[0])), IDS, PRIORITIES)
