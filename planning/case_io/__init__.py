"""The case file: one archive, written whole or not at all."""

from planning.case_io.archive import SUFFIX, file_digest, read_case, write_case

__all__ = ["SUFFIX", "file_digest", "read_case", "write_case"]
