"""Statutory and agreed clocks: what an absence owes, by whom, by when; pure, from the state of the fold."""

from hub.deadlines.deadlines import deadlines
from hub.deadlines.model import Deadline, DeadlineId, Oddity, Outcome, Pause, Raised, at_one_moment
from hub.deadlines.rows import DeadlineRule
from hub.deadlines.rules import (
    DEADLINES_FILE,
    DeadlineRules,
    packaged_deadline_rules,
    packaged_deadline_text,
    reloaded,
)
from hub.deadlines.stages import ToRaise, due_stage, next_change, raised_id, still_true, to_raise
from hub.rule_text import BrokenRules

__all__ = [
    "DEADLINES_FILE",
    "BrokenRules",
    "Deadline",
    "DeadlineId",
    "DeadlineRule",
    "DeadlineRules",
    "Oddity",
    "Outcome",
    "Pause",
    "Raised",
    "ToRaise",
    "at_one_moment",
    "deadlines",
    "due_stage",
    "next_change",
    "packaged_deadline_rules",
    "packaged_deadline_text",
    "raised_id",
    "reloaded",
    "still_true",
    "to_raise",
]
