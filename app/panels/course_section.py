"""Power and impedance of the radiofrequency generators: a part of the page of the zone."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.contained import contained_paint
from app.controllers.session import Session
from app.qt_painter import draw
from app.representations.course import draw_course
from app.widgets.basics import Section, clear, row, text
from app.widgets.chart_export import ChartTable, ExportMenu
from planning.evaluation.generators import MEANING, GeneratorCourse, generator_courses

_HEIGHT_PX = 64


class CourseSection(Section):
    """One strip for every generator; nothing while the zone has no such curves."""

    def __init__(self, session: Session) -> None:
        super().__init__("Generators", "power and impedance")
        self._session = session
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self.add(self._list)
        self.add(text(MEANING, "label", wrap=True))
        self._shown: object = None

    def refresh(self) -> None:
        """Bring the section up to date."""
        case, zone = self._session.case, self._session.zone
        current = case is not None and zone is not None and not self._session.stale_because
        courses = generator_courses(case, zone.zone) if current and case and zone else ()
        self.setVisible(bool(courses))
        shown = (zone, case.plan.generators) if courses and case else None
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._list)
        for course in courses:
            names, power = text(course.probes, "section"), text(course.power_text, "secondary")
            self._list.addLayout(row(names, power, 1, text(course.impedance_text, right=True)))
            if course.works:
                self._list.addWidget(CourseStrip(course))


class CourseStrip(QWidget):
    """The curves of one generator."""

    def __init__(self, course: GeneratorCourse) -> None:
        super().__init__()
        self._course = course
        self.setFixedHeight(_HEIGHT_PX)
        several = len(course.share_w) > 1
        ExportMenu(self, f"generator {course.probes}", self._table)
        self.setToolTip(f"Power from the left scale, impedance from the right.{several * f' {course.share_text}.'}")

    def _table(self) -> ChartTable:
        course = self._course
        columns = ("time, s", "power, W", "impedance, ohm", *(f"power of {name}, W" for name, _ in course.share_w))
        every = (course.times_s, course.power_w, course.impedance_ohm, *(share for _, share in course.share_w))
        return ChartTable(columns=columns, rows=np.stack(every, axis=1).tolist())

    @contained_paint
    def paintEvent(self, painter: QPainter) -> None:
        draw(painter, draw_course(self._course, self.width(), self.height()))
