"""Whoever runs the hub reads which mailboxes nobody reads, since when, and whom to ring."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from deploy.doctor import Finding, mailboxes_look
from deploy.silence import MOST_NAMED, Reading, SilentMailbox, judged
from hub.delivery import packaged_delivery_rules
from hub.ids import AgencyId
from tests.unit.routing.clocked import with_rota
from tests.unit.routing.world import BLACKPOOL, LANCASHIRE, ROCHDALE, directory_of, local

RULES = packaged_delivery_rules()
NOW = local("27 Mar 23:10")
UP = NOW - timedelta(hours=9)
THREE = directory_of(LANCASHIRE, ROCHDALE, BLACKPOOL)
READ = Reading(unread_since=None, was_ever_read=True)


def unread(seconds: float, *, was_ever_read: bool = True) -> Reading:
    return Reading(unread_since=NOW - timedelta(seconds=seconds), was_ever_read=was_ever_read)


def silent(rochdale: Reading, *, up_since: datetime = UP) -> tuple[SilentMailbox, ...]:
    readings: Mapping[AgencyId, Reading] = {LANCASHIRE: READ, ROCHDALE: rochdale}  # Blackpool has no mailbox
    return judged(readings, with_rota(THREE, ROCHDALE), RULES, now=NOW, up_since=up_since)


def test_what_waits_for_less_than_the_rules_allow_is_no_silence() -> None:
    assert silent(READ) == silent(unread(59)) == ()
    assert [each.silence.agency for each in silent(unread(60))] == [ROCHDALE]


def test_a_silent_mailbox_says_since_when_and_whom_to_ring() -> None:
    (known,) = silent(unread(35 * 60))
    assert known.since == "not read since 22:35 (35 min)"
    assert known.remedy == "ring 02 night: its program must read the mailbox, or nobody there hears of a child"


def test_a_mailbox_that_was_never_read_says_so() -> None:
    (known,) = silent(unread(3 * 3600, was_ever_read=False))
    assert known.since == "never read, for 3 h 0 min"


def test_an_agency_knows_its_own_silence_from_the_sixtieth_second_on() -> None:
    assert unread(59).silent_for(NOW) is READ.silent_for(NOW) is None
    assert unread(60).silent_for(NOW) == timedelta(seconds=60)


def test_while_the_hub_was_down_nobody_could_read() -> None:
    assert silent(unread(7200), up_since=NOW - timedelta(seconds=30)) == ()
    (known,) = silent(unread(7200), up_since=NOW - timedelta(seconds=90))
    assert known.since == "not read since 21:10 (2 h 0 min)"
    assert known.silence.silent_for == timedelta(seconds=90)


def test_whoever_gives_no_number_is_rung_all_the_same() -> None:
    (known,) = judged({LANCASHIRE: READ, BLACKPOOL: unread(90)}, THREE, RULES, now=NOW, up_since=UP)
    assert known.remedy.startswith("ring its duty contact: ")


def test_the_doctor_names_them_and_calls_the_hub_no_worse() -> None:
    (known,) = silent(unread(35 * 60))
    assert mailboxes_look(()).finding is Finding.GOOD
    look = mailboxes_look([known])
    assert look.finding is Finding.RING
    assert look.said == "Rochdale (E08000005) not read since 22:35 (35 min)"
    assert look.remedy == f"Rochdale: {known.remedy}"


def test_the_doctor_names_the_first_and_counts_the_others() -> None:
    (known,) = silent(unread(35 * 60))
    look = mailboxes_look([known] * (MOST_NAMED + 2))
    assert look.said.endswith("; and 2 more")
    assert look.remedy.endswith("; all of them: homeward agency list")
