"""The walk through one case that the manual tells, with a picture at every stop."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QWidget

from app.journeys.cases import (
    ask_for_probes,
    begin_review,
    confirm_what_is_near,
    grow_lesion,
    judge_and_report,
    propose,
    use_plan,
    wait_settled,
)
from app.journeys.scripted_user import ALT, CONTROL, SHIFT, ScriptedUser, buttons
from app.view_state import Step
from app.widgets.keys_dialog import KeysDialog
from imaging.geometry import Floats

OF_CASE = "cryo-s2"
_WIDTH_PX, _PAGE_PX = 1366, 900
_GREYS, _COLOURS, _GREY_BELOW = 40, 80, 12
_SETTLED_S = 1.2


def take_pictures(user: ScriptedUser, lesion_mm: Floats, folder: Path, report: Path) -> list[Path]:
    """Walk through the case, and write a picture of each stop into a folder.

    Parameters
    ----------
    user : ScriptedUser
        Of a window with the CT open.
    lesion_mm : ndarray
    folder, report : Path

    Returns
    -------
    list of Path
    """
    walk = _Walk(user, folder)
    window = user.window
    user.wait(lambda: not window.jobs.busy, "what the CT shows")
    walk.keep("opened")
    grow_lesion(user, lesion_mm)
    walk.keep("lesion")
    user.press(Qt.Key.Key_U, "", CONTROL | SHIFT)
    begin_review(user)
    walk.keep("confirm")
    confirm_what_is_near(user)
    user.press(Qt.Key.Key_1, "", ALT)
    window.view.reveal(lesion_mm)
    walk.keep("case")
    user.press(Qt.Key.Key_K, "", CONTROL)
    user.type("iceseed", "")
    walk.keep("search")
    user.press(Qt.Key.Key_Escape, "")
    user.press(Qt.Key.Key_Escape, "")
    user.press(Qt.Key.Key_3, "", ALT)
    ask_for_probes(user, 3)
    propose(user)
    proposal = window.plans.proposal
    assert proposal is not None
    window.plans.look(proposal.plans[-1])
    page = window.panels[Step.PROBES]
    user.wait(lambda: len(buttons(page, "Use")) >= len(proposal.plans), "the list of plans")
    walk.scroll(buttons(page, "Use")[0])
    walk.keep("plans")
    window.plans.look(None)
    use_plan(user, 3)
    wait_settled(user)
    user.press(Qt.Key.Key_N, "")
    walk.scroll(window.panels[Step.PROBES].widget())
    walk.keep("needle")
    user.press(Qt.Key.Key_1, "", CONTROL)
    user.press(Qt.Key.Key_4, "", ALT)
    user.press(Qt.Key.Key_F, "")
    walk.keep("zone")
    user.press(Qt.Key.Key_F, "")
    user.press(Qt.Key.Key_5, "", ALT)
    user.wait(lambda: not window.jobs.busy, "how sure")
    walk.keep("risk")
    user.press(Qt.Key.Key_F8, "")
    user.wait(lambda: not window.jobs.busy, "what protects")
    walk.to_end(window.panels[Step.RISK])
    walk.keep("sure")
    user.press(Qt.Key.Key_6, "", ALT)
    walk.keep("present")
    user.press(Qt.Key.Key_Question, "")
    user.spin(0.3)
    sheet = window.findChild(KeysDialog)
    assert sheet is not None
    walk.keep("keys", sheet)
    sheet.close()
    judge_and_report(user, report)
    walk.keep_page("report", report)
    return walk.files


class _Walk:
    """Keeps pictures, small enough for a page."""

    def __init__(self, user: ScriptedUser, folder: Path) -> None:
        self._user, self._folder = user, folder
        self.files: list[Path] = []
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, name: str, widget: QWidget | None = None) -> None:
        """Keep a picture of the window, or of another one."""
        # What lies under the mouse is lit.
        QTest.mouseMove(self._user.window.status)
        self._user.spin(_SETTLED_S)
        self._write(name, _image_of((widget or self._user.window).grab()))

    def keep_page(self, name: str, pdf: Path) -> None:
        """Keep a picture of the first page of a PDF."""
        document = pypdfium2.PdfDocument(pdf)
        page = document[0]
        self._write(name, page.render(scale=_PAGE_PX / page.get_width()).to_pil())
        document.close()

    def scroll(self, widget: QWidget) -> None:
        """Have a part of a page at its top."""
        page = self._user.window.panels[self._user.window.view.step]
        page.verticalScrollBar().setValue(widget.mapTo(page.widget(), widget.rect().topLeft()).y() - 360)

    def to_end(self, page: QScrollArea) -> None:
        """Scroll a page to its end."""
        self._user.spin(0.2)
        page.verticalScrollBar().setValue(page.verticalScrollBar().maximum())

    def _write(self, name: str, picture: Image.Image) -> None:
        if picture.width > _WIDTH_PX:
            height = round(picture.height * _WIDTH_PX / picture.width)
            picture = picture.resize((_WIDTH_PX, height), Image.Resampling.LANCZOS)
        file = self._folder / f"{len(self.files) + 1:02d}-{name}.png"
        _few_colours(picture.convert("RGB")).save(file, optimize=True)
        self.files.append(file)


def _few_colours(picture: Image.Image) -> Image.Image:
    """A picture of greys and colours, each from a palette of their own: a CT's greys would leave no place for the colours."""
    pixels = np.asarray(picture).reshape(-1, 3)
    coloured = pixels[np.ptp(pixels.astype(int), axis=1) > _GREY_BELOW]
    palette = [level for grey in np.linspace(0, 255, _GREYS).round().astype(int).tolist() for level in (grey,) * 3]
    if len(coloured):
        strip = Image.fromarray(coloured[None]).quantize(_COLOURS, dither=Image.Dither.NONE)
        palette += strip.getpalette() or []
    holder = Image.new("P", (1, 1))
    holder.putpalette(palette[: 3 * 256])
    return picture.quantize(palette=holder, dither=Image.Dither.NONE)


def _image_of(pixmap: QPixmap) -> Image.Image:
    kept = QBuffer()
    kept.open(QIODevice.OpenModeFlag.WriteOnly)
    pixmap.save(kept, "PNG")
    return Image.open(io.BytesIO(bytes(kept.data().data())))
