"""What every test shares: how Hypothesis searches, and what is not looked at again. Nothing starts by itself."""

import gc

from tests.searching import load_profile

load_profile()


def pytest_collection_finish() -> None:
    """Modules, tables and tests stay to the end: the search for cyclic garbage need not go through them each time."""
    gc.collect()
    gc.freeze()
