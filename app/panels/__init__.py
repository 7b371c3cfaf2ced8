"""The inspector: one page a step."""
