"""Fonts, palette, stylesheet and icons of the window, all from the tokens."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QImage, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.qt_painter import draw
from app.representations.glyphs import glyph
from app.tokens import ON_IMAGE, Theme, current_theme, theme_colour, tokens, use_theme
from planning.evaluation import Judgement
from resources import resource

_FONTS = ("Inter-Regular", "Inter-Medium", "Inter-SemiBold")


def apply_theme(application: QApplication) -> None:
    """Give the application its fonts, and palette and stylesheet of the current theme."""
    application.setStyle("Fusion")
    for name in _FONTS:
        QFontDatabase.addApplicationFontFromData(QByteArray(resource("fonts", f"{name}.ttf").read_bytes()))
    font = QFont("Inter")
    font.setPixelSize(13)
    font.setFeature(QFont.Tag("tnum"), 1)
    application.setFont(font)
    set_theme(current_theme())


def set_theme(theme: Theme) -> None:
    """Have all that is open follow a theme: palette, stylesheet, icons and marks."""
    use_theme(theme)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    palette = QPalette()
    for role, token in tokens()["qt_palette"].items():
        palette.setColor(QPalette.ColorRole[role], QColor(theme_colour(token)))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme_colour("text-off")))
    application.setPalette(palette)
    application.setStyleSheet(_stylesheet())


def _stylesheet() -> str:
    template = resource("themes", "window.qss").read_text(encoding="utf-8")
    for name in ("arrow", "check"):
        file = Path(str(resource("themes", f"{name}-{current_theme()}.svg"))).as_posix()
        template = template.replace(f"@{name}", file)
    for prefix, theme in (("image-", ON_IMAGE), ("", current_theme())):
        for role, colour in tokens()["theme"][theme].items():
            template = template.replace(f"@{prefix}{role};", f"{colour};").replace(f"@{prefix}{role} ", f"{colour} ")
    return template


class _TintedSvg(QIconEngine):
    """An SVG icon drawn in the colour of its state, in the window's theme unless it has one of its own."""

    def __init__(self, name: str, role: str, theme: Theme | None) -> None:
        super().__init__()
        self._name, self._role, self._theme = name, role, theme

    def paint(self, painter: QPainter, rect, mode: QIcon.Mode, state: QIcon.State) -> None:  # type: ignore[no-untyped-def]
        role = "text-off" if mode is QIcon.Mode.Disabled else self._role
        if state is QIcon.State.On:
            role = "text-1"
        svg = _svg(self._name).replace("currentColor", theme_colour(role, self._theme))
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self.paint(painter, image.rect(), mode, state)
        painter.end()
        return QPixmap.fromImage(image)

    def clone(self) -> QIconEngine:
        return _TintedSvg(self._name, self._role, self._theme)


@cache
def _svg(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


@cache
def icon(name: str, role: str = "text-2", theme: Theme | None = None) -> QIcon:
    """Return an icon of `resources/icons`, tinted by a role of the window's theme or of another."""
    return QIcon(_TintedSvg(name, role, theme))


def judgement_pixmap(judgement: Judgement, size_px: int = 14, ratio: float = 2.0) -> QPixmap:
    """Return the glyph of a judgement as a pixmap of ``size_px`` logical pixels."""
    return _judgement_pixmap(judgement, size_px, ratio, current_theme())


@cache
def _judgement_pixmap(judgement: Judgement, size_px: int, ratio: float, theme: Theme) -> QPixmap:
    box = size_px + 4
    image = QImage(round(box * ratio), round(box * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    draw(painter, glyph(judgement, box / 2, box / 2, size_px, theme))
    painter.end()
    return QPixmap.fromImage(image)


def swatch_pixmap(colour: str, size_px: int = 10, ratio: float = 2.0) -> QPixmap:
    """Return a small square of a structure's colour."""
    image = QImage(round(size_px * ratio), round(size_px * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # Colours made for black ground need an edge on a light one.
    light = current_theme() == "light"
    painter.setPen(QColor(theme_colour("line-control")) if light else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    inset = 0.5 if light else 0.0
    painter.drawRoundedRect(QRectF(inset, inset, size_px - 2 * inset, size_px - 2 * inset), 2, 2)
    painter.end()
    return QPixmap.fromImage(image)
