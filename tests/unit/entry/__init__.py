"""Laws of the register entry."""
