"""A process that dies at a commit point loses nothing, signs nothing twice, and leaves no gap.

The sweep over every line of the outbox takes longer and stands beside the tests of the real broker.
"""

from pathlib import Path

import pytest

from producers import chain, outbox, restore_mark
from tests.unit.producers.killing import Witness, a_life, folder_in_memory, sweep


def test_a_kill_at_any_line_round_chain_and_mark_loses_nothing_and_signs_nothing_twice() -> None:
    with folder_in_memory() as folder:
        assert sweep(folder, (chain, restore_mark)) > 0


def test_the_check_sees_rows_that_were_signed_and_never_given_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = outbox.Outbox._released
    monkeypatch.setattr(outbox.Outbox, "_released", lambda box, rows, trouble: committed(box, rows[:-1], trouble))
    witness = Witness(tmp_path / "witness")
    a_life(tmp_path, witness)
    monkeypatch.undo()
    sequences = {int(sequence) for sequence, _, _ in witness.facts("sent")}
    assert sequences != set(range(1, max(sequences) + 1))
