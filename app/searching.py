"""Finding things by what one types: commands, structures, probes, steps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_BEGINS, _INSIDE, _BESIDE = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findable:
    """Something that can be found by its words and chosen.

    Attributes
    ----------
    id : str
    words : str
        What it is called.
    act : callable
        What choosing it does.
    kind : str
        What it is, shown beside it and searched too; empty for commands.
    keys : str
        Its shortcut.
    enabled : bool
    reason : str
        Why it cannot be chosen now.
    icon_name, colour : str
        What marks it: an icon, or a swatch of a colour.
    """

    id: str
    words: str
    act: Callable[[], object]
    kind: str = ""
    keys: str = ""
    enabled: bool = True
    reason: str = ""
    icon_name: str = ""
    colour: str = ""


def search(typed: str, things: Sequence[Findable], recent: Sequence[str] = ()) -> list[Findable]:
    """Return what holds every typed word, the best first.

    Parameters
    ----------
    typed : str
        Words in any order, each whole or in part; nothing typed finds everything.
    things : sequence of Findable
        In the order of the menu.
    recent : sequence of str
        Ids of what was chosen before, the latest first.

    Returns
    -------
    list of Findable
        First what has all words at beginnings of its own, then what has some inside of them, last what has
        some only in its kind; within each what was chosen lately, then the order of the menu.
    """
    wanted = _plain(typed).split()
    late = {thing_id: n for n, thing_id in enumerate(recent)}
    found = []
    for n, thing in enumerate(things):
        ranks = [_rank(word, thing) for word in wanted]
        if None not in ranks:
            found.append((max((r for r in ranks if r is not None), default=0), late.get(thing.id, len(late)), n))
    return [things[n] for *_, n in sorted(found)]


def _rank(word: str, thing: Findable) -> int | None:
    """Return where a typed word is found in a thing; None where it is not."""
    words = _plain(thing.words)
    if words.startswith(word) or any(w.startswith(word) for w in re.split(r"[^\w]+", words)):
        return _BEGINS
    if word in words:
        return _INSIDE
    return _BESIDE if word in _plain(thing.kind) else None


def _plain(words: str) -> str:
    """Return words as they are typed: small letters, figures on the line, hyphens for dashes."""
    return unicodedata.normalize("NFKC", words).casefold().replace("–", "-")
