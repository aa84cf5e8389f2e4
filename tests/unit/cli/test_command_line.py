"""Every command keeps the manners of the command line: help, examples, statuses, streams."""

import errno
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from deploy.agencies import NobodyApproves
from deploy.cli import due_commands, main, reference, shapes
from deploy.cli.app import application
from deploy.cli.console import InertConsole
from deploy.cli.declaring import folded
from deploy.cli.invocation import Invocation, NobodyNamed, ending, explained
from deploy.cli.sending import NotKept, opened_publisher, send
from deploy.occupied import StoppedWhileStarting
from producers import OutboxInUse
from schemas.records import ChildFound

RUNNER = CliRunner()
COMMANDS = dict(reference.commands())


def run(*arguments: str, home: Path | None = None) -> Result:
    return RUNNER.invoke(application(), [*arguments, *(["--home", str(home)] if home else [])])


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_it_is_for_and_ends_with_two_examples(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.help[0].isupper()
    examples = command.epilog.split("\n\n")
    assert examples[0] == "Examples:"
    assert len(examples) == 3
    assert all(len(line) <= 78 for example in examples for line in example.splitlines())
    assert all(example.startswith((name, "HOMEWARD_")) for example in examples[1:])


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_use_options_that_the_command_has(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    for example in COMMANDS[name].epilog.split("\n\n")[1:]:
        used = {word for word in example.split() if word.startswith("--")}
        assert used <= options


@pytest.mark.parametrize("name", COMMANDS)
def test_no_word_of_the_help_is_taken_for_markup(name: str) -> None:
    said = [COMMANDS[name].help, *(parameter.help for parameter in COMMANDS[name].params if parameter.help)]
    assert [text for text in said if "[" in text] == []


def test_a_flag_does_not_ask_for_a_value() -> None:
    assert re.search(r"--json +Print the result", run("check", "--help").output)
    for helped in (run("--help"), run("agency", "--help"), run("check", "--help")):
        assert "<bool>" not in helped.output


def test_a_long_example_is_folded_as_the_shell_allows() -> None:
    assert folded(
        """homeward agency add moss --name "Moss Bank children's home" --kind placement --area E08000005"""
    ) == ("""homeward agency add moss --name "Moss Bank children's home" \\\n    --kind placement --area E08000005""")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_standard_options(name: str) -> None:
    options = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    assert {"--json", "--quiet", "--debug", "--home", "--profile"} <= options


def test_the_command_line_page_is_fresh() -> None:
    assert reference.PAGE.read_text() == reference.reference_page(), "run: python -m deploy.cli.reference"


def test_an_unknown_option_is_wrong_usage() -> None:
    assert run("config", "show", "--jsn").exit_code == 2


@pytest.mark.parametrize(
    "words,hint",
    [
        (["outbx"], "Did you mean outbox?"),
        (["foo"], "There are: demo, up, check, doctor"),
        (["report", "mising"], "Did you mean missing?"),
        (["outbox", "zzz"], "There are: "),
    ],
)
def test_a_command_that_is_none_is_answered_with_those_that_are(words: list[str], hint: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert hint in " ".join(result.stderr.replace("│", " ").split())


def test_a_word_that_is_none_of_an_options_is_named_without_jargon() -> None:
    result = run("report", "risk", "--child", "A", "--grade", "extreme")
    assert result.exit_code == 2
    assert "'extreme' is not one of" in result.stderr
    assert "Value error" not in result.stderr


@pytest.mark.parametrize("group", sorted({name.split()[1] for name in COMMANDS if len(name.split()) > 2}))
def test_the_help_of_a_noun_ends_with_examples(group: str) -> None:
    helped = run(group, "--help").stdout
    assert "Examples:" in helped
    assert helped.count(f"homeward {group} ") >= 2


def test_a_setting_that_is_none_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEWARD_HOEM", "1")
    assert run("config", "show").exit_code == 2
    monkeypatch.delenv("HOMEWARD_HOEM")
    (tmp_path / "homeward.toml").write_text('hoem = "1"')
    monkeypatch.setenv("HOMEWARD_CONFIG", str(tmp_path / "homeward.toml"))
    result = run("config", "show")
    assert result.exit_code == 2
    assert "the nearest one is home" in result.stderr


def test_a_home_that_is_no_folder_asks_for_one(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for command in (["up"], ["demo", "--for", "1s"]):
        result = run(*command, home=file)
        assert result.exit_code == 1
        assert "give a folder that can be written: --home" in result.stderr


@pytest.mark.parametrize(
    "error,status,said",
    [
        (PermissionError(13, "Permission denied", "/etc/reports.csv"), 1, "look at its permissions"),
        (FileNotFoundError(2, "No such file or directory", "reports.csv"), 1, "look at the path"),
        (OSError(28, "No space left on device"), 1, "make room"),
        (OSError(5, "Input/output error"), 1, "set right what the operating system says"),
        (PermissionError(13, "Permission denied", "/srv/hub/pki"), 1, "give a folder that can be written: --home"),
        (ValueError("a value"), 1, "it is a fault of the program"),
        (StoppedWhileStarting(), 130, "nothing was left running"),
    ],
)
def test_every_error_says_what_to_do(error: Exception, status: int, said: str) -> None:
    found = explained(error, [Path("/srv/hub")])
    assert found[0] == status
    assert said in found[1]


def test_a_hub_that_does_not_run_is_not_reachable_and_the_message_says_what_to_do(tmp_path: Path) -> None:
    result = run("agency", "list", home=tmp_path)
    assert result.exit_code == 3
    assert "homeward up" in result.stderr
    assert not result.stdout
    assert "Traceback" not in result.stderr


def test_a_refusal_names_what_was_expected(tmp_path: Path) -> None:
    result = run("agency", "add", "moss", home=tmp_path)
    assert result.exit_code == 2
    assert "--kind" in result.stderr


def test_debug_shows_where_an_error_happened(tmp_path: Path) -> None:
    assert isinstance(run("agency", "add", "moss", "--debug", home=tmp_path).exception, Exception)


@pytest.mark.parametrize(
    "error,said",
    [
        (KeyError("a key"), "KeyError: 'a key'"),
        (sqlite3.DatabaseError("file is not a database"), "DatabaseError: file is not a database"),
        (ExceptionGroup("tasks", [ExceptionGroup("more", [NobodyNamed("nobody was named")])]), "nobody was named"),
    ],
)
def test_no_error_whatever_it_is_shows_a_traceback_or_is_taken_for_done(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, ending(Invocation()):
        raise error
    assert ended.value.exit_code in {1, 2}
    assert said in capsys.readouterr().err
    with pytest.raises(type(error)), ending(Invocation(is_debug=True)):
        raise error


def test_a_reader_who_has_enough_ends_a_command_like_any_other_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as file:
        console = InertConsole(file=file)
        with pytest.raises(BrokenPipeError) as ended:
            console.print("a line")
        assert ended.value.errno == errno.EPIPE
        console.print("another, which goes nowhere")


def test_ctrl_c_while_the_program_is_read_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deploy.cli.app.main", broken_off)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    read = "import sys, deploy.cli; sys.exit('typer' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", read], check=False).returncode == 0  # noqa: S603 - our own


def test_preferences_of_delivery_are_shown_in_words(tmp_path: Path) -> None:
    shown = run("agency", "add", "E08000005", "--telephone", "01632 960004", home=tmp_path).stdout
    assert "telephone 01632 960004" in shown
    assert "{" not in shown


def test_where_the_outbox_takes_nothing_it_is_said_that_nobody_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_use(_: object) -> None:
        raise OutboxInUse(Path("reports.sqlite"), "process 7 has it open", "stop that program")

    monkeypatch.setattr(Invocation, "profile", in_use)
    with pytest.raises(NotKept, match=r"process 7 has it open.*\n.*NOBODY HAS BEEN TOLD.*ring"):
        send(Invocation(), ChildFound(child_ref="A"))


async def test_another_command_that_has_the_outbox_for_a_moment_is_waited_for_and_a_program_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0

    @asynccontextmanager
    async def free_at_the_third(profile: Path) -> AsyncIterator[str]:
        nonlocal asked
        asked += 1
        if asked % 3:
            raise OutboxInUse(profile, "process 7 has it open", "stop that program")
        yield "a publisher"

    monkeypatch.setattr("deploy.cli.sending.Publisher.open", free_at_the_third)
    async with opened_publisher(tmp_path):
        assert asked == 3
    with pytest.raises(OutboxInUse):
        async with opened_publisher(tmp_path, patience=0):
            pass


def test_json_is_one_object_on_standard_output_and_talk_is_apart(tmp_path: Path) -> None:
    result = run("agency", "add", "E08000005", "--json", home=tmp_path)
    assert json.loads(result.stdout)["name"] == "Rochdale"
    assert "private keys stay" in result.stderr


def test_quiet_says_nothing_beside_the_data(tmp_path: Path) -> None:
    result = run("agency", "add", "E08000005", "--quiet", home=tmp_path)
    assert "Rochdale" in result.stdout
    assert not result.stderr


def test_acting_for_nobody_asks_for_whom(tmp_path: Path) -> None:
    result = run("report", "found", "--child", "A", home=tmp_path)
    assert result.exit_code == 2
    assert "--profile" in result.stderr


@pytest.mark.parametrize(
    "option,value",
    [("--at", "25:00"), ("--born", "2/3/2011"), ("--area", "E0800005"), ("--telephone", "abc"), ("--telephone", "")],
)
def test_a_time_date_area_or_number_that_is_none_is_wrong_usage_and_nothing_was_sent(
    tmp_path: Path, option: str, value: str
) -> None:
    result = run("report", "missing", "--profile", "E08000005", "--child", "A", option, value, home=tmp_path)
    assert result.exit_code == 2
    assert "Nothing was sent" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        "report cancel --child A --message nope --reason entered_in_error",
        "report correct --child A --message nope --field person.family_name --new Sample",
        "inbox list E0800005",
        "agency add E08000055 --name Moss --kind authority --area E08000005",
        "agency add E08000005 --role bogus",
        "agency add moss.bank --name Moss --kind placement --area E08000005",
        'agency revoke E08000005 --every-key --by "" --why stolen',
    ],
)
def test_what_was_typed_and_is_none_is_wrong_usage(tmp_path: Path, words: str) -> None:
    assert run(*shlex.split(words), home=tmp_path).exit_code == 2
    assert explained(NobodyApproves("say who approves"))[0] == 2


def test_whoever_is_told_that_a_mailbox_is_unread_is_told_a_command_that_reads_it() -> None:
    said = due_commands._unread("E08000005", timedelta(hours=1))
    assert "homeward inbox watch E08000005 --role " in said


@pytest.mark.parametrize(
    "field, new, hint",
    [("person.dob", "2011-02-03", "person.date_of_birth"), ("person.date_of_birth", "3/2/2011", "such as 2011-02-03")],
)
def test_a_correction_that_would_change_nothing_is_not_sent(tmp_path: Path, field: str, new: str, hint: str) -> None:
    words = ["--profile", "nobody", "--child", "C-1", "--message", "m-1", "--field", field, "--new", new]
    refused = run("report", "correct", *words, home=tmp_path)
    assert refused.exit_code == 2
    assert hint in " ".join(re.findall(r"[\w./-]+", refused.output))


@pytest.mark.parametrize("verb", ["cancel --reason duplicate", "correct --field person.family_name --new Sample"])
@pytest.mark.parametrize(
    "named, is_doubted",
    [("5f1c2c1e-0000-5000-8000-000000000001", True), ("0192f7c1-7000-7a3b-8c4d-5e6f70819202", False)],
)
def test_an_id_that_the_hub_made_is_doubted_where_a_message_of_ones_own_is_meant(
    tmp_path: Path, verb: str, named: str, *, is_doubted: bool
) -> None:
    result = run("report", *shlex.split(verb), "--child", "C-1", "--message", named, home=tmp_path)
    assert ("looks like an id that the hub makes" in " ".join(result.stderr.split())) is is_doubted


@pytest.mark.parametrize("verb", ["show", "watch"])
def test_the_register_of_what_is_no_area_is_not_an_empty_one(tmp_path: Path, verb: str) -> None:
    found = run("register", verb, "--as", "E08000005", "--area", "Rochdale", home=tmp_path)
    assert found.exit_code == 2
    assert "did you mean E08000005" in found.output


def test_an_agency_that_is_not_let_in_yet_is_told_so(tmp_path: Path) -> None:
    run("agency", "add", "E08000005", home=tmp_path)
    result = run("inbox", "list", "E08000005", home=tmp_path)
    assert result.exit_code == 2
    assert "homeward agency approve E08000005" in result.stderr


def test_a_mistyped_agency_is_answered_with_the_nearest_one_here(tmp_path: Path) -> None:
    (tmp_path / "agencies" / "E08000005").mkdir(parents=True)
    (tmp_path / "agencies" / "E08000005" / "profile.toml").touch()
    assert "did you mean E08000005?" in run("inbox", "list", "E0800005", home=tmp_path).stderr


def test_effective_settings_are_shown_with_their_source(tmp_path: Path) -> None:
    rows = json.loads(run("config", "show", "--json", home=tmp_path).stdout)["settings"]
    assert {"name": "home", "value": str(tmp_path), "source": "option", "environment": "HOMEWARD_HOME"} in rows


def test_the_doctor_looks_even_where_nothing_was_ever_started(tmp_path: Path) -> None:
    looks = json.loads(run("doctor", "--json", home=tmp_path).stdout)["looks"]
    assert looks[-1]["what"] == "hub"
    assert looks[-1]["finding"] == "not looked at"


def test_the_doctor_calls_nothing_good_that_is_not_there(tmp_path: Path) -> None:
    found = {row["what"]: row["finding"] for row in json.loads(run("doctor", "--json", home=tmp_path).stdout)["looks"]}
    assert found["key files"] == found["certificates"] == "not looked at"


def test_the_doctor_does_not_call_well_what_it_has_not_looked_at(tmp_path: Path) -> None:
    result = run("doctor", "--json", home=tmp_path)
    said = json.loads(result.stdout)
    assert said["is_well"] is None
    assert {"hub", "key files", "certificates"} <= set(said["not_looked_at"])
    assert "not looked at: " in result.stderr


def test_no_colour_is_sent_into_a_pipe() -> None:
    assert "\x1b" not in run("config", "show").output


def test_every_noun_is_listed() -> None:
    group: Any = typer.main.get_command(application())
    wanted = "agency asof check config demo doctor due episode handover inbox late register report rules scenario up"
    assert set(wanted.split()) <= set(group.commands)


def test_the_shape_of_every_result_is_documented() -> None:
    assert shapes.SHAPES.keys() == COMMANDS.keys()
    assert COMMANDS.keys() >= shapes.STREAMS


def test_a_result_of_another_shape_is_seen() -> None:
    kept = {"rules": "packaged", "outcome": "good", "version": "1"}
    assert shapes.faults("homeward rules check", kept) == []
    assert shapes.faults("homeward rules check", {**kept, "more": 1}) == ["more is not documented"]
    undocumented = {"days": 90, "pairs": [{"score": 0.5, "sore": 1}]}
    assert shapes.faults("homeward register agreement", undocumented) == ["pairs[].sore is not documented"]
    assert shapes.faults("homeward rules check", {}) == [f"{key} is missing" for key in ("outcome", "rules", "version")]


@pytest.mark.parametrize(
    "arguments",
    [
        "agency add E08000005",
        "config show",
        "doctor",
        "rules check packaged",
        "rules diff packaged packaged --scenarios tests/scenarios/s12_found_dead.yaml",
        "scenario run tests/scenarios/s12_found_dead.yaml tests/scenarios/none.yaml",
        "scenario explain tests/scenarios/s12_found_dead.yaml",
        """linkage explain '{"given_names": "Aisha"}' '{"given_names": "Ayesha"}'""",
        "linkage generate --children 3 --records {home}/reports.csv --truth {home}/truth.csv",
    ],
)
def test_what_is_printed_keeps_to_its_shape(arguments: str, tmp_path: Path) -> None:
    words = shlex.split(arguments.replace("{home}", str(tmp_path)))
    name = next(known for known in COMMANDS if f"homeward {arguments} ".startswith(f"{known} "))
    printed = run(*words, "--json", home=tmp_path).stdout.splitlines()
    assert len(printed) == 1 or name in shapes.STREAMS
    assert [fault for line in printed for fault in shapes.faults(name, json.loads(line))] == []
