"""Judging and training how children are recognised: invented reports, evaluation, weights, benchmark. Offline only.

Everything runs through `hub.identity`, the very code that `streams.identity` runs; no worker imports this package.
"""
