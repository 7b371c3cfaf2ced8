"""CT, label masks and surfaces. No Qt, and nothing about treatment."""
