"""What `homeward doctor` says to do can be done, however the hub stands."""

import gc
import os
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.broker import HOST
from deploy.config import Settings
from deploy.doctor import Doctor, Finding
from deploy.home import Home
from deploy.occupied import Running
from deploy.ports import free_port
from schemas.codec import SchemaIds
from tests.unit.cli.test_command_line import run


def announced(home: Home) -> Running:
    """A hub whose broker, registry and workers have all died."""
    home.prepare()
    home.write_schema_ids(SchemaIds.local())
    dead = f"{HOST}:{free_port()}"
    metrics = {"intake": f"http://{dead}/metrics"}
    running = Running(pid=os.getpid(), bootstrap=dead, registry=f"https://{dead}", metrics=metrics)
    home.announce(running)
    return running


async def test_a_hub_that_runs_is_not_to_be_started(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.held():
        announced(home)
        looks = {look.what: look for look in await Doctor(home, Settings()).examine()}
    for what in ("clock", "schema registry", "directory", "lag"):
        assert looks[what].finding is Finding.BAD
        assert f"the hub runs (process {os.getpid()}) and starts again what ended" in looks[what].remedy
        assert str(home.broker / "broker.log") in looks[what].remedy


def test_a_hub_that_stopped_meanwhile_is_to_be_started_and_one_that_was_started_anew_looked_at_again(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    doctor = Doctor(home, Settings())
    with home.held():
        running = announced(home)
        assert "look again" in doctor._remedy(replace(running, bootstrap="127.0.0.1:1"))
    assert "start one: homeward up" in doctor._remedy(running)


def test_over_a_dead_broker_the_kafka_client_complains_of_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = Home(tmp_path)
    with home.held():
        announced(home)
        for command in ("doctor", "check"):
            result = run(command, home=tmp_path)
            assert result.exit_code != 0
            assert "Traceback" not in result.stderr
    gc.collect()
    assert "Unclosed" not in caplog.text
