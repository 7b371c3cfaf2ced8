"""The views of the selected needle: switched on, turned and moved by numbers, and what their dotted cone means."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.controllers.needle import needle_aim
from app.controllers.session import Session
from app.panels.base import RunCommand
from app.widgets.basics import Section, button, number_box, row, text
from planning.catalogue.rules import load_path_rules
from planning.quantities import length_shown_mm

_DEEPEST_MM, _HIGHEST_MM = 440.0, 10.0
_BOX_PX = 92


class NeedleSection(Section):
    """Planes along and across a needle, as numbers.

    Parameters
    ----------
    session : Session
    run : callable
        Runs a command by its id.
    """

    def __init__(self, session: Session, run: RunCommand) -> None:
        super().__init__("Needle views")
        self._session = session
        self.show_views = button("Show them", lambda: run("layout-needle"), icon_name="needle-views")
        self.show_views.setToolTip("Two views along the shaft and one across it, in place of the four (N)")
        self.turned = number_box(minimum=-180, maximum=180, singleStep=5, decimals=0, suffix="°", wrapping=True)
        self.turned.setToolTip(
            "Turn of both planes along the shaft about it, clockwise from the hub. The wheel over them and their lines on the "
            "view across do the same"
        )
        self.across = number_box(minimum=-_HIGHEST_MM, maximum=_DEEPEST_MM, singleStep=1, decimals=1, suffix=" mm")
        self.across.setToolTip(
            "Depth of the plane across, from the skin. The wheel over it and its line on the views along do the same"
        )
        for box, name in ((self.turned, "Turned about the shaft"), (self.across, "Across at a depth of")):
            box.setKeyboardTracking(False)
            box.setFixedWidth(_BOX_PX)
            box.setAccessibleName(name)
        self.turned.valueChanged.connect(session.view.turn_needle)
        self.across.valueChanged.connect(self._look_across)
        self._numbers = QWidget()
        self._numbers.setLayout(
            row(text("Turned", "label"), self.turned, 1, text("Across at", "label"), self.across, spacing=8)
        )
        self._cone = text("", "micro", wrap=True)
        self.add(row(self.show_views, 1))
        self.add(self._numbers)
        self.add(self._cone)
        session.view.changed.connect(self._follow)

    def refresh(self) -> None:
        """Bring the section up to date; without a probe it is not there."""
        aim, shown = needle_aim(self._session), self._session.view.needle_shown
        self.setVisible(aim is not None)
        self.show_views.setText("Back to four views" if shown else "Show them")
        self._numbers.setVisible(shown)
        self._cone.setVisible(shown)
        tolerance = load_path_rules().tolerance_mm
        self._cone.setText(
            f"Dotted cone: the tip may come to lie {tolerance.value:g} mm beside the path, less nearer the skin."
        )
        self._cone.setToolTip(tolerance.source)
        self._follow()

    def _follow(self) -> None:
        aim = needle_aim(self._session) if self.isVisible() else None
        if aim is None:
            return
        self.aside.setText(aim.probe.name)
        for box, value in ((self.turned, aim.turned_deg), (self.across, length_shown_mm(aim.depth_mm))):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)

    def _look_across(self, depth_mm: float) -> None:
        aim = needle_aim(self._session)
        if aim is not None:
            self._session.view.look_across(aim.probe.depth_mm - depth_mm)
