"""The processors: thin shells of Faust round the functions of `hub`, one process each.

`python -m streams.intake|identity|register --settings FILE` runs one of them; `deploy` starts and supervises
all three. A record's way is intake, identity, register; nothing here decides anything about a child.
"""
