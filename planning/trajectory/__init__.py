"""Needle paths."""
