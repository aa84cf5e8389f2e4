"""The worker register as it is, with wrappers round the points at which a test may hit it.

It reads its log again a few records at a time, so that the short logs of tests are stretches, with an end of their own.
"""

import streams.arrivals
import streams.rebuild
from streams.register import Register
from streams.start import run_worker
from tests.faults.points import BETWEEN_BATCHES, folder_of_this_worker, stand_round_the_points

if __name__ == "__main__":
    streams.arrivals._CHUNK = 4
    if (folder_of_this_worker() / BETWEEN_BATCHES).exists():
        streams.rebuild._MANY = 0  # type: ignore[misc] # final for everybody else
    stand_round_the_points("register")
    run_worker(Register.name, Register)
