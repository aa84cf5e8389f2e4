"""The reading side, as far as it needs no broker."""
