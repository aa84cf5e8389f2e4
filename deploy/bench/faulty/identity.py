"""The worker `streams.identity`, with a fault that SIGUSR1 sets off, and its operations with keys counted."""

from deploy.bench.faulty import raise_on_signal
from deploy.bench.faulty.counting import count_operations
from streams.identity import Identity
from streams.start import run_worker

if __name__ == "__main__":
    raise_on_signal()
    count_operations()
    run_worker(Identity.name, Identity)
