"""The process statements as it is: no report passes through it, so no test hits it."""

from streams.start import run_beside
from streams.statements import NAME, run

if __name__ == "__main__":
    run_beside(NAME, run)
