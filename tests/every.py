"""Every test but `make faults`, as `make test` runs them: three streams beside each other, so that no core waits.

- what must be in time, on one running hub, one test after another, shown as it goes;
- what starts hubs and brokers of its own or waits for nobody's clock, one after another as well;
- lint and the pure tests, with a small share of the processor: mostly what the others leave idle.

What the last two say is shown when the first is through.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from deploy import runtime

_ROOT: Final = Path(__file__).parent.parent
_LOGS: Final = _ROOT / "build"
_SMALL_SHARE: Final = "5"
"""Of the processor, to a session of its own, as `nice` counts. With the least, a test waited a minute for a process."""
_TO_END_SECONDS: Final = 60.0
PATIENT: Final = (
    "tests/kafka/consumers",
    "tests/kafka/producers",
    "tests/kafka/test_broker.py",
    "tests/kafka/test_permissions.py",
    "tests/kafka/test_progress.py",
    "tests/kafka/test_quotas.py",
    "tests/kafka/test_registry.py",
    "tests/kafka/test_tutorial.py",
    "tests/kafka/test_certificates.py",
    "tests/kafka/test_desk_work.py",
    "tests/kafka/test_up.py",
    "tests/kafka/way/test_on_a_hub_of_its_own.py",
)
"""The lightest come first: at that time the other stream is at its clocks."""


@dataclass(slots=True, kw_only=True)
class Stream:
    """One run of tests."""

    name: str
    command: tuple[str, ...]
    is_shown: bool = False
    process: subprocess.Popen[bytes] = field(init=False)
    began: float = field(init=False)

    @property
    def log(self) -> Path:
        return _LOGS / f"{self.name.replace(' ', '-')}.log"

    def start(self, *, share: str | None = None) -> None:
        """Start it in a session of its own, which may be given a share of the processor."""
        self.began = time.monotonic()
        with self.log.open("wb") as log:
            shown = None if self.is_shown else log
            self.process = subprocess.Popen(  # noqa: S603 - our own
                self.command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=shown, stderr=shown, start_new_session=True
            )
        if share is not None:
            with suppress(OSError):  # a system without it has no sessions that hold each other up
                Path(f"/proc/{self.process.pid}/autogroup").write_text(share)

    def ended_well(self) -> bool:
        """Wait for its end, and show what was not shown."""
        status = self.process.wait()
        if not self.is_shown:
            sys.stdout.write(self.log.read_text(errors="replace"))
        sys.stdout.write(f"{self.name}: status {status} after {time.monotonic() - self.began:.0f} s\n")
        sys.stdout.flush()
        return status == 0

    def end(self) -> None:
        """End it before its time, with whatever it started, as Ctrl-C does."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(_TO_END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()


def main() -> int:
    """Run all three; 0 if each ended well. Ctrl-C ends them all."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    further = tuple(sys.argv[1:])
    pytest = (sys.executable, "-P", "-m", "pytest")
    of_a_broker = ("tests/kafka", "tests/faults", "-m", "not faults and not load")
    without = tuple(f"--ignore={path}" for path in PATIENT)
    pure = Stream(name="lint and pure tests", command=("make", "--no-print-directory", "lint", "pure"))
    patient = Stream(name="tests with brokers of their own", command=(*pytest, *PATIENT, *further))
    in_time = Stream(name="tests on a hub", command=(*pytest, *of_a_broker, *without, *further), is_shown=True)
    _LOGS.mkdir(exist_ok=True)
    started: list[Stream] = []
    try:
        pure.start(share=_SMALL_SHARE)
        started.append(pure)
        runtime.kafka()
        runtime.registry()
        for stream in (patient, in_time):
            stream.start()
            started.append(stream)
        failed = [stream.name for stream in reversed(started) if not stream.ended_well()]
        return int(bool(failed))
    except KeyboardInterrupt:
        return 130
    finally:
        for stream in started:
            stream.end()


if __name__ == "__main__":
    sys.exit(main())
