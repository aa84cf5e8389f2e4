"""Pure tests: no broker, no network, no waiting."""
