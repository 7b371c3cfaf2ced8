"""The level of the lowest neural foramina, which only the user can say where the CT shows no sacrum to count from."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.controllers.finding import find_roots
from app.controllers.session import Session
from app.widgets.basics import button, row, text
from imaging.structures import SPINE_LEVELS, StructureKind


class LevelSection(QWidget):
    """Shown while the case has a canal and no root.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        words = "No root was found. If the CT shows the spine but not the sacrum, say the level of the lowest foramina in it."
        lines.addWidget(text(words, "label", wrap=True))
        self.level = QComboBox()
        self.level.addItems(list(reversed(SPINE_LEVELS)))
        self.level.setAccessibleName("Level of the lowest foramina")
        self.level.setToolTip("L5 is the level of the foramina between L5 and the sacrum")
        # no level is likelier than another
        self.level.setPlaceholderText("level")
        self.level.setCurrentIndex(-1)
        self.level.setMinimumContentsLength(5)
        self.find = button("Find roots", self._find)
        self.find.setEnabled(False)
        self.level.currentIndexChanged.connect(lambda n: self.find.setEnabled(n >= 0))
        lines.addLayout(row(text("Lowest foramina", "label"), self.level, self.find, 1))

    def refresh(self) -> None:
        """Show it where it is needed."""
        case = self._session.case
        kinds = {s.kind for s in case.structures} if case else set()
        self.setVisible(StructureKind.CANAL in kinds and StructureKind.ROOT not in kinds)

    def _find(self) -> None:
        find_roots(self._session, self.level.currentText())
