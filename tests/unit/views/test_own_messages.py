"""What nothing came of is shown with the absence that the sender's own report is of, once somebody has opened it."""

import pytest
from rich.console import Group

from consumers import RegisterLine
from deploy.cli import shapes
from deploy.cli.episode_commands import _mapping, shown
from deploy.views.duties import NEEDS_YOU, Acted, owed
from deploy.views.own_messages import of_line, own_messages
from hub.ids import EventId, derived_id
from hub.routing.unfound import PURPOSE, SETTLED
from schemas.records import Acknowledgement, ClaimedField, Notice
from tests.unit.routing.test_unfound import SEEN, cancelled, number, of_messages
from tests.unit.routing.world import HOME, Night, looked_after
from tests.unit.views.lines import at, line
from tests.unit.views.test_handover import on_screen

OPENED, TAKEN = Acted(layer=Acknowledgement.OPENED), Acted(layer=Acknowledgement.TAKEN)


def told() -> tuple[Night, Notice]:
    night = Night()
    night.hears("27 Mar 23:10", HOME, looked_after(SEEN))
    night.hears("28 Mar 03:00", HOME, cancelled())
    (notice,) = of_messages(night.inbox)
    return night, notice


def of_report(report: str) -> RegisterLine:
    """A line of the register that holds what this report says."""
    said = ClaimedField(field="last_seen.place", value="x", agency=HOME, message_id=report, accepted_at=SEEN)
    return line(claims=(said,))


@pytest.mark.parametrize("acted, words", [(None, NEEDS_YOU), (OPENED, "nothing was cancelled")])
def test_it_stands_with_the_absence_of_its_senders_report(acted: Acted | None, words: str) -> None:
    night, notice = told()
    own = own_messages([notice], {} if acted is None else {notice.notice_id: acted})
    absence = of_report(night.events[0].id)
    (here,) = of_line(own, absence)
    assert of_line(own, of_report(derived_id("another", "report"))) == ()
    printed = on_screen(Group(*shown(absence, (), at("24 23:50"), own=[here])), 400)
    assert any(words in each for each in printed)
    mapping = _mapping(absence, at("24 23:50"), [here])
    assert mapping["own_messages"][0]["reference"] == notice.reference
    assert shapes.faults("homeward episode show", mapping) == []


def test_what_was_taken_or_settled_is_shown_no_more_and_owed_no_more() -> None:
    night, notice = told()
    assert own_messages([notice], {notice.notice_id: TAKEN}) == ()
    assert [one.what for one in owed((), [notice], {notice.notice_id: OPENED}, HOME)] == [notice.asked_of_you]
    night.hears("28 Mar 03:05", HOME, cancelled(number(night, 2)))
    both = of_messages(night.inbox)
    assert [one.purpose for one in both] == [PURPOSE, SETTLED]
    assert own_messages(both, {}) == ()
    assert owed((), both, {}, HOME) == ()


def test_of_a_child_that_was_never_missing_there_is_no_report_to_show_it_with() -> None:
    night = Night()
    night.hears("28 Mar 03:00", HOME, cancelled(EventId(derived_id("no", "message"))))
    (one,) = own_messages(of_messages(night.inbox), {})
    assert one.report is None
