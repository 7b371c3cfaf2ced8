"""What is made of an object is kept as long as that object is there, and no longer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_MOST = 64


def kept_for(make: Callable[..., T]) -> Callable[..., T]:
    """Make a function keep what it returned for its first argument, without keeping that argument alive.

    Of different further arguments, which must be hashable, the latest 64 are kept. What is returned must not hold the first
    argument itself.
    """
    kept: WeakKeyDictionary[Any, dict[tuple[object, ...], T]] = WeakKeyDictionary()

    @functools.wraps(make)
    def keeping(of: Any, *others: Any) -> T:
        its = kept.get(of)
        if its is None:
            its = kept[of] = {}
        if others in its:
            return its[others]
        made = make(of, *others)
        # Threads may both make it: then the later one is kept.
        while len(its) >= _MOST:
            its.pop(next(iter(its)), None)
        its[others] = made
        return made

    return keeping
