"""What of a child is kept in every one of its absences, by what is said of it in any.

An address that was said to be protected a year ago is no less so in the report of another agency tonight. The rows are
those of the scope `child` in `protection.toml`; this module asks them of a child's state, once.
"""

from typing import Final

from hub.entry.golden import golden_rules
from hub.entry.protection import Raise, protection
from hub.episode.model import ChildState

_KEPT: Final = "kept_of_child"


def kept_of_child(state: ChildState) -> frozenset[Raise]:
    """The rows of protection that hold in every absence of a child."""
    known = state.worked_out_of_said.get(_KEPT)
    if not isinstance(known, frozenset):
        known = state.worked_out_of_said[_KEPT] = protection().set_off_by_child(state.standing, golden_rules().subjects)
    return known
