"""Named changes of a case. Each takes a case and returns a new one, or refuses."""
