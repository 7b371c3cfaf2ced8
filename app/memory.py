"""How the program's threads share memory that was freed."""

from __future__ import annotations

import ctypes
import sys

# Of glibc's malloc.h.
_M_ARENA_MAX = -8
_ARENAS = 2


def share_freed_memory() -> None:
    """Have threads take memory from two pools instead of one each, before any thread takes some.

    A window has a thread for every kind of work. What one of them freed would be of no use to the others, and every window that
    was opened and closed would leave its own pools behind. Where the system's library is another, nothing is done.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)
