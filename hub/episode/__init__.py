"""The fold: what a set of events about one child means, whatever the order and however often they arrive."""
