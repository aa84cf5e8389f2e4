"""The demonstration: a whole hub with synthetic agencies, a day of children going missing and coming home, and a proof
at the end that nothing was lost.

Every part is the real one; only the people are played. All agencies live in one process here, each with its own keys,
outbox and certificate, as if it stood elsewhere.
"""
