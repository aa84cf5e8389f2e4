"""What every test shares: how Hypothesis searches. Nothing starts by itself.

Where `CI` is set the search is repeatable, so that a change is judged by what it changes; everywhere else each run
looks for counterexamples anew.
"""

import os

from hypothesis import settings

# Two busy cores would fail an example for its time alone, so no example has a deadline.
settings.register_profile("homeward", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "homeward")
