"""Tests: `unit/` is pure and quick, `kafka/` needs a real broker and starts one."""
