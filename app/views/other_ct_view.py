"""A slice of another CT of the patient, beside that of the planning CT."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.controllers.other_ct import OtherCt
from app.controllers.session import Session
from app.representations.reslice import Reslicer
from app.representations.slice_plane import Plane
from app.views.beside_view import BesideView
from app.views.slice_view import Lens, ToolHolder


class OtherCtView(BesideView):
    """The same plane of another CT, with the structures and the plan as they lie in it.

    Parameters
    ----------
    plane : Plane
    session : Session
    holder : ToolHolder
    lens : Lens
        Of the view it stands beside.
    other : OtherCt
    parent : QWidget, optional
    """

    def __init__(
        self, plane: Plane, session: Session, holder: ToolHolder, lens: Lens, other: OtherCt,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(plane, session, holder, lens, parent)
        self._other = other
        self.setAccessibleName(f"{plane.value.capitalize()} slice of the other CT")
        other.changed.connect(self.update)

    @property
    def name(self) -> str:
        return f"ct {self.plane.value}"

    @property
    def reslicer(self) -> Reslicer | None:
        return self._other.reslicer

    @property
    def heading(self) -> str:
        return f"{self._other.title}  {self.position}"
