"""The timeline says three times of everything, in words, from what the line holds."""

from deploy.views.timeline import differences, how_far, timeline, whom_to_ring
from deploy.views.words import is_reference_to, reference_words
from schemas.records import (
    Acknowledgement,
    AgencyKind,
    ClaimedField,
    Disagreement,
    DisagreementSide,
    Means,
    NoticeKind,
    ToldSummary,
)
from tests.unit.views.lines import LANCASHIRE, ROCHDALE, at, episode_id, line


def claim(field: str, value: str, *, known: str, message: str = "m", agency: str = LANCASHIRE) -> ClaimedField:
    return ClaimedField(
        agency=agency,
        sender_kind=AgencyKind.POLICE,
        field=field,
        value=value,
        occurred_at=at("24 22:40"),
        recorded_at=at("24 23:30"),
        accepted_at=at(known),
        message_id=message,
    )


def told(
    layer: Acknowledgement | None = None, *, means: Means = Means.HUB, when: str | None = "24 23:10"
) -> ToldSummary:
    return ToldSummary(
        recipient=ROCHDALE,
        desk="duty",
        kind=NoticeKind.NEWS,
        told_at=None if when is None else at(when),
        means=means,
        layer=layer,
    )


def test_one_message_is_one_row_with_its_three_times() -> None:
    said = (
        claim("found.found_at", "2026-11-25T02:10:00+00:00", known="25 02:20", message="b"),
        claim("found.place_kind", "street", known="25 02:20", message="b"),
        claim("last_seen.place", "quay", known="24 23:31", message="a"),
    )
    first, second = timeline(line(claims=said))
    assert first.what == "reported missing"
    assert second.what == "found: street"
    assert (second.happened_at, second.reported_at, second.known_at) == (at("24 22:40"), at("24 23:30"), at("25 02:20"))
    assert second.who == "Lancashire Police"


def test_who_was_told_stands_between_the_messages_with_how_far_it_got() -> None:
    said = (
        claim("last_seen.place", "quay", known="24 23:00"),
        claim("risk.grade", "high", known="25 01:00", message="b"),
    )
    rows = timeline(line(claims=said, told=(told(Acknowledgement.OPENED),)))
    assert [row.what for row in rows] == ["reported missing", "told: Rochdale (duty), opened", "risk assessed: high"]


def test_a_report_of_a_child_that_is_away_is_none_of_a_missing_one() -> None:
    said = (claim("last_seen.place", "quay", known="24 23:31"), claim("status", "away", known="24 23:31"))
    assert [row.what for row in timeline(line(claims=said))] == ["reported away"]


def test_not_every_child_that_is_safe_is_home_and_what_is_closed_has_no_name_of_a_field() -> None:
    said = [
        claim(field, value, known=f"25 0{number}:00", message=str(number))
        for number, (field, value) in enumerate(
            [
                ("returned.to", "home"),
                ("returned.to", "hospital"),
                ("returned.to", "custody_or_secure"),
                ("child_ref", "B"),
            ]
        )
    ]
    assert [row.what for row in timeline(line(claims=tuple(said)))] == [
        "home again", "in hospital", "in custody or secure accommodation", "a message about the child",
    ]  # fmt: skip


def test_how_far_a_telling_got_is_said_in_words_and_a_call_is_never_a_delivery() -> None:
    assert how_far(told()) == "not opened yet"
    assert how_far(told(Acknowledgement.TAKEN)) == "taken"
    assert how_far(told(means=Means.TELEPHONE)) == "told by telephone"
    waiting = told(means=Means.TELEPHONE, when=None)
    assert how_far(waiting) == "to be telephoned"
    assert whom_to_ring((told(), waiting)) == (waiting,)


def test_a_difference_is_said_in_words_with_who_says_what() -> None:
    sides = tuple(
        DisagreementSide(agency=agency, value=value)
        for agency, value in ((LANCASHIRE, "2026-11-24T22:40:00+00:00"), (ROCHDALE, "2026-11-24T22:10:00+00:00"))
    )
    (said,) = differences([Disagreement(field="last_seen.at", since=at("25 00:00"), sides=sides)])
    assert said.startswith("last seen: Lancashire Police says ")
    assert "22:40 (GMT); Rochdale says" in said
    twice = (*sides, DisagreementSide(agency=ROCHDALE, value="2026-11-24T22:15:00+00:00"))
    (said,) = differences([Disagreement(field="last_seen.at", since=at("25 00:00"), sides=twice)])
    assert "; Rochdale, in another record, says" in said


def test_a_reference_said_on_the_telephone_finds_the_episode_and_a_shorter_one_does_not() -> None:
    assert is_reference_to(reference_words(episode_id(7)), episode_id(7))
    assert is_reference_to(episode_id(7), episode_id(7))
    assert not is_reference_to(reference_words(episode_id(8)), episode_id(7))
    assert not is_reference_to("0000", episode_id(7))
