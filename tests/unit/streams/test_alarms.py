"""Every alarm asks for a metric that a worker has, with labels that can occur, and says what to do."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from deploy.topics import hub_topics
from hub.refusal import Reason
from schemas.records import ReceiptOutcome
from streams import metrics

ROOT: Final = Path(__file__).parents[3]
RULES: Final = ROOT / "deploy" / "prometheus" / "homeward.rules.yaml"
PAGE: Final = ROOT / "docs" / "how-to" / "survive-faults.md"
SELECTOR: Final = re.compile(r"(homeward_\w+)(?:\{([^}]*)\})?")
MATCHER: Final = re.compile(r'(\w+)(?:=~|=)"([^"]*)"')
TOPICS: Final = {"inbound", "accepted", "events"}
WORDS: Final = {
    "outcome": {each.value for each in ReceiptOutcome},
    "reason": {each.value for each in Reason},
    "topic": TOPICS,
}
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


SERIES: Final[Mapping[str, tuple[str, str]]] = {
    "HomewardMessageRefused": ('homeward_intake_results_total{outcome="rejected", reason="undecodable"}', "0x4 1x20"),
    "HomewardNotVerified": ('homeward_intake_results_total{outcome="rejected", reason="bad_signature"}', "0x4 1x20"),
    "HomewardIdUsedAgain": ('homeward_intake_results_total{outcome="rejected", reason="equivocation"}', "0x4 1x20"),
    "HomewardChainGap": ("homeward_chain_gaps", "0x4 1x8 0x12"),
    "HomewardChainForked": ("homeward_chain_forks_total", "0x4 1x20"),
    "HomewardClockAhead": ('homeward_clocks_ahead_total{agency_kind="authority"}', "0x4 4x16"),
    "HomewardBrokerClockJumped": ("homeward_clock_jump_seconds", "0x4 -3600x2 0x14"),
    "HomewardRecordParked": ("homeward_unroutable_total", "0x4 1x20"),
    "HomewardBatchPassedOver": ("homeward_unreadable_batches_total", "0x4 1x20"),
    "HomewardMailboxSilent": ('homeward_mailboxes_silent{agency_kind="police"}', "0x4 1x8 0x12"),
    "HomewardMailboxesNotWatched": ("homeward_mailbox_statements_total", "0+10x3 30x4 40+10x15"),
    "HomewardReportsWait": ("homeward_accepted_not_folded", "0x2 5x7 0x14"),
    "HomewardPartitionsBehind": ('homeward_partitions_caught_up{topic="events"}', "8 7x8 8x12"),
}
"""What Prometheus sees, a scrape a minute, when one thing happens: the alarm is raised before six minutes are over."""
WELL: Final = {
    f'homeward_partitions_caught_up{{topic="{topic.name}"}}': f"{topic.partitions}x20"
    for topic in hub_topics()
    if topic.name in TOPICS
}
"""What Prometheus sees beside that while all is well, where nothing at all would be an alarm."""


def test_the_partitions_that_somebody_must_have_caught_up_with_are_those_of_the_table() -> None:
    asked = re.findall(r'topic="(\w+)"}\) < (\d+)', ALARMS["HomewardPartitionsBehind"]["expr"])
    assert {f'homeward_partitions_caught_up{{topic="{topic}"}}': f"{number}x20" for topic, number in asked} == WELL


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
@pytest.mark.parametrize("gone", WELL)
def test_partitions_that_nobody_says_anything_of_are_not_caught_up_with(gone: str, tmp_path: Path) -> None:
    (alarm, rule) = ("HomewardPartitionsBehind", ALARMS["HomewardPartitionsBehind"])
    wanted = {"exp_labels": _labels(gone, alarm), "exp_annotations": rule["annotations"]}
    beside = [{"series": series, "values": values} for series, values in WELL.items() if series != gone]
    check = {"eval_time": "6m", "alertname": alarm, "exp_alerts": [wanted]}
    assert_tried({"interval": "1m", "input_series": beside, "alert_rule_test": [check]}, tmp_path)


def test_every_alarm_is_tried() -> None:
    assert SERIES.keys() == ALARMS.keys()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (Debian: prometheus)")
@pytest.mark.parametrize("alarm", SERIES)
def test_one_happening_raises_its_alarm_alone_and_the_alarm_ends(alarm: str, tmp_path: Path) -> None:
    series, values = SERIES[alarm]
    wanted = {"exp_labels": _labels(series, alarm), "exp_annotations": ALARMS[alarm]["annotations"]}
    checks = [
        {"eval_time": when, "alertname": name, "exp_alerts": [wanted] if (name, when) == (alarm, "6m") else []}
        for when in ("4m", "6m", "20m")
        for name in ALARMS
    ]
    seen = [{"series": each, "values": said} for each, said in {**WELL, series: values}.items()]
    assert_tried({"interval": "1m", "input_series": seen, "alert_rule_test": checks}, tmp_path)


def assert_tried(tried: Mapping[str, Any], tmp_path: Path) -> None:
    """Prometheus's own tool finds that the rules do as is said."""
    file = tmp_path / "tried.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": [tried]}))
    done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    assert done.returncode == 0, done.stdout + done.stderr


def _labels(series: str, alarm: str) -> dict[str, str]:
    """The labels that the alarm goes out with: those of the series, and its severity."""
    return {**dict(MATCHER.findall(series)), **ALARMS[alarm]["labels"]}
