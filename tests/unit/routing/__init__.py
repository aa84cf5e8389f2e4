"""Laws of routing and disclosure."""
