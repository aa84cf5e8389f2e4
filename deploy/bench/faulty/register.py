"""The worker `streams.register`, with a fault that SIGUSR1 sets off."""

from deploy.bench.faulty import raise_on_signal
from streams.register import Register
from streams.start import run_worker

if __name__ == "__main__":
    raise_on_signal()
    run_worker(Register.name, Register)
