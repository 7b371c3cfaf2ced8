"""Pictures, conference sheet and report, without Qt and without a display."""
