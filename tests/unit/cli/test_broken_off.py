"""A command that is broken off, or cannot show its result, says what became of the report; a reader may have enough."""

import errno
import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from aiokafka.errors import KafkaConnectionError

from deploy.cli.app import _write_what_can_be
from deploy.cli.invocation import Invocation, Status, as_json, ending, explained
from deploy.cli.sending import NotShown, send
from deploy.home import Home
from deploy.occupied import Running
from hub.ids import AgencyId, EventId, episode_id
from hub.routing.wording import reference_of
from producers.outbox_rows import RefusedRow
from schemas.records import ChildFound, Finding, FindingKind, ReceiptOutcome, ReportCancelled

FOUND = ChildFound(child_ref="A")
GAP = Finding(
    field="person.given_names",
    rule="is missing",
    remedy="send it in a MissingAmended when you can",
    kind=FindingKind.GAP,
)


class Answering:
    """What a publisher gives for a report: an answer, or none that comes."""

    record_type, message_id, durable_at, left_out = "ChildFound", "0192f7c1-7000", "outbox", ()

    def __init__(self, receipt: object) -> None:
        self.answer = receipt

    async def receipt(self, timeout: float | None = None) -> Any:  # noqa: ANN401, ASYNC109
        del timeout
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def answered(monkeypatch: pytest.MonkeyPatch, receipt: object, *refused: str) -> Invocation:
    async def sent(_: object) -> Answering:
        return Answering(receipt)

    async def kept() -> tuple[RefusedRow, ...]:
        made = datetime(2026, 11, 24, tzinfo=UTC)
        return tuple(RefusedRow(message_id=id_, record_type="X", made_at=made, findings=()) for id_ in refused)

    @asynccontextmanager
    async def opened(profile: Path) -> AsyncIterator[object]:
        del profile
        yield SimpleNamespace(send=sent, is_connected=True, hindrance=None, refused=kept)

    monkeypatch.setattr("deploy.cli.sending.Publisher.open", opened)
    monkeypatch.setattr(Invocation, "profile", lambda _: Path("profile.toml"))
    return Invocation()


def receipt(outcome: ReceiptOutcome, *findings: Finding) -> object:
    is_accepted = outcome is not ReceiptOutcome.REJECTED
    return SimpleNamespace(
        outcome=outcome,
        accepted_at=None,
        findings=findings,
        is_accepted=is_accepted,
        raise_if_rejected=lambda: None,
    )


def test_ctrl_c_while_the_receipt_is_waited_for_says_where_the_report_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    invocation = answered(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        send(invocation, FOUND)
    said = " ".join(capsys.readouterr().err.split())
    assert "ChildFound 0192f7c1-7000 is safe in the outbox and goes on by itself" in said
    assert "NOBODY HAS BEEN TOLD, as far as is known" in said
    assert "homeward outbox show" in said
    assert "ring the police (999, or 101)" in said


@pytest.mark.parametrize(
    "error, outcome, said",
    [
        (OSError(errno.ENOSPC, "No space left on device"), ReceiptOutcome.ACCEPTED, "went out.*accepted"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), ReceiptOutcome.REJECTED, "answered: rejected.*\n.*outbox show"),
    ],
)
def test_a_result_that_cannot_be_shown_does_not_hide_that_the_report_went_out(
    monkeypatch: pytest.MonkeyPatch, error: OSError, outcome: ReceiptOutcome, said: str
) -> None:
    def nowhere(*_: object) -> None:
        raise error

    invocation = Invocation(is_json=True)
    answered(monkeypatch, receipt(outcome))
    monkeypatch.setattr(Invocation, "show", nowhere)
    with pytest.raises(NotShown, match=said) as refused:
        send(invocation, FOUND)
    assert explained(refused.value)[0] == Status.FAILED


def test_what_is_asked_for_is_said_in_commands_that_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    send(answered(monkeypatch, receipt(ReceiptOutcome.ACCEPTED_WITH_GAPS, GAP)), FOUND)
    said = " ".join(capsys.readouterr().err.split())
    assert "homeward report missing again, with the same --child" in said
    assert "homeward report correct --child REFERENCE --message 0192f7c1-7000" in said


def test_after_a_cancellation_is_accepted_it_is_said_where_the_hub_says_that_it_is_about_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cancelled, accepted = "0192f7c1-7000-7a3b-8c4d-5e6f70819203", receipt(ReceiptOutcome.ACCEPTED)
    answer = SimpleNamespace(
        **vars(accepted), message_id=cancelled, installation=SimpleNamespace(agency=AgencyId("E08000005"))
    )
    send(answered(monkeypatch, answer), ReportCancelled(child_ref="A", cancels="0192f7c1-7000-7a3b-8c4d-5e6f70819202"))
    said = " ".join(capsys.readouterr().err.split())
    assert "and not that it knows the one that yours is about" in said
    assert reference_of(episode_id(EventId(cancelled), AgencyId("E08000005"))) in said
    assert "the hub refused" not in said
    send(answered(monkeypatch, accepted), FOUND)
    assert "the one that yours is about" not in capsys.readouterr().err
    refused = "0192f7c1-7000-7a3b-8c4d-5e6f70819202"
    send(answered(monkeypatch, answer, refused), ReportCancelled(child_ref="A", cancels=refused))
    assert f"the hub refused {refused}, so nobody was told" in " ".join(capsys.readouterr().err.split())


def test_a_reader_who_has_enough_is_no_failure() -> None:
    with pytest.raises(typer.Exit) as ended, ending(Invocation()):
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
    assert ended.value.exit_code == Status.DONE


def homeward(words: list[str], stdout: int, **environment: str) -> subprocess.CompletedProcess[bytes]:
    code = "import sys; sys.argv[0] = 'homeward'; from deploy.cli import main; main()"
    return subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-P", "-c", code, *words],
        check=False, stdout=stdout, stderr=subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip


def test_a_reader_who_has_enough_of_the_help_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = homeward(["report", "--help"], writing)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_screen_that_lacks_a_sign_is_shown_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    screen = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    _write_what_can_be()
    Invocation().show({"name": "Zo\u00eb"})
    screen.flush()
    assert written.getvalue() == b"name  Zo?\n"
    Invocation(is_json=True).show({"name": "Zo\u00eb"})
    screen.flush()
    assert b'"Zo\\u00eb"' in written.getvalue(), "JSON loses nothing"
    assert as_json({"name": "Zo\u00eb"}) == '{"name": "Zo\u00eb"}'


def running(folder: Path) -> Home:
    home = Home(folder)
    home.folder.mkdir(exist_ok=True)
    home.announce(Running(pid=1, bootstrap="127.0.0.1:1", registry="", metrics={}))
    return home


def test_a_broker_that_does_not_answer_is_said_in_plain_words(tmp_path: Path) -> None:
    error = KafkaConnectionError("Unable to bootstrap from [('127.0.0.1', 50389, <AddressFamily.AF_INET: 2>)]")
    status, away = explained(error, [tmp_path / "none"])
    assert (status, "AddressFamily" in away, "homeward up" in away) == (Status.UNREACHABLE, False, True)
    home = running(tmp_path / "hub")
    with home.held():
        home.announce(Running(pid=1, bootstrap="127.0.0.1:1", registry="", metrics={}))
        status, there = explained(error, [tmp_path / "none", home.folder])
    assert status == Status.UNREACHABLE
    assert "the broker does not answer" in there
    assert "homeward doctor" in there
    assert "homeward up" not in there
