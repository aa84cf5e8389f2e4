"""A process that dies at any line of the outbox, whichever, loses nothing, signs nothing twice, and leaves no gap."""

import pytest

from tests.unit.producers.killing import EVERY_MODULE, folder_in_memory, sweep


@pytest.mark.timeout(300)
def test_a_kill_at_any_line_of_the_outbox_loses_nothing_and_signs_nothing_twice() -> None:
    with folder_in_memory() as folder:
        assert sweep(folder, EVERY_MODULE) > 100
