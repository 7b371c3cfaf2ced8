"""The case file: one archive, written whole or not at all."""

from planning.case_io.archive import SUFFIX, read_case, write_case

__all__ = ["SUFFIX", "read_case", "write_case"]
