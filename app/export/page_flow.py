"""Lay the sections of a report out on pages: nothing is cut off, heads stay with what they head."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.export.page_blocks import Strip, strips_of
from app.export.page_text import BASE_PX, SMALL_PX, paragraph, rule, words, wrapped
from app.export.shift import shifted
from app.representations.glyphs import glyph
from app.representations.primitives import Primitive, rectangle
from app.tokens import severity_wash
from planning.evaluation import Judgement
from planning.report.blocks import Report
from planning.report.wording import STANDING

PAGE_PX = (1358, 1920)
_LEFT, _WIDTH = 90.0, 1178.0
_TOP, _BOTTOM = 130.0, 1820.0
_SECTION_GAP_PX = 24.0
_HEAD_PX = 44.0


@dataclass(slots=True)
class _Pages:
    """Pages that fill from the top."""

    done: list[list[Primitive]] = field(default_factory=lambda: [[]])
    y_px: float = _TOP

    def room(self, height_px: float) -> bool:
        return self.y_px + height_px <= _BOTTOM

    def turn(self) -> None:
        self.done.append([])
        self.y_px = _TOP

    def put(self, strip: Strip) -> None:
        self.done[-1] += shifted(strip.primitives, _LEFT, self.y_px)
        self.y_px += strip.height_px


def report_pages(report: Report, footer: str, *, before: int = 0) -> list[list[Primitive]]:
    """Return the pages of a report, each as primitives on `PAGE_PX`.

    Parameters
    ----------
    report : Report
    footer : str
        What stands at the foot of every page beside the standing sentence.
    before : int
        Pages that come before these.
    """
    pages = _Pages()
    pages.put(_title(report))
    for section in report.sections:
        strips = strips_of(section.blocks, _WIDTH)
        head = Strip(
            height_px=_HEAD_PX,
            primitives=(
                words(section.title, 0, 16, size_px=24, weight="semibold"),
                rule(0, 36, _WIDTH, role="text-1", thick_px=1.5),
            ),
        )
        if (section.own_page and pages.y_px > _TOP) or not pages.room(_HEAD_PX + sum(s.height_px for s in strips[:3])):
            pages.turn()
        pages.put(head)
        for n, strip in enumerate(strips):
            following = strips[n + 1].height_px if strip.keeps_with_next and n + 1 < len(strips) else 0.0
            if not pages.room(strip.height_px + following):
                pages.turn()
                if strip.repeat is not None:
                    pages.put(strip.repeat)
            pages.put(strip)
        pages.y_px += _SECTION_GAP_PX
    count = before + len(pages.done)
    return [[*page, *_furniture(report, footer, n, count)] for n, page in enumerate(pages.done, start=before + 1)]


def _title(report: Report) -> Strip:
    """Title, subtitle, and above them the alert where there is one."""
    drawn: list[Primitive] = []
    y = 0.0
    if report.alert:
        lines = wrapped([(report.alert, "semibold")], _WIDTH - 60, 23)
        height = 18 + 30 * len(lines)
        drawn.append(rectangle(0, 0, _WIDTH, height, severity_wash(Judgement.INJURY, "light") or ""))
        drawn += glyph(Judgement.INJURY, 24, 24, 26, "light")
        drawn += paragraph(lines, 50, 24, size_px=23, line_px=30)
        y += height + 22
    lines = wrapped([(report.title, "semibold")], _WIDTH, 29)
    drawn += paragraph(lines, 0, y + 18, size_px=29, line_px=38)
    y += 38 * len(lines)
    drawn.append(words(report.subtitle, 0, y + 14, size_px=BASE_PX, role="text-2"))
    return Strip(height_px=y + 60, primitives=tuple(drawn))


def _furniture(report: Report, footer: str, number: int, count: int) -> list[Primitive]:
    right = _LEFT + _WIDTH
    top = wrapped([(report.title, "regular")], _WIDTH - 160, SMALL_PX, most=1)
    drawn: list[Primitive] = [
        *paragraph(top, _LEFT, 76, size_px=SMALL_PX, role="text-2"),
        words(f"page {number} of {count}", right, 76, size_px=SMALL_PX, anchor="right", role="text-2"),
        rule(_LEFT, 94, _WIDTH),
        rule(_LEFT, 1846, _WIDTH),
        words(STANDING, _LEFT, 1866, size_px=SMALL_PX, weight="semibold"),
        words(footer, right, 1866, size_px=SMALL_PX, anchor="right", role="text-2"),
    ]
    return drawn
