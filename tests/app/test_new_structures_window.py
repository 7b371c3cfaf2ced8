"""The brush begins structures that nobody proposed: discs, cartilage, organs."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.panels.brush_options import BrushOptions
from app.view_state import Step
from imaging.phantom import Phantom
from tests.app.conftest import Driver

pytestmark = pytest.mark.window


def test_a_structure_is_begun_by_what_is_chosen_and_then_goes_on(opened: Driver, small_phantom: Phantom):
    opened.keep_quiet()
    at = np.array(small_phantom.lesions[0].centre_mm)
    opened.look_at(at)
    opened.window.view.go_to(Step.STRUCTURES)
    opened.press(Qt.Key.Key_B)
    options = opened.window.panels[Step.STRUCTURES].findChild(BrushOptions)
    options.begins.setCurrentIndex(options.begins.findText("cartilage of the left SI joint"))
    options.begins.activated.emit(options.begins.currentIndex())
    opened.drag("axial", at, at + [6, 0, 0])
    case = opened.window.session.case
    first = case.structure("si_cartilage.L")
    assert first.name == "SI cartilage L" and first.confirmed and case.find("lesion") is None
    opened.wait(lambda: opened.window.view.begins is None and options.begins.currentIndex() == 0)
    opened.drag("axial", at, at + [-9, 0, 0])
    assert opened.window.session.case.structure("si_cartilage.L").volume_mm3 > first.volume_mm3
    opened.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    opened.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.session.case.find("si_cartilage.L") is None
