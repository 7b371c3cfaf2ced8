"""What program this is, what it is for and what it is not, and what it stands on."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.widgets.basics import button, row, text
from app.widgets.facts import Facts
from planning.report.wording import STANDING, program_text
from planning.thermal.solver import SOLVER_NAME, SOLVER_VERSION

_PURPOSE = "Plans and rehearses CT-guided percutaneous ablation of tumours of the sacrum and spine."
_TRUST = (
    "Its thermal engine is checked against closed forms and independent finite elements, and not yet against measurements in "
    "bone. Limits of harm are literature values. All of it is computed on this computer; nothing is sent anywhere."
)
_LICENCE = "Apache License 2.0. Libraries, the Inter typeface and Lucide icons have licences of their own."
_LIBRARIES = ("vtk", "numpy", "scipy", "scikit-image", "SimpleITK", "pydicom", "numba", "reportlab")
_WIDTH_PX = 460


class AboutDialog(QDialog):
    """Version, purpose, licence and libraries.

    Parameters
    ----------
    parent : QWidget
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About sacroplan")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(_WIDTH_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(text(program_text(), "title"))
        layout.addWidget(text(_PURPOSE, wrap=True))
        standing = text(STANDING, "section", wrap=True)
        layout.addWidget(standing)
        layout.addWidget(text(_TRUST, "secondary", wrap=True))
        versions = Facts()
        versions.show_rows(
            [
                ("Thermal engine", f"{SOLVER_NAME} {SOLVER_VERSION}", ""),
                ("Python", platform.python_version(), ""),
                ("Qt", qVersion(), ""),
                *((name, _version(name), "") for name in _LIBRARIES),
            ]
        )
        layout.addWidget(versions)
        layout.addWidget(text(_LICENCE, "label", wrap=True))
        layout.addLayout(row(1, button("Close", self.close)))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
