"""What can be done with anything that a case holds: the same in lists, views, menus and by keys."""

from __future__ import annotations

from app.controllers.colours import colour_of
from app.controllers.session import Session
from app.representations import annotations
from app.representations.protection import way_colour
from app.tokens import cement_colour, colour_or, probe_colour
from planning.errors import PlanError
from planning.model import Probe, Structure
from planning.model.annotation import Annotation
from planning.model.cement import Cement
from planning.model.look import OwnColour
from planning.operations.objects import (
    CaseObject,
    colour_object,
    find_object,
    lock_object,
    remove_object,
    rename_object,
)


def selected_object(session: Session) -> CaseObject | None:
    """Return what is selected, if the case holds it."""
    case, selected = session.case, session.view.selected
    return None if case is None or not selected else find_object(case, selected)


def shown_colour(session: Session, held: CaseObject) -> str:
    """Return the colour in which the views draw something."""
    if isinstance(held, Structure):
        return colour_of(session, held)
    if isinstance(held, Probe):
        return probe_colour(held)
    if isinstance(held, Cement):
        return colour_or(held, cement_colour())
    return annotations.colour_of(held) if isinstance(held, Annotation) else way_colour(held)


def toggle_lock(session: Session, held: CaseObject) -> None:
    """Lock something, or let it be changed again."""
    words = "Unlock" if held.locked else "Lock"
    session.apply(f"{words} {held.name}", lambda case: lock_object(case, held.id, not held.locked))


def toggle_hidden(session: Session, held: CaseObject) -> None:
    """Hide something in all views, or show it again. It is predicted and judged all the same."""
    session.view.set_hidden([held.id], held.id not in session.view.hidden)


def delete(session: Session, held: CaseObject) -> None:
    """Take something out of the case; what is locked is refused by name."""
    done = session.apply(f"Delete {held.name}", lambda case: remove_object(case, held.id))
    if done and session.view.selected == held.id:
        session.view.select("")


def recolour(session: Session, held: CaseObject, colour: OwnColour | None) -> None:
    """Draw something in a colour of the user's choice, or in its usual one."""
    session.apply(f"Colour {held.name}", lambda case: colour_object(case, held.id, colour))


def rename(session: Session, held: CaseObject, name: str) -> str:
    """Call something otherwise.

    Returns
    -------
    str
        Why it was refused, with what to do; empty if it was done.
    """
    if session.case is None:
        return ""
    try:
        rename_object(session.case, held.id, name)
    except PlanError as error:
        return f"{error.message} {error.hint}".strip()
    session.apply(f"Rename {held.name}", lambda case: rename_object(case, held.id, name))
    return ""
