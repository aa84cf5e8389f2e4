"""The process `streams.statements` as it is: the benchmark does nothing to it."""

from streams.start import run_beside
from streams.statements import NAME, run

if __name__ == "__main__":
    run_beside(NAME, run)
