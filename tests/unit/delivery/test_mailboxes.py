"""A mailbox that nobody reads is known before a child depends on it."""

from dataclasses import replace
from datetime import timedelta

from hub.delivery import packaged_delivery_rules, silent_mailboxes
from hub.ids import AgencyId
from schemas.records import DeliveryPreferences
from tests.unit.routing.clocked import with_rota
from tests.unit.routing.world import BLACKPOOL, LANCASHIRE, ROCHDALE, directory_of, joined, local

RULES = packaged_delivery_rules()
NOW = local("27 Mar 23:10")
BEGAN = NOW - timedelta(hours=1)
THREE = directory_of(LANCASHIRE, ROCHDALE, BLACKPOOL)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_a_mailbox_is_silent_from_the_sixtieth_second_on() -> None:
    polled = {LANCASHIRE: NOW - seconds(59.9), ROCHDALE: NOW - seconds(60), BLACKPOOL: NOW}
    assert [one.agency for one in silent_mailboxes(polled, NOW, BEGAN, THREE, RULES)] == [ROCHDALE]


def test_a_mailbox_that_was_never_seen_counts_from_when_watching_began() -> None:
    assert silent_mailboxes({}, NOW, NOW - seconds(30), THREE, RULES) == ()
    assert len(silent_mailboxes({}, NOW, NOW - seconds(61), THREE, RULES)) == 3


def test_who_is_not_connected_has_no_mailbox_to_be_silent() -> None:
    gone = THREE.with_entry(replace(joined(ROCHDALE), connected=False, version=2))
    assert AgencyId(ROCHDALE) not in {one.agency for one in silent_mailboxes({}, NOW, BEGAN, gone, RULES)}


def test_the_operators_read_whom_to_ring_and_nothing_of_any_child() -> None:
    (silence,) = silent_mailboxes(
        {LANCASHIRE: NOW, BLACKPOOL: NOW, AgencyId("edt-pennine"): NOW}, NOW, BEGAN, with_rota(THREE, ROCHDALE), RULES
    )
    assert silence.text == "the mailbox of Rochdale (E08000005) has not been read for 3600 s: ring 02 night"
    assert silence.since is None


def test_where_nobody_is_on_duty_the_desk_that_the_agency_named_is_rung() -> None:
    preferred = DeliveryPreferences(telephone="01632 960004")
    named = THREE.with_entry(replace(joined(ROCHDALE), delivery=preferred, version=2))
    polled = {LANCASHIRE: NOW, BLACKPOOL: NOW}
    (silence,) = silent_mailboxes(polled, NOW, BEGAN, named, RULES)
    assert silence.ring == "01632 960004"
