"""The command line, `homeward`: nouns then verbs, in the field's words. One module for each noun.

Commands are thin: they read options, call what does the work, and show its result. `invocation` holds what all of
them share.
"""

from deploy.cli.app import main

__all__ = ["main"]
