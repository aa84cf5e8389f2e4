"""The rules for Prometheus speak of metrics that there are, and each says what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams import metrics_page

FILE = Path(__file__).resolve().parents[2] / "deploy" / "alerts.yaml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(FILE.read_text("utf-8"))["groups"] for rule in group["rules"]
]
KNOWN = {line.split("`")[1]: set(line.split("|")[3].replace("`", "").replace(",", " ").split())
         for line in metrics_page.page().splitlines() if line.startswith("| `homeward_")}  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_a_rule_names_a_metric_and_labels_that_are_declared_and_what_to_do(rule: dict[str, Any]) -> None:
    (metric,) = re.findall(r"homeward_\w+", rule["expr"])
    assert metric in KNOWN
    by = re.findall(r"by \((\w+)\)", rule["expr"])
    said = re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])
    assert set(said) <= set(by) <= KNOWN[metric]
    assert rule["annotations"]["do"]
    assert rule["labels"] == {"severity": "page"}


def test_a_silent_mailbox_is_one_of_them() -> None:
    assert "homeward_mailboxes_silent" in " ".join(rule["expr"] for rule in RULES)
