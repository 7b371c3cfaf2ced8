"""The painted structure that a tool works on."""

from __future__ import annotations

from dataclasses import dataclass

from app.controllers.colours import colour_of, colour_of_new
from app.controllers.editing import give_shape
from app.controllers.session import Session
from app.view_state import LESION, NewStructure
from imaging.labels import Mask
from planning.errors import PlanError
from planning.model import Structure
from planning.model.naming import make_structure
from planning.operations.locks import require_unlocked
from planning.operations.structures import put_structure


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A painted structure, or one that is still to be marked.

    Attributes
    ----------
    structure : Structure or None
        As it was when the tool was set to it; None for a new one.
    mask : Mask
        Its voxels then.
    begins : NewStructure
        What a new one is.
    """

    structure: Structure | None
    mask: Mask
    begins: NewStructure = LESION

    @property
    def id(self) -> str:
        return self.structure.id if self.structure else self.begins.id

    def begun(self, mask: Mask, origin: str) -> Structure:
        """Return the new structure with its first voxels."""
        return make_structure(self.begins.kind, mask, side=self.begins.side, origin=origin)

    def put(self, session: Session, verb: str, made: Mask, origin: str) -> bool:
        """Give it the voxels that a tool made; return whether it was done, what was refused is told."""
        if self.structure is not None:
            return give_shape(session, f"{verb} {self.structure.name}", self.structure, made)
        if made.count == 0:
            session.refused.emit(
                PlanError("This encloses no voxel of the CT.", code="target-empty", hint="Draw a larger outline.")
            )
            return False
        new = self.begun(made, origin)
        done = session.apply(f"{verb} {new.name}", lambda case: put_structure(case, new))
        if done:
            session.view.begin(None)
            session.view.select(new.id)
        return done


def painted_target(session: Session, nothing: str = "") -> Target | None:
    """Return what is to be begun, else the selected painted structure, or the lesion; what cannot be painted is refused.

    Parameters
    ----------
    session : Session
    nothing : str
        What is said where there is neither. Without it a new lesion is begun.
    """
    case = session.case
    if case is None:
        return None
    begins = session.view.begins
    found = case.find(begins.id) if begins else case.find(session.view.selected) or case.find(LESION.id)
    try:
        if found is None:
            if nothing:
                hint = "Mark a lesion first, or select a painted structure."
                raise PlanError(nothing, code="nothing-selected", hint=hint)
            return Target(None, Mask.empty(case.image.grid), begins or LESION)
        if not isinstance(found.shape, Mask):
            hint = "Select the lesion or another painted structure."
            raise PlanError(f"{found.name} is a centreline and cannot be painted.", code="paint-tube", hint=hint)
        require_unlocked(found)
    except PlanError as error:
        session.refused.emit(error)
        return None
    return Target(found, found.shape)


def target_colour(session: Session) -> str:
    """Return the colour of what a tool would paint."""
    case = session.case
    begins = session.view.begins
    if begins is not None:
        return colour_of_new(session, begins.kind)
    found = case and (case.find(session.view.selected) or case.find(LESION.id))
    return colour_of(session, found) if found else colour_of_new(session, LESION.kind)
