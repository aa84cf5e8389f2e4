"""A pair that was decided can be named again, whether or not the register opens anything of it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from deploy.cli.app import application
from deploy.cli.review_pairs import found_pair
from deploy.home import Home
from deploy.review import APART, TOGETHER, NoSuchPair, Queue, pair_of_claims, shows_both
from deploy.review.queue import DECIDED
from deploy.review.standing import NOT_OPEN
from hub.directory import Directory
from hub.identity.reviews import pair_id
from hub.ids import AgencyId
from schemas.records import ReviewItem
from tests.unit.review.test_standing import NOW, ONE, OTHER, POLICE, ROCHDALE, SALFORD

ONE_CLAIM, OTHER_CLAIM = "a" * 32, "b" * 32
PAIR = pair_id(ONE_CLAIM, OTHER_CLAIM)


def decided(reserved_for: AgencyId | None = None) -> Queue:
    item = ReviewItem(
        pair_id=PAIR, claim_a=ONE_CLAIM, claim_b=OTHER_CLAIM, child_a="ada", child_b="bea", why="a doubt",
        raised_at=NOW, due_at=NOW, agency_a=ROCHDALE, agency_b=POLICE, reserved_for=reserved_for,
    )  # fmt: skip
    queue = Queue()
    queue.add(PAIR, item)
    queue.settle(PAIR, NOW)
    return queue


def test_a_pair_that_has_waited_is_named_by_its_name_without_any_register() -> None:
    found = found_pair(PAIR[:8], SALFORD, decided(), None)
    assert (found.waits, found.item.why, found.item.due_at) == (False, DECIDED, None)
    assert (found.item.claim_a, found.item.claim_b) == (ONE_CLAIM, OTHER_CLAIM)
    assert (found.item.child_a, found.item.child_b) == ("", ""), "whose they are by now is not known"


def test_a_pair_that_waits_again_waits() -> None:
    queue = decided()
    queue.add(PAIR, queue.settled[PAIR])
    assert found_pair(PAIR, SALFORD, queue, None).waits
    assert not queue.settled


def test_a_pair_is_named_by_its_two_records_that_nothing_shows() -> None:
    found = found_pair(f"{OTHER_CLAIM}+{ONE_CLAIM}", SALFORD, Queue(), None)
    assert (found.waits, found.item.pair_id, found.item.why) == (False, PAIR, NOT_OPEN)
    assert (found.item.agency_a, found.item.agency_b) == (None, None)
    known = found_pair(f"{OTHER_CLAIM}+{ONE_CLAIM}", SALFORD, decided(), None)
    assert (known.item.agency_a, known.item.agency_b) == (POLICE, ROCHDALE)


def test_a_pair_that_waits_for_another_agency_is_not_named_by_its_records() -> None:
    queue = decided(reserved_for=ROCHDALE)
    queue.add(PAIR, queue.settled[PAIR])
    with pytest.raises(NoSuchPair):
        found_pair(f"{ONE_CLAIM}+{OTHER_CLAIM}", SALFORD, queue, None)
    assert found_pair(f"{ONE_CLAIM}+{OTHER_CLAIM}", ROCHDALE, queue, None).waits


def test_two_words_that_are_no_records_are_two_episodes() -> None:
    with pytest.raises(NoSuchPair, match="no grant"):
        found_pair("2B5F-3C1E+77A0-91BC", SALFORD, Queue(), None)


def test_of_two_records_it_is_said_how_they_stand_where_that_is_open() -> None:
    now = datetime.now(UTC)
    assert pair_of_claims("a", "b", ONE, now).why == TOGETHER
    assert pair_of_claims("a", "d", [*ONE, *OTHER], now).why == APART
    assert pair_of_claims("a", "d", ONE, now).why == NOT_OPEN
    assert shows_both(pair_of_claims("a", "d", ONE, now), [*ONE, *OTHER])
    assert not shows_both(pair_of_claims("a", "d", ONE, now), ONE)


def test_an_agency_that_is_nobody_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: object) -> Directory:
        return Directory.empty()

    monkeypatch.setattr("deploy.directory.read_directory", nobody)
    monkeypatch.setattr(Home, "running", lambda _: SimpleNamespace(bootstrap="nowhere:1"))
    monkeypatch.setattr(Home, "schema_ids", lambda _: None)
    done = CliRunner().invoke(application(), ["review", "list", "--as", "NOPE"])
    assert (done.exit_code, "NOPE is no member of this hub" in done.stderr) == (1, True)
