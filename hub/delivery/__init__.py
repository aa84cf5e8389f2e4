"""Delivery: how far every notice got, by signed facts; who is tried next; which mailboxes are silent."""

from hub.delivery.ladder import Step, StepKind
from hub.delivery.mailboxes import Silence, silent_mailboxes
from hub.delivery.proof import Call, Disregarded, Layer, Proof, Stage, Why, calls, proofs
from hub.delivery.rota import DutyContact, acted_for, acting_desk, contacts, day_team, is_on_duty, next_start
from hub.delivery.rules import DeliveryRules, delivery_rules_from, packaged_delivery_rules
from hub.delivery.withdrawn import TakenBack, taken_back

__all__ = [
    "Call",
    "DeliveryRules",
    "Disregarded",
    "DutyContact",
    "Layer",
    "Proof",
    "Silence",
    "Stage",
    "Step",
    "StepKind",
    "TakenBack",
    "Why",
    "acted_for",
    "acting_desk",
    "calls",
    "contacts",
    "day_team",
    "delivery_rules_from",
    "is_on_duty",
    "next_start",
    "packaged_delivery_rules",
    "proofs",
    "silent_mailboxes",
    "taken_back",
]
