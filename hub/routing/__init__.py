"""Routing: who is owed which notice of an episode, with which fields, asked for what, by rules that are data."""

from hub.routing.disclosure import redact
from hub.routing.ladders import ladder_deadlines
from hub.routing.owed import Cause, OwedNotice, owed, told, unsent
from hub.routing.rules import Rules, packaged_rules, rules_from
from hub.routing.turning_points import turning_points
from hub.routing.wording import outside_text
from hub.rule_text import BrokenRules

__all__ = [
    "BrokenRules",
    "Cause",
    "OwedNotice",
    "Rules",
    "ladder_deadlines",
    "outside_text",
    "owed",
    "packaged_rules",
    "redact",
    "rules_from",
    "told",
    "turning_points",
    "unsent",
]
