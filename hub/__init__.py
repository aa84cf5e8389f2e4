"""The pure core: what the messages mean, whom they concern, who must know, and what is owed by when.

Nothing here reads a clock, a network, a disk or a source of randomness (HPKE inside `hub.sealing` apart):
time, identifiers and keys come in as arguments, so a thousand simulated days run in a unit test.
"""
