"""The contract: what every message of Homeward says, as Avro schemas, typed records and a strict codec.

`avro/` holds the sources, one type a file; `released/` the versions that are out and never change. From them
`generate` writes `records/`, `reference` writes the message reference. Nothing here knows what a message means.
"""
