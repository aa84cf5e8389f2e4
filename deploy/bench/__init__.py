"""The benchmark: the whole hub on this machine, everything switched on, measured from outside by ids and append times.

`python -m deploy.bench` prints a table and writes `build/bench.json`. Nothing is judged by a counter of the workers:
a load generator notes what the broker appended, a reader notes what it could read, and both are compared by id.
"""
