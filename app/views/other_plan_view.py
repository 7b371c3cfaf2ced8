"""A slice with another plan of the case on it, beside that of the plan in hand."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.controllers.other_plan import OtherPlan
from app.controllers.session import Session
from app.representations.scene import Scene
from app.representations.slice_plane import Plane
from app.views.beside_view import BesideView
from app.views.slice_view import Lens, ToolHolder


class OtherPlanView(BesideView):
    """A slice of the same CT with another plan.

    Parameters
    ----------
    plane : Plane
    session : Session
    holder : ToolHolder
    lens : Lens
        Of the view it stands beside, so that both show the same part as large.
    other : OtherPlan
    parent : QWidget, optional
    """

    def __init__(
        self, plane: Plane, session: Session, holder: ToolHolder, lens: Lens, other: OtherPlan,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(plane, session, holder, lens, parent)
        self._other = other
        self.setAccessibleName(f"{plane.value.capitalize()} slice of the other plan")
        other.changed.connect(self.update)

    @property
    def name(self) -> str:
        return f"other {self.plane.value}"

    @property
    def scene(self) -> Scene | None:
        return self._other.scene(self._session.scene())

    @property
    def heading(self) -> str:
        plan = self._other.plan
        if plan is None:
            return ""
        state = "" if self._other.predicted else ", not predicted" if plan.probes else ", no probes"
        return f"{plan.title}{state}  {self.position}"
