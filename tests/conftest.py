"""What every test shares: how Hypothesis searches. Nothing starts by itself."""

from hypothesis import settings

settings.register_profile("homeward", deadline=None)  # two busy cores would fail an example for its time alone
settings.load_profile("homeward")
