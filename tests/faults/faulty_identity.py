"""The worker identity as it is, with wrappers round the points at which a test may hit it."""

from streams.identity import Identity
from streams.start import run_worker
from tests.faults.points import stand_round_the_points

if __name__ == "__main__":
    stand_round_the_points("identity")
    run_worker(Identity.name, Identity)
