"""A short night as text, with parts to be changed: for the tests of the reader and the player."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from hub.reference import packaged_reference
from hub.scenario import Played, Scenario, packaged_rulebook, play, read_scenario

REFERENCE: Final = packaged_reference()
LONDON: Final = ZoneInfo("Europe/London")

NIGHT: Final = """\
scenario: A short night
agencies:
  home: {kind: placement, name: Sea View, area: Blackpool}
children:
  girl:
    age: 15
    looked_after_by: Rochdale
    placement: {kind: childrens_home, provider: home, host: Blackpool}
messages:
  - at: Fri 27 Mar 23:10
    from: home
    as: report
    missing: {last_seen: {at: 22:40, area: Blackpool}}
  - at: 23:31
    from: Lancashire Police
    risk: medium
"""


def night(text: str = NIGHT) -> Scenario:
    """A scenario from its text."""
    return read_scenario("night.yaml", text, REFERENCE)


def played(text: str) -> Played:
    """A scenario from its text, played."""
    return play(night(text), packaged_rulebook(), REFERENCE)


def expecting(*lines: str) -> str:
    """The short night with an expectation."""
    return NIGHT + "expect:\n" + "\n".join(f"  {line}" for line in lines) + "\n"


def local(text: str) -> datetime:
    """A local time of 2026 as UTC: `27 Mar 23:10`."""
    return datetime.strptime(f"2026 {text}", "%Y %d %b %H:%M").replace(tzinfo=LONDON).astimezone(UTC)
