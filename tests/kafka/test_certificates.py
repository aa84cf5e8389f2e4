"""A certificate that has ended: the hub is not blamed for it, nothing is lost, and two approvals put it right."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy import pki
from deploy.agency_profile import PROFILE
from deploy.cli import shapes
from deploy.home import Home
from deploy.joining import REQUEST, JoiningRequest
from tests.kafka.commands import here, in_background, keeps_to_its_shape

ROCHDALE = "E08000005"
REPORT = f"homeward report missing --profile {ROCHDALE} --area {ROCHDALE} --telephone 01632960004 --json --child"


def approved(by: str, home: Path, more: str = "") -> dict[str, object]:
    done = here(f'homeward agency approve {ROCHDALE} --by "{by}" {more} --json', home)
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


def certified(home: Path, at: datetime) -> None:
    """Give the agency the certificate that it would have been given at this time."""
    folder = Home(home).agencies / ROCHDALE
    request = JoiningRequest.from_text((folder / REQUEST).read_text())
    issued = pki.certificate_for(Home(home).pki, request.certificate_request.encode(), principal=ROCHDALE, now=at)
    (folder / f"{ROCHDALE}.crt").write_bytes(issued)


@pytest.mark.timeout(600)
def test_an_ended_certificate_is_named_and_renewed_by_two_approvals(tmp_path: Path) -> None:
    with in_background("homeward up", tmp_path):
        assert here(f"homeward agency add {ROCHDALE}", tmp_path).returncode == 0
        first = approved("A. Okafor", tmp_path, f"--register-area {ROCHDALE}")
        assert (first["is_member"], first["register_of"]) == (False, [ROCHDALE])
        second = approved("J. Hughes", tmp_path)
        assert (second["is_member"], second["register_of"]) == (True, [ROCHDALE])
        idle = here(f"homeward outbox show {ROCHDALE} --json", tmp_path)
        assert json.loads(idle.stdout) == {"waiting": 0, "is_connected": True, "refused": []}

        certified(tmp_path, datetime.now(UTC) - pki.CERTIFICATE_LIFE + timedelta(days=3))
        soon = here(f"homeward outbox show {ROCHDALE}", tmp_path)
        assert soon.returncode == 0
        assert soon.stderr.count("your certificate ends on") == 1

        certified(tmp_path, datetime.now(UTC) - timedelta(days=91))
        kept = here(f"{REPORT} RMBC-1 --at unknown", tmp_path)
        assert json.loads(kept.stdout)["outcome"] is None
        for command, done in (
            ("report", kept),
            *((each, here(f"homeward {each}", tmp_path)) for each in (
                f"inbox list {ROCHDALE}",
                f"register show --as {ROCHDALE}",
                f"outbox show {ROCHDALE}",
            )),
        ):  # fmt: skip
            assert done.returncode == 3, command
            assert "your certificate ended on" in done.stderr, command
            assert f"homeward agency approve {ROCHDALE} --by NAME" in " ".join(done.stderr.split()), command
            assert "cannot be reached" not in done.stderr, command
            assert "homeward up" not in done.stderr, command
        assert "NOBODY HAS BEEN TOLD" in kept.stderr

        again = approved("J. Hughes", tmp_path)
        assert (again["is_member"], again["register_of"]) == (True, [ROCHDALE])
        last = approved("A. Okafor", tmp_path)
        assert (last["is_member"], last["register_of"]) == (True, [ROCHDALE])
        sent = here(f"homeward outbox show {ROCHDALE} --json", tmp_path)
        assert json.loads(sent.stdout) == {"waiting": 0, "is_connected": True, "refused": []}
        keeps_to_its_shape(f"register show --as {ROCHDALE}", tmp_path)
        what_cannot_be_written_is_left_out(tmp_path)
        stolen_keys_are_out_at_once_and_new_ones_come_in(tmp_path)


def what_cannot_be_written_is_left_out(home: Path) -> None:
    """A report with values that cannot be goes out all the same; and one said twice says nothing else."""
    done = here(f"{REPORT} RMBC-2 --at unknown --born 2200-01-01 --given {'Eve' * 90} --family Example", home)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["outcome"] == "accepted"
    assert [each["field"] for each in said["left_out"]] == ["person.given_names", "person.date_of_birth"]
    assert "person.date_of_birth" in done.stderr
    assert "2200" not in done.stderr
    assert "EveEve" not in done.stderr
    for _ in range(2):
        more = f"{REPORT} RMBC-3 --given Ann --at 21:30"
        assert json.loads(here(more, home).stdout)["outcome"] == "accepted"
    shown = json.loads(here(f"homeward register show --as {ROCHDALE} --json", home).stdout)
    assert [line["disagreements"] for line in shown["episodes"] if line.get("child_ref") == "RMBC-3"] == [[]]


def stolen_keys_are_out_at_once_and_new_ones_come_in(home: Path) -> None:
    """One person shuts an agency out; it can neither send nor read, whoever approves those keys; with others it can."""
    both = here(f"homeward agency revoke {ROCHDALE} --by X --why Y", home)
    assert (both.returncode, "--every-key" in both.stderr) == (2, True)
    done = here(f'homeward agency revoke {ROCHDALE} --every-key --by "A. Okafor" --why "laptop stolen" --json', home)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert shapes.faults("homeward agency revoke", said) == []
    assert (said["is_member"], len(said["signing_keys"]), len(said["sealing_keys"])) == (False, 2, 1)
    assert here(f"homeward agency revoke {ROCHDALE} --every-key --by X --why Y", home).returncode == 1

    kept = here(f"{REPORT} RMBC-4 --at 21:30", home)
    assert kept.returncode != 0
    assert not (json.loads(kept.stdout)["outcome"] or "").startswith("accepted")
    assert "Traceback" not in kept.stderr
    read = here(f"homeward inbox list {ROCHDALE}", home)
    assert read.returncode != 0
    assert "Traceback" not in read.stderr
    refused = here(f'homeward agency approve {ROCHDALE} --by "J. Hughes"', home)
    assert refused.returncode == 1
    assert "never count again" in refused.stderr

    new = home / "new keys"
    assert here(f'homeward agency add {ROCHDALE} --folder "{new}"', home).returncode == 0
    for by in ("A. Okafor", "J. Hughes"):
        let_in = here(f'homeward agency approve "{new / REQUEST}" --by "{by}" --json', home)
        assert let_in.returncode == 0, let_in.stderr
    assert json.loads(let_in.stdout)["is_member"]
    sent = here(REPORT.replace(f"--profile {ROCHDALE}", f'--profile "{new / PROFILE}"') + " RMBC-5 --at 21:30", home)
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout)["outcome"].startswith("accepted")
