"""Give a structure the shape that an edit made, or say why not; nothing is ever lost by it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.controllers.session import Session
from imaging.labels import Mask
from imaging.progress import Progress
from imaging.structures import Tube
from planning.errors import PlanError
from planning.model import Structure
from planning.operations.locks import require_unlocked
from planning.operations.structures import reshape_structure


def edit_in_background(
    session: Session,
    words: str,
    structure: Structure,
    work: Callable[[Progress], Mask | Tube],
    done: Callable[[], None] = lambda: None,
) -> None:
    """Have a new shape of a structure worked out, and give it to it: one step of undo.

    Parameters
    ----------
    session : Session
    words : str
        Name of the step: ``Smooth Lesion``.
    structure : Structure
        As it is now; a locked one is refused at once.
    work : callable
        Runs in a thread.
    done : callable, optional
        Called once the structure has its new shape.
    """
    try:
        require_unlocked(structure)
    except PlanError as error:
        session.refused.emit(error)
        return

    def begin(progress: Progress) -> Mask | Tube:
        progress.report(0.0)
        return work(progress)

    store = session.store

    def finish(shape: Mask | Tube) -> None:
        if session.store is store and give_shape(session, words, structure, shape):
            done()

    session.jobs.batch(words, begin, finish, lane="edits")


def give_shape(
    session: Session, words: str, structure: Structure, shape: Mask | Tube, merge_key: str | None = None
) -> bool:
    """Give a structure another shape, unless nothing would be left of it or it was changed meanwhile.

    Parameters
    ----------
    session : Session
    words : str
    structure : Structure
        As it was when the edit began.
    shape : Mask or Tube
    merge_key : str, optional

    Returns
    -------
    bool
        Whether it was done; what was refused is told, unless the structure is gone.
    """
    now = session.case.find(structure.id) if session.case is not None else None
    if now is None:
        return False
    if now.shape is not structure.shape:
        text = f"{structure.name} was changed while this was worked out."
        session.refused.emit(PlanError(text, code="edit-overtaken", hint="It is as you left it. Do it again."))
        return False
    if isinstance(shape, Mask) and shape.count == 0:
        hint = "It stays as it was. To remove it, delete it in the list."
        text = f"Nothing would be left of {structure.name}."
        session.refused.emit(PlanError(text, code="edit-leaves-nothing", hint=hint))
        return False
    if _same(structure.shape, shape):
        session.noticed.emit(f"{words}: nothing changed.", f"{structure.name} already was like this.")
        return False
    return session.apply(words, lambda case: reshape_structure(case, structure.id, shape), merge_key)


def _same(old: Mask | Tube, new: Mask | Tube) -> bool:
    if isinstance(old, Mask) and isinstance(new, Mask):
        return old.count == new.count and new.minus(old).count == 0
    if isinstance(old, Tube) and isinstance(new, Tube):
        return np.array_equal(old.points_mm, new.points_mm) and np.array_equal(old.radii_mm, new.radii_mm)
    return False
