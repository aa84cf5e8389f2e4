"""How often a child has been missing lately, counted as the local rule says (count and window are both configured).

Counted are absences with a missing phase that were not cancelled, by their beginning: several reports of one absence
count once, and a cancelled one not at all, so a trigger it set off is withdrawn. Nor does one of no length that nobody
reported: a return dated before the absence that it ended supposes one.
"""

from datetime import timedelta

from hub.episode.model import ChildState, Episode


def repeat_count(state: ChildState, episode: Episode, within: timedelta) -> int:
    """How many counted absences began within the window that ends with the beginning of this one, itself included."""
    return sum(
        1
        for other in state.episodes
        if other.counts_as_repeat and timedelta(0) <= episode.began_at - other.began_at <= within
    )
