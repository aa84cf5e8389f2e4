"""The command line, `homeward`: nouns then verbs, in the field's words. One module for each noun.

Commands are thin: they read options, call what does the work, and show its result. `invocation` holds what all of
them share.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line. Ctrl-C ends it without a traceback, also while the program is still being read."""
    try:
        from deploy.cli.app import main as run  # noqa: PLC0415 - so that reading it can be broken off

        run()
    except KeyboardInterrupt:
        sys.exit(130)
