"""Runs a command that dies with the process that started it, however that process dies.

Called by file: `python -I -S tied.py PARENT_PID COMMAND...`. On Linux it asks the kernel for SIGKILL
when its parent is gone (PR_SET_PDEATHSIG, which survives `execve`), checks that the parent was not gone already, and
becomes the command, under the same process id. A `preexec_fn` would do the same inside a fork of a process that has
threads, which may deadlock and of which Python 3.12 warns. Elsewhere than on Linux it only becomes the command: a
parent killed with -9 there leaves its children, and `homeward doctor` names them.

The kernel means the *thread* that started the child: start children from a thread that lasts.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def command_of(parent: int) -> tuple[str, ...]:
    """What to put before a command that is to be tied to the process `parent`."""
    return (sys.executable, "-I", "-S", __file__, str(parent))


def tie_to(parent: int) -> None:
    """Die when `parent` does, on Linux; at once if it is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("the process that started this one has ended")


def main(arguments: list[str]) -> None:
    """Become the command in `arguments[1:]`, tied to the process `arguments[0]`."""
    parent, *command = arguments
    tie_to(int(parent))
    os.execvp(command[0], command)  # noqa: S606 - becoming the command, without a shell, is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
