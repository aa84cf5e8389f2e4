"""A hub that is stopped and started again: its data is there, and what was said meanwhile arrives.

At its end the broker and the registry hang, are killed for it and come back; then the broker is killed and cannot.
"""

import json
import re
import socket
import subprocess
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from tests.kafka.commands import here, in_background, keeps_to_its_shape, run

AGENCIES = ("E08000005", "E23000005")
APPROVALS = ('--by "A. Okafor" --register-area E08000005', '--by "J. Hughes"')
BROKER, REGISTRY = "kafka.Kafka", "quarkus-run.jar"
MISSING = "homeward report missing --profile E08000005 --area E08000005 --family Example --json --child"


@pytest.mark.timeout(600)
def test_what_was_said_before_and_during_a_stop_is_there_after_it(tmp_path: Path) -> None:
    with in_background("homeward up", tmp_path):
        for agency in AGENCIES:
            assert run(f"homeward agency add {agency}", tmp_path).returncode == 0
            for approval in APPROVALS:
                assert run(f"homeward agency approve {agency} {approval}", tmp_path).returncode == 0
        before = run(f"{MISSING} RMBC-1", tmp_path)
        assert json.loads(before.stdout)["outcome"] == "accepted_with_gaps"
    for log in (tmp_path / "workers").glob("*/worker.log"):
        assert "Traceback" not in log.read_text(), "it ended by itself, though nobody had joined yet"

    meanwhile = run(f"{MISSING} RMBC-2", tmp_path)
    assert meanwhile.returncode == 3, meanwhile.stderr
    assert json.loads(meanwhile.stdout)["outcome"] is None
    assert "NOBODY HAS BEEN TOLD" in meanwhile.stderr
    assert "Traceback" not in meanwhile.stderr
    first_ever = run("homeward report found --profile E23000005 --child 24-0771 --json", tmp_path)
    assert first_ever.returncode == 3
    assert "is safe in the outbox" in first_ever.stderr
    waiting = run("homeward outbox show E08000005 --json", tmp_path)
    assert (waiting.returncode, json.loads(waiting.stdout)["waiting"]) == (3, 1)
    for command in (
        "homeward check",
        "homeward agency list",
        "homeward inbox list E08000005",
        "homeward due E08000005",
    ):
        away = run(command, tmp_path)
        assert (away.returncode, away.stdout) == (3, ""), command
        assert "homeward up" in away.stderr, command

    with in_background("homeward up", tmp_path, ends_with=1) as up:
        after = here("homeward outbox show E08000005 --json", tmp_path)
        assert (after.returncode, json.loads(after.stdout)["waiting"]) == (0, 0), after.stderr
        assert here("homeward outbox show E23000005", tmp_path).returncode == 0
        balance = json.loads(here("homeward check --json", tmp_path).stdout)
        assert (balance["accepted"], balance["lost"]) == (3, 0)
        register = json.loads(here("homeward register show --as E08000005 --json", tmp_path).stdout)
        opened = [line for line in register["episodes"] if line["is_opened"]]
        assert {line["child_ref"] for line in opened} == {"RMBC-1", "RMBC-2"}
        looks = json.loads(here("homeward doctor --json", tmp_path).stdout)
        assert looks["is_well"], looks
        (mailboxes,) = (look for look in looks["looks"] if look["what"] == "mailboxes")
        assert mailboxes["finding"] in ("good", "ring"), "nobody reads here; for the first minute that is no silence"
        reference = opened[0]["episode_id"]
        now = f"{datetime.now(ZoneInfo('Europe/London')):%Y-%m-%dT%H:%M:%S}"
        for command in (
            "agency list",
            f"asof {now}",
            f"asof {now} --child E08000005/RMBC-1",
            "check",
            "due E08000005",
            "episode show {reference} --as E08000005",
            "handover E08000005",
            "inbox list E08000005",
            "late E08000005",
            "outbox show E08000005",
            "register show --as E08000005",
            "register show {reference} --as E08000005",
            "report found --profile E08000005 --child RMBC-1 --seen-by police",
            "review list",
        ):
            keeps_to_its_shape(command.replace("{reference}", reference), tmp_path)
        a_broker_and_a_registry_that_hang_are_started_again(up, tmp_path)
        a_broker_that_cannot_come_back_ends_the_hub(up, tmp_path)


def a_broker_and_a_registry_that_hang_are_started_again(up: subprocess.Popen[str], home: Path) -> None:
    hanging = [part_of(up, REGISTRY), part_of(up, BROKER)]
    for part in hanging:
        part.suspend()
    said_by(home, "the broker runs again", "the schema registry runs again")
    said = (home / "up.log").read_text()
    for name in ("broker", "schema registry"):
        assert re.search(rf"the {name} has not answered for \d+ s and stands still; it is killed", said)
    assert "the broker ended with status -9; it is started again" in said
    assert "the broker runs again" in (home / "broker" / "broker.log").read_text()
    assert {part.pid for part in hanging}.isdisjoint({part_of(up, REGISTRY).pid, part_of(up, BROKER).pid})

    reported = here(f"{MISSING} RMBC-3", home)
    assert (reported.returncode, json.loads(reported.stdout)["outcome"]) == (0, "accepted_with_gaps"), reported.stderr
    balance = json.loads(here("homeward check --wait 60 --json", home).stdout)
    assert (balance["in_flight"], balance["lost"], balance["visible_duplicates"]) == (0, 0, 0)
    assert json.loads(here("homeward doctor --json", home).stdout)["is_well"]


def a_broker_that_cannot_come_back_ends_the_hub(up: subprocess.Popen[str], home: Path) -> None:
    port = json.loads((home / "ports.json").read_text())["broker"]
    broker = part_of(up, BROKER)
    broker.kill()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        broker.wait(10)
        other.bind(("127.0.0.1", port))  # before the next broker has come so far
        other.listen()
        up.wait(240)
    said = (home / "up.log").read_text()
    assert "the broker ended and did not come back in 5 tries, so the hub is stopped; its log is" in said
    assert "Traceback" not in said
    after = here("homeward doctor --json", home)
    assert "no hub runs" in after.stdout
    assert "homeward up" in after.stdout


def part_of(up: subprocess.Popen[str], word: str) -> psutil.Process:
    (part,) = (each for each in psutil.Process(up.pid).children(recursive=True) if word in each.cmdline())
    return part


def said_by(home: Path, *lines: str) -> None:
    deadline = time.monotonic() + 120
    while not all(line in (said := (home / "up.log").read_text()) for line in lines):
        assert time.monotonic() < deadline, said
        time.sleep(0.2)
