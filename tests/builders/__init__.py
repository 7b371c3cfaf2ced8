"""Synthetic cases for tests."""
