"""What the selected probe passes on its way: a strip from skin to tip, and every surface of bone it goes through."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.contained import contained_paint
from app.controllers.session import Session
from app.controllers.ways import Ways
from app.qt_painter import draw
from app.representations.primitives import rectangle
from app.representations.way import HEIGHT_PX, way_marks
from app.tokens import theme_colour
from app.widgets.basics import Row, Section, clear, judgement_label, row, text
from planning.catalogue.rules import load_path_rules
from planning.evaluation import Judgement
from planning.model import Probe
from planning.quantities import length_text
from planning.trajectory.passage import Crossing, Passage, way_text

_LISTS_MS = 200
"""Lists are made anew no more often: the zone under the hand comes first."""
_NO_BONE = "No bone is outlined, so the way through bone is not known. Find the structures first, or outline the bone."


class WaySection(Section):
    """The way of one probe through bone.

    Parameters
    ----------
    session : Session
    ways : Ways
    """

    def __init__(self, session: Session, ways: Ways) -> None:
        super().__init__("Way through bone")
        self._session, self.ways = session, ways
        ways.changed.connect(self._follow)
        self._soon = QTimer(self, singleShot=True, interval=_LISTS_MS)
        self._soon.timeout.connect(self._refresh)
        self._probe: Probe | None = None
        self._shown: object = None
        self.strip = _Strip()
        self.add(self.strip)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(0)
        self.add(self._lines)

    def show_probe(self, probe: Probe | None) -> None:
        """Show the way of a probe; without one the section is not there."""
        self._probe = probe
        self.setVisible(probe is not None)
        self._refresh()

    def _follow(self) -> None:
        """The strip follows a drag at once, the list after a while: it is laid out anew."""
        judged = None if self._probe is None else self.ways.latest(self._probe)
        if judged is not None:
            self.strip.show_way(judged.way)
        if not self._soon.isActive():
            self._soon.start()

    def _refresh(self) -> None:
        probe = self._probe
        judged = None if probe is None else self.ways.of(probe)
        if probe is None or judged is None:
            # It is on its way; the last one stands until then.
            return
        way = judged.way
        if (probe, way) == self._shown:
            return
        self._shown = (probe, way)
        clear(self._lines)
        self.strip.show_way(way)
        self.strip.setVisible(way is not None)
        self.aside.setText(probe.name)
        if way is None:
            self._lines.addWidget(text(_NO_BONE, "label", wrap=True))
            return
        self._lines.addWidget(text(f"{way_text(way)[:1].upper()}{way_text(way)[1:]}.", "secondary", wrap=True))
        for crossing in way.crossings:
            self._lines.addWidget(self._row(probe, crossing))
        if way.unconfirmed:
            words = text(f"Not confirmed: {', '.join(way.unconfirmed)}", "label", wrap=True)
            line = row(judgement_label(Judgement.NOT_ASSESSED), words)
            line.setStretch(1, 1)
            self._lines.addLayout(line)

    def _row(self, probe: Probe, crossing: Crossing) -> Row:
        depth = text(length_text(crossing.depth_mm), "section", right=True)
        depth.setFixedWidth(66)
        angle = "" if crossing.angle_deg is None else f"{crossing.angle_deg:.0f}° to normal"
        line = Row(
            depth, text(f"{crossing.words[:1].upper()}{crossing.words[1:]}"), 1, text(angle, "label", right=True)
        )
        line.setToolTip(
            f"{crossing.sentence} The angle lies between the shaft and the normal of the surface: 0° is square on. "
            "Click to see the place."
        )
        entry_mm, inwards = probe.entry_mm, -probe.direction
        line.clicked.connect(lambda: self._session.view.reveal(entry_mm + crossing.depth_mm * inwards))
        return line


class _Strip(QWidget):
    """Paints the strip of a way."""

    def __init__(self) -> None:
        super().__init__()
        self._way: Passage | None = None
        self.setFixedHeight(int(HEIGHT_PX))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("What the shaft passes from skin to tip")
        cortex = load_path_rules().cortex_above_hu
        self.setToolTip(
            "From skin to tip: soft tissue dark, cancellous bone brown, cortex light, lesion pink, and above it the density of the CT. "
            f"Bone counts as cortex from {cortex.value:g} HU (dashed). {cortex.source}"
        )

    def show_way(self, way: Passage | None) -> None:
        """Show another way."""
        self._way = way
        self.update()

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        width, height = float(self.width()), float(self.height())
        draw(painter, [rectangle(0, 0, width, height, theme_colour("bg-1"))])
        if self._way is not None:
            draw(painter, way_marks(self._way, width, load_path_rules().cortex_above_hu.value))
