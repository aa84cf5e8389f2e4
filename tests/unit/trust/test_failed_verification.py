"""An agency hears at most once a minute of messages in its name that did not verify, and in the end of every one."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.desk_alerts import compose_alert, refusal_alert, verification_alert
from hub.failed_verification import Failure, Tally, counted, minute_of
from hub.messages import OpenedMessage, Refusal, open_from_hub
from schemas.records import Acknowledged, AlertKind, DeskAlert
from tests.unit.trust.world import (
    DIRECTORY,
    IDS,
    MESSAGE_ID,
    NOW,
    POLICE,
    ROCHDALE,
    ROCHDALE_KEYS,
    WORKER,
    message,
    refused,
    sealing,
    with_header,
)

SECONDS = st.lists(st.integers(0, 40), min_size=1, max_size=30)
"""Seconds between failures."""


def failures(gaps: Sequence[int]) -> list[Failure]:
    at, found = NOW, []
    for offset, gap in enumerate(gaps):
        at += timedelta(seconds=gap)
        found.append(Failure(offset * 3, at))
    return found


def batches(those: list[Failure], sizes: Sequence[int]) -> list[list[Failure]]:
    found, rest = [], those
    for size in [*sizes, len(those)]:
        found.append(rest[:size])
        rest = rest[size:]
    return [batch for batch in found if batch]


def told(those: Sequence[Sequence[Failure]], known: Tally = Tally()) -> tuple[list[Tally], Tally]:  # noqa: B008
    said = []
    for batch in those:
        known, is_told = counted(known, batch)
        if is_told:
            said.append(known)
    return said, known


@given(SECONDS, st.lists(st.integers(1, 5), max_size=30))
def test_once_a_minute_at_most_and_none_is_forgotten(gaps: list[int], sizes: list[int]) -> None:
    those = failures(gaps)
    said, known = told(batches(those, sizes))
    assert Counter(tally.minute for tally in said).most_common(1)[0][1] == 1
    assert sum(tally.count for tally in said) + known.waiting == len(those)
    assert said[0].since == those[0].at
    assert all(tally.since <= tally.at for tally in said)
    assert all(minute_of(tally.at) == tally.minute for tally in said)


@given(SECONDS, st.lists(st.integers(1, 5), max_size=30), st.data())
def test_what_is_handled_again_is_told_again_in_the_same_words(
    gaps: list[int], sizes: list[int], data: st.DataObject
) -> None:
    those = failures(gaps)
    said, known = told(batches(those, sizes))
    after, is_told = counted(known, those[data.draw(st.integers(0, len(those) - 1)) :])
    assert after == known
    assert not is_told or after.to_row() == known.to_row()
    assert counted(known, [failure for failure in those if failure.offset >= known.first]).is_told
    assert (known.minute, known.count) == (said[-1].minute, said[-1].count)


def test_what_comes_with_a_repeat_waits() -> None:
    one, two = failures([0, 120])
    first = counted(Tally(), [one]).tally
    again = counted(first, [one, two])
    assert again.is_told
    assert (again.tally.minute, again.tally.count, again.tally.waiting) == (first.minute, 1, 1)
    assert counted(again.tally, [Failure(9, two.at)]).tally.count == 2


def test_a_minute_of_which_another_partition_told_is_left_alone() -> None:
    one, two = failures([0, 61])
    quiet = counted(Tally(), [one], is_minute_free=False)
    assert (quiet.is_told, quiet.tally.waiting) == (False, 1)
    assert counted(quiet.tally, [two]).tally.count == 2


@given(SECONDS)
def test_a_tally_is_stored_as_it_is(gaps: list[int]) -> None:
    known = counted(Tally(), failures(gaps)).tally
    assert Tally.from_row(known.to_row()) == known


def opened(alert: DeskAlert) -> OpenedMessage:
    wire = compose_alert(alert, seal_to=sealing("rochdale-1"), salt_secret=b"s", worker=WORKER, ids=IDS)
    assert wire.key == ROCHDALE.encode()
    found = open_from_hub(wire, DIRECTORY, ROCHDALE_KEYS, IDS, NOW)
    assert isinstance(found, OpenedMessage), found
    return found


def test_the_desk_reads_how_many_and_the_same_minute_has_the_same_id() -> None:
    tally = counted(Tally(), failures([0, 1, 2])).tally
    alert = verification_alert(ROCHDALE, 3, tally)
    assert "3 messages in the name of this agency failed verification" in alert.what_happened
    found = opened(alert)
    assert (found.record, found.id) == (alert, alert.alert_id)
    assert opened(alert).plaintext == found.plaintext
    others = (verification_alert(POLICE, 3, tally), verification_alert(ROCHDALE, 4, tally))
    assert alert.alert_id not in {other.alert_id for other in others}
    assert "1 message in" in verification_alert(ROCHDALE, 3, counted(Tally(), failures([0])).tally).what_happened


def test_a_proven_sender_s_desk_is_told_of_each_refusal_and_nobody_of_a_forgery() -> None:
    refusal = refused(message(key=POLICE.encode()))
    alert = refusal_alert(refusal, NOW)
    assert alert is not None
    assert (alert.kind, alert.message_id, alert.recipient) == (AlertKind.MESSAGE_REFUSED, MESSAGE_ID, ROCHDALE)
    assert alert.findings == refusal.findings
    assert opened(alert).record == alert
    assert refusal_alert(refused(with_header(message(), "ce_subject", b"x")), NOW) is None


def test_an_acknowledgement_that_is_refused_rings_at_no_desk() -> None:
    refusal = refused(message(Acknowledged(), key=POLICE.encode()))
    assert isinstance(refusal, Refusal)
    assert refusal.answerable
    assert refusal_alert(refusal, NOW) is None


@pytest.mark.parametrize("word", ["Test", "Example", "RMBC-4471", "bus stop"])
def test_an_alert_repeats_nothing_of_the_message(word: str) -> None:
    alert = refusal_alert(refused(message(key=POLICE.encode())), NOW)
    assert word not in str(alert)
