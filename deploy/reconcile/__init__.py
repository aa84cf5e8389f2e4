"""Compares an agency's own extract with the register, and publishes chosen rows of it.

Data flows one way: `mapping` says what the columns mean, `extract` reads the file, `register` holds what the register
knows, `comparison` sets the one beside the other, `report` writes down what differs, `chosen` turns rows into reports.
"""
