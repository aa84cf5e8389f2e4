"""The worker intake as it is, with wrappers round the points at which a test may hit it."""

from streams.intake import Intake
from streams.start import run_worker
from tests.faults.points import stand_round_the_points

if __name__ == "__main__":
    stand_round_the_points("intake")
    run_worker(Intake.name, Intake)
