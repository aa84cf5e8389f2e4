"""Tests on a real broker: mutual TLS, permissions and quotas as in service."""
