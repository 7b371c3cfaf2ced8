"""Whole cases done in a real window by a scripted user whose every action is counted."""
