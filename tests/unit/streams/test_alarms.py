"""Every alarm asks for a metric that a worker has, with labels that can occur, and says what to do."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from hub.refusal import Reason
from schemas.records import ReceiptOutcome
from streams import metrics

ROOT: Final = Path(__file__).parents[3]
RULES: Final = ROOT / "deploy" / "prometheus" / "homeward.rules.yaml"
PAGE: Final = ROOT / "docs" / "how-to" / "survive-faults.md"
SELECTOR: Final = re.compile(r"(homeward_\w+)(?:\{([^}]*)\})?")
MATCHER: Final = re.compile(r'(\w+)(?:=~|=)"([^"]*)"')
WORDS: Final = {"outcome": {each.value for each in ReceiptOutcome}, "reason": {each.value for each in Reason}}
ALARMS: Final[Mapping[str, Any]] = {
    rule["alert"]: rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]
}


def declared() -> dict[str, MetricWrapperBase]:
    """Every metric under the name that Prometheus has for it."""
    found = [each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase)]
    return {each._name + ("_total" if isinstance(each, Counter) else ""): each for each in found}


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_is_about_a_metric_and_labels_that_there_are(alarm: str) -> None:
    selectors = SELECTOR.findall(ALARMS[alarm]["expr"])
    assert selectors
    for name, matchers in selectors:
        assert name in declared()
        asked = MATCHER.findall(matchers)
        assert len(asked) == matchers.count("=")
        for label, values in asked:
            assert label in declared()[name]._labelnames
            assert set(values.split("|")) <= WORDS[label]


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_says_what_it_means_and_what_to_do_and_the_page_has_it(alarm: str) -> None:
    rule = ALARMS[alarm]
    assert set(rule["annotations"]) == {"summary", "action"}
    assert "{{" not in str(rule["annotations"]), "labels name nobody, so there is nothing to fill in"
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert f"`{alarm}`" in PAGE.read_text("utf-8")


def test_every_ground_of_a_refusal_is_counted_by_an_alarm() -> None:
    heard = {
        reason
        for rule in ALARMS.values()
        for name, matchers in SELECTOR.findall(rule["expr"])
        if name == "homeward_intake_results_total"
        for label, values in MATCHER.findall(matchers)
        if label == "reason"
        for reason in values.split("|")
    }
    inside = {Reason.VERDICT_MISSING, Reason.VERDICT_NOT_GENUINE, Reason.HUB_FAULT}
    assert heard == set(Reason) - inside
