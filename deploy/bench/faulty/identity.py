"""The worker `streams.identity`, with a fault that SIGUSR1 sets off."""

from deploy.bench.faulty import raise_on_signal
from streams.identity import Identity
from streams.start import run_worker

if __name__ == "__main__":
    raise_on_signal()
    run_worker(Identity.name, Identity)
