"""The reading side against a real broker."""
