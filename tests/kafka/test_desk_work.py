"""What a reviewer does about doubt, and an agency about its own extract: commands on a running hub."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hub.routing.rules import packaged_text
from tests.kafka.commands import here, in_background, keeps_to_its_shape

Seen = TypeVar("Seen")

ROCHDALE, POLICE, MANCHESTER = "E08000005", "E23000005", "E08000003"
GRANT = f"--register-area {ROCHDALE}"
SECONDS = 20
OF_A_FORCE = re.compile(r'id = "missing\.(?:owning_force|force_\w+)"')
"""The rows of the table by which a force is told of somebody missing."""
ABSENCES = 3
"""Of Zofia, and the two of the extract that were published."""
ZOFIA = "--given Zofia --family Shampla --area E08000005"
EXTRACT = """person_id,episode_id,first_name,last_name,date_of_birth,gender,type,missing_from,missing_to
RMBC-7,E-7,Bea,Template,17/09/2012,F,M,01/10/2025 17:00,01/10/2025 21:00
RMBC-8,E-8,Cyd,Sample,,M,A,03/10/2025 17:00,
RMBC-9,E-9,Dot,Sample,,F,M,soon,
"""
RETURN = """CHILD,DOB,MISSING,MIS_START,MIS_END
RMBC-10,01/02/2012,M,14/03/2025,14/03/2025
RMBC-10,01/02/2012,A,14/03/2025,16/03/2025
"""
"""Days without times: one absence of a single day, and another that begins on it."""


def told(command: str, home: Path) -> dict[str, Any]:
    """What a command that succeeds prints with `--json`."""
    done = here(f"homeward {command} --json", home)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def refused(command: str, home: Path, *words: str) -> None:
    done = here(f"homeward {command}", home)
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (1, "", False), f"{command}\n{done.stderr}"
    assert all(word in done.stderr for word in words), done.stderr


def join(agency: str, home: Path, *, role: str = "", grant: str = "") -> None:
    for command in (
        f"agency add {agency} {role}",
        f'agency approve {agency} --by "A. Okafor" {grant}',
        f'agency approve {agency} --by "J. Hughes"',
    ):
        done = here(f"homeward {command}", home)
        assert done.returncode == 0, done.stderr


def the_pair(home: Path) -> str:
    """The name of the one pair that waits, once the hub has raised it."""
    (pair,) = until(lambda: told("review list", home)["waiting"], lambda waiting: len(waiting) == 1)
    return str(pair["pair"])[:8]


def zofias(home: Path, number: int) -> list[str]:
    """The absences of this name, once so many stand."""

    def stand() -> list[str]:
        found = told(f"register show --as {MANCHESTER}", home)["episodes"]
        return [line["episode_id"] for line in found if line.get("person.given_names") == "Zofia"]

    return until(stand, lambda found: len(found) == number)


def until(look: Callable[[], Seen], holds: Callable[[Seen], bool]) -> Seen:
    """What is seen once it holds; a command has to be asked again."""
    deadline = time.monotonic() + SECONDS
    while not holds(seen := look()):
        assert time.monotonic() < deadline, seen
    return seen


@pytest.mark.timeout(600)
def test_doubt_is_decided_and_taken_back_and_an_extract_is_compared_and_published(tmp_path: Path) -> None:
    (tmp_path / "extract.csv").write_text(EXTRACT)
    with in_background("homeward up", tmp_path):
        join(ROCHDALE, tmp_path, grant=GRANT)
        join(POLICE, tmp_path)
        join(MANCHESTER, tmp_path, grant=GRANT)
        join(MANCHESTER, tmp_path, role="--role reviewer")
        told(f"report missing --profile {ROCHDALE} --child RMBC-1 {ZOFIA} --born 2011-03-02", tmp_path)
        told(f"report missing --profile {POLICE} --child 24-1 {ZOFIA}", tmp_path)
        decided_and_taken_back(the_pair(tmp_path), tmp_path)
        compared_and_published(tmp_path / "extract.csv", tmp_path)
        shown_and_tried_with_other_rules(tmp_path)
        nothing_came_of_it("RMBC-1", tmp_path)


def decided_and_taken_back(pair: str, home: Path) -> None:
    by = f"--as {MANCHESTER}"
    shown = told(f"review show {pair} {by}", home)
    assert {"person.given_names", "person.date_of_birth"} <= {field["field"] for field in shown["fields"]}
    assert shown["comparisons"]
    refused(f"review decide {pair} same --why x --as {POLICE}", home, "may not say 'same'", "Nothing was sent")
    done = told(f'review decide {pair} same --why "both duty managers on the telephone" {by}', home)
    assert (done["decision"], done["waiting"]) == ("same", 0)
    refused(f'review decide {pair}x different --why "too late" {by}', home, "may have been decided already")
    (one,) = zofias(home, 1)

    pairs = told(f"review pairs {one} {by}", home)
    assert [(record["agency"], record["reference"]) for record in pairs["records"]] == [
        (ROCHDALE, "RMBC-1"),
        (POLICE, "24-1"),
    ]
    assert pairs["records"][1]["pair"].startswith(pair), "by the same name as on the queue"
    keeps_to_its_shape(f"review pairs {one} {by}", home)
    told(f'review decide {pair} split --why "two girls of one name" {by}', home)
    parted = zofias(home, 2)
    refused(f'review decide {parted[0]}+{parted[0]} same --why "x" {by}', home, "are of one child already")
    told(f'review decide {parted[0]}+{parted[1]} same --why "one certificate after all" {by}', home)
    assert zofias(home, 1) == [one]

    both = f"{done['claim_a']}+{done['claim_b']}"
    told(f'review decide {both} split --why "no grant opens either" --as {POLICE}', home)
    zofias(home, 2)
    told(f'review decide {both} same --why "once more" {by}', home)
    assert zofias(home, 1) == [one]


def shown_and_tried_with_other_rules(home: Path) -> None:
    """One absence as a timeline; and who would have been told otherwise, by the log of the hub that runs."""
    (one,) = zofias(home, 1)
    shown = told(f"episode show {one} --as {MANCHESTER}", home)
    assert shown["episode_id"] == one
    assert "Zofia" in json.dumps(shown)
    by_reference = told(f"episode show {shown['reference']} --as {MANCHESTER}", home)
    assert by_reference["episode_id"] == one
    keeps_to_its_shape(f"episode show {one} --as {MANCHESTER}", home)
    assert "Zofia" in here(f"homeward episode show {one} --as {MANCHESTER}", home).stdout
    refused(f"episode show {'0' * 8} --as {MANCHESTER}", home, "0000")

    routing = packaged_text("routing.toml")
    other = home / "other"
    other.mkdir()
    kept = [row for row in routing.split("[[row]]") if not OF_A_FORCE.search(row)]
    (other / "routing.toml").write_text("[[row]]".join(kept))
    nothing = told("rules diff packaged packaged --log", home)
    assert nothing["changes"] == []
    assert nothing["absences"] >= ABSENCES
    found = told(f"rules diff packaged {other} --log", home)
    assert found["absences"] == nothing["absences"]
    changed = {(change["what"], change["who"]) for change in found["changes"]}
    assert ("no_longer_told", POLICE) in changed, changed
    assert told(f"rules diff {other} packaged --log --days 1", home)["changes"]


def nothing_came_of_it(child: str, home: Path) -> None:
    """A report is cancelled under an id that the hub itself made: what is owed and the absence say so to its sender."""
    (one,) = zofias(home, 1)
    cancel = f"report cancel --profile {ROCHDALE} --child {child} --message {one} --reason entered_in_error"
    done = here(f"homeward {cancel}", home)
    assert done.returncode == 0, done.stderr
    assert "looks like an id that the hub makes" in done.stderr
    (reference,) = re.findall(r"under the reference ([0-9A-F]{4}-[0-9A-F]{4})", done.stderr)
    owed = until(
        lambda: [line["reference"] for line in told(f"due {ROCHDALE}", home)["owed"]], lambda due: reference in due
    )
    assert owed.count(reference) == 1
    shown = told(f"episode show {one} --as {ROCHDALE}", home)
    assert [own["reference"] for own in shown["own_messages"]] == [reference]
    assert told(f"episode show {one} --as {MANCHESTER}", home)["own_messages"] == []
    refused(f"episode show {reference} --as {ROCHDALE}", home, "is no absence: the hub answers a message of your own")


def compared_and_published(extract: Path, home: Path) -> None:
    by = f"{extract} --mapping council --as {ROCHDALE}"
    out = home / "compared"
    found = told(f"reconcile {by} --out {out}", home)
    assert (found["only_theirs"], found["bad_rows"], found["only_ours"]) == (2, 1, 0)
    assert "line 4, missing_from" in out.with_suffix(".html").read_text()
    assert "bad_row,4" in out.with_suffix(".csv").read_text("utf-8-sig")
    assert told(f"import {by} --only-theirs", home)["sent"] == 0
    published = told(f"import {by} --only-theirs --send", home)
    assert (published["chosen"], published["reports"], published["sent"], published["bad_rows"]) == (2, 3, 3, 1)
    again = told(f"import {by} --lines 2-3 --send", home)
    assert (again["chosen"], again["published_before"], again["sent"]) == (2, 2, 0)
    refused(f"import {by} --lines 3-2", home, "'3-2' chooses no row")
    after = until(lambda: told(f"reconcile {by} --out {out}", home), lambda found: found["same"] == 2)
    assert (after["only_theirs"], after["differs"]) == (0, 0)
    days_become_absences_that_are_over(home)
    score = told(f"register agreement --as {ROCHDALE}", home)["pairs"]
    assert [pair["agencies"] for pair in score] == [[ROCHDALE, POLICE]]


def days_become_absences_that_are_over(home: Path) -> None:
    file = home / "return.csv"
    file.write_text(RETURN)
    by = f"{file} --mapping dfe-903-missing --as {ROCHDALE}"
    published = told(f"import {by} --only-theirs --send", home)
    assert (published["chosen"], published["reports"], published["sent"]) == (2, 4, 4)
    after = until(lambda: told(f"reconcile {by} --out {home / 'days'}", home), lambda found: found["same"] == 2)
    assert (after["only_theirs"], after["only_ours"], after["differs"]) == (0, 0, 0)
