"""The worker `streams.intake`, with a fault that SIGUSR1 sets off."""

from deploy.bench.faulty import raise_on_signal
from streams.intake import Intake
from streams.start import run_worker

if __name__ == "__main__":
    raise_on_signal()
    run_worker(Intake.name, Intake)
