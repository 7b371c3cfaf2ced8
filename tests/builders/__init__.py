"""Synthetic cases, volumes and zones for tests."""
