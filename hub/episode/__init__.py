"""The fold: what a set of events about one child means, whatever the order and however often they arrive."""

from hub.episode.corrections import standing
from hub.episode.fold import fold, leaves_register_as_it_is
from hub.episode.model import ChildState, Episode
from hub.episode.repeats import repeat_count

__all__ = ["ChildState", "Episode", "fold", "leaves_register_as_it_is", "repeat_count", "standing"]
