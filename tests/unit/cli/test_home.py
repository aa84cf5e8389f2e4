"""One installation's folder: made once, the same over every start."""

import contextlib
import socket
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deploy.config import Settings
from deploy.home import SECRETS, WORKERS, Home, worker_settings
from deploy.occupied import HomeInUse, NotRunning, Running
from deploy.ports import PortTaken
from streams.settings import WorkerSettings, WorkerSettingsRefused


def every_file(home: Home) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in home.folder.rglob("*") if file.is_file()}


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    before = every_file(home)
    home.prepare()
    assert every_file(home) == before


def test_secrets_are_32_bytes_that_only_the_owner_reads(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    for name in SECRETS:
        file = home.secrets / name
        assert len(file.read_bytes()) == 32
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_sealing_key_of_a_day_is_made_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    (first,) = home.sealing_keys(date(2026, 11, 24))
    assert home.sealing_keys(date(2026, 11, 24)) == (first,)
    assert home.sealing_keys(date(2026, 11, 25))[1] == first


def test_ports_are_kept_over_a_restart(tmp_path: Path) -> None:
    ports = Home(tmp_path).ports(Settings())
    assert Home(tmp_path).ports(Settings()) == ports
    assert len(set(ports.values())) == len(ports)


def test_a_port_that_was_set_is_taken_as_it_is(tmp_path: Path) -> None:
    assert Home(tmp_path).ports(Settings(broker_port=19093))["broker"] == 19093


@contextlib.contextmanager
def another_program() -> Iterator[int]:
    """A port that is taken, after one that is free: none that a system gives to connections by itself."""
    for port in range(20001, 30001, 2):
        with socket.socket() as before, socket.socket() as other:
            try:
                before.bind(("127.0.0.1", port - 1))
                other.bind(("127.0.0.1", port))
            except OSError:
                continue
            before.close()
            other.listen()
            yield port
            return
    pytest.fail("no two ports that follow each other are free")


@pytest.mark.parametrize(
    "setting, part, named",
    [
        ("broker_port", 0, "broker_port"),
        ("registry_port", 0, "registry_port"),
        ("metrics_port", 1, "metrics_port, for"),
    ],
)
def test_a_port_that_was_set_and_is_taken_is_named(tmp_path: Path, setting: str, part: int, named: str) -> None:
    with another_program() as port:
        given: dict[str, Any] = {setting: port - part}
        settings = Settings(**given)
        with pytest.raises(
            PortTaken, match=rf"^port {port} \({named}.*\) is taken by another program; set another one"
        ):
            Home(tmp_path).ports(settings)
    assert port in Home(tmp_path).ports(settings).values()


def test_a_port_that_was_set_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PortTaken, match="port 19093 is set twice: broker_port and metrics_port, for identity"):
        Home(tmp_path).ports(Settings(broker_port=19093, metrics_port=19092))


def test_a_hub_that_is_only_being_started_is_not_to_be_started(tmp_path: Path) -> None:
    """A remedy that would be refused is none."""
    with Home(tmp_path).held(), pytest.raises(NotRunning, match="is being started") as refused:
        Home(tmp_path).running()
    assert "homeward up" not in str(refused.value)
    with pytest.raises(NotRunning, match="start one: homeward up"):
        Home(tmp_path).running()


def test_to_look_whether_a_hub_runs_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotRunning):
        Home(tmp_path / "none").running()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", WORKERS)
def test_a_workers_settings_are_what_it_reads(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path)
    home.prepare()
    file = worker_settings(home, name, bootstrap="127.0.0.1:9", metrics_port=1, settings=Settings())
    read = WorkerSettings.read(file)
    assert read.instance == read.signing_key_id == f"{name}-0"
    assert str(home.folder / "trust" / "trust.key") not in file.read_text()


@pytest.mark.parametrize(
    "line, named",
    [("watchdog = 15.0", "watchdog"), ('metrics_port = "1"', "metrics_port is str"), ("# no port", "metrics_port")],
)
def test_a_settings_file_that_is_not_right_starts_no_worker(tmp_path: Path, line: str, named: str) -> None:
    home = Home(tmp_path)
    home.prepare()
    file = worker_settings(home, "intake", bootstrap="127.0.0.1:9", metrics_port=1, settings=Settings())
    lines = [
        each
        for each in file.read_text().splitlines()
        if not each.startswith("metrics_port") or line == "watchdog = 15.0"
    ]
    file.write_text("\n".join([*lines, line]))
    with pytest.raises(WorkerSettingsRefused, match=named):
        WorkerSettings.read(file)


def test_two_hubs_cannot_have_one_folder(tmp_path: Path) -> None:
    with Home(tmp_path).held(), pytest.raises(HomeInUse, match="already"), Home(tmp_path).held():
        pass


def test_a_running_hub_is_found_and_a_stopped_one_is_not(tmp_path: Path) -> None:
    home = Home(tmp_path)
    running = Running(pid=1, bootstrap="127.0.0.1:9", registry="https://127.0.0.1:8", metrics={"intake": "x"})
    with home.held():
        home.announce(running)
        assert home.running() == running
    with pytest.raises(NotRunning, match="homeward up"):
        home.running()


def test_an_announcement_that_a_kill_left_behind_is_not_believed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.announce(Running(pid=1, bootstrap="127.0.0.1:9", registry="https://127.0.0.1:8", metrics={}))
    with pytest.raises(NotRunning):
        home.running()
