"""The manual in a window beside the work: contents, search, text and pictures. Not modal."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QKeySequence,
    QMouseEvent,
    QPixmap,
    QShortcut,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTextBrowser,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.manual import anchor_of, manual_folder, manual_text
from app.tokens import theme_colour
from app.widgets.basics import icon_button, row, text

_PAGE_PX, _CONTENTS_PX, _MARGIN_PX = 860, 230, 28
_SIZES_PX = {1: 24, 2: 19, 3: 15}
_ABOVE_PX = {1: 4, 2: 30, 3: 18}
_LINE_HEIGHT_PCT, _PARAGRAPH_PX, _PICTURE_BELOW_PX = 140, 6, 12
_PICTURE = "\ufffc"
"""What stands for a picture in the text of a paragraph."""


class _Page(QTextBrowser):
    """The text; pictures come from the manual's folder, as wide as the page at most. A click on one shows it as large as it is."""

    pictureClicked = Signal(str)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        name = self.picture_at(event.position().toPoint())
        if name and event.button() is Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.pictureClicked.emit(name)

    def picture_at(self, place: QPoint) -> str:
        """Return the name of the picture at a place of the page, or nothing."""
        cursor = self.cursorForPosition(place)
        # A picture is one letter: a place in its left half is before that letter, one in its right half behind it.
        for steps in (0, 1):
            cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.MoveAnchor, steps)
            if cursor.charFormat().isImageFormat():
                return cursor.charFormat().toImageFormat().name()
        return ""

    def loadResource(self, kind: int, name: QUrl) -> object:
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        picture = QImage(str(manual_folder() / name.path()))
        ratio = self.devicePixelRatioF()
        if picture.width() > _PAGE_PX * ratio:
            picture = picture.scaledToWidth(round(_PAGE_PX * ratio), Qt.TransformationMode.SmoothTransformation)
        picture.setDevicePixelRatio(ratio)
        return picture


class ManualWindow(QDialog):
    """The manual.

    Parameters
    ----------
    parent : QWidget
        The window, beside which it stands.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Manual")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(
            min(_CONTENTS_PX + _PAGE_PX + 4 * _MARGIN_PX, parent.width() - 40), max(min(900, parent.height() - 80), 300)
        )
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search the manual")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._find)
        self.search.returnPressed.connect(lambda: self.go_on(1))
        self.found = text("", "label")
        self.earlier = icon_button("chevron-up", "Place before (Shift+F3)", lambda: self.go_on(-1), size=16)
        self.later = icon_button("chevron-down", "Next place (Enter, F3)", lambda: self.go_on(1), size=16)
        for each in (self.earlier, self.later):
            each.setEnabled(False)
        self.contents = QListWidget()
        self.contents.setObjectName("manualContents")
        self.contents.setFixedWidth(_CONTENTS_PX)
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.contents.itemClicked.connect(lambda item: self.show_chapter(item.data(Qt.ItemDataRole.UserRole)))
        self.page = _Page()
        self.page.setObjectName("manualPage")
        self.page.setOpenLinks(False)
        self.page.pictureClicked.connect(self._enlarge)
        self.page.anchorClicked.connect(lambda link: self._show_anchor(link.fragment()))
        self._headings: dict[str, QTextBlock] = {}
        self._places: list[QTextCursor] = []
        self._at = 0
        for keys, steps in (("F3", 1), ("Shift+F3", -1)):
            QShortcut(QKeySequence(keys), self, lambda s=steps: self.go_on(s))
        QShortcut(QKeySequence.StandardKey.Find, self, self.search.setFocus)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self.search)
        left.addLayout(row(self.found, 1, self.earlier, self.later, spacing=2))
        left.addWidget(self.contents, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(left)
        layout.addWidget(self.page, 1)
        self._fill()
        self.page.verticalScrollBar().valueChanged.connect(self._follow)
        self.page.setFocus()

    # ---------------------------------------------------------------- going somewhere

    def show_chapter(self, heading: str) -> None:
        """Scroll to a heading; one that is not there leads to the beginning."""
        block = self._headings.get(heading)
        layout = self.page.document().documentLayout()
        top = 0.0 if block is None else layout.blockBoundingRect(block).top()
        self.page.verticalScrollBar().setValue(max(round(top) - 8, 0))
        self._follow()

    @property
    def chapter(self) -> str:
        """The chapter that is read."""
        item = self.contents.currentItem()
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def _show_anchor(self, anchor: str) -> None:
        self.show_chapter(next((heading for heading in self._headings if anchor_of(heading) == anchor), ""))

    def _enlarge(self, name: str) -> None:
        """Show a picture as large as it is."""
        shown = QDialog(self)
        shown.setWindowTitle("Picture of the manual")
        shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picture = QLabel()
        picture.setPixmap(QPixmap(str(manual_folder() / name)))
        layout = QVBoxLayout(shown)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(picture)
        shown.show()

    def _follow(self) -> None:
        """Mark the chapter at the top of the page in the contents."""
        top = self.page.verticalScrollBar().value() + 40
        layout, read = self.page.document().documentLayout(), 0
        for n, block in enumerate(self._headings.values()):
            if layout.blockBoundingRect(block).top() <= top:
                read = n
        self.contents.setCurrentRow(read)

    # ---------------------------------------------------------------- searching

    def _find(self, typed: str) -> None:
        """Mark every place of what is typed, and go to the first."""
        self._places, self._at = [], 0
        document, cursor = self.page.document(), QTextCursor()
        if len(typed.strip()) > 1:
            cursor = document.find(typed.strip())
            while not cursor.isNull():
                self._places.append(cursor)
                cursor = document.find(typed.strip(), cursor)
        for each in (self.earlier, self.later):
            each.setEnabled(len(self._places) > 1)
        if not self._places:
            self.page.setExtraSelections([])
            self.found.setText("Not found" if len(typed.strip()) > 1 else "")
            return
        self.go_on(0)

    def go_on(self, steps: int) -> None:
        """Go to a later or an earlier place of what was searched for."""
        if not self._places:
            return
        self._at = (self._at + steps) % len(self._places)
        self.found.setText(f"{self._at + 1} of {len(self._places)}")
        marked = []
        for n, place in enumerate(self._places):
            selection = QTextEdit.ExtraSelection()
            selection.cursor = place
            here = n == self._at
            selection.format.setBackground(QColor(theme_colour("accent-fill" if here else "bg-5")))
            if here:
                selection.format.setForeground(QColor(theme_colour("on-accent")))
            marked.append(selection)
        self.page.setExtraSelections(marked)
        cursor = QTextCursor(self._places[self._at])
        cursor.clearSelection()
        self.page.setTextCursor(cursor)
        self.page.ensureCursorVisible()

    # ---------------------------------------------------------------- the page

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "page"):
            at = self.page.verticalScrollBar().value()
            self._fill()
            self.page.verticalScrollBar().setValue(at)

    def _fill(self) -> None:
        document = self.page.document()
        document.setDocumentMargin(_MARGIN_PX)
        font = QFont(self.font())
        font.setPixelSize(14)
        document.setDefaultFont(font)
        document.setMarkdown(manual_text(), QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        self._headings = {}
        self.contents.clear()
        block = document.begin()
        while block.isValid():
            level = block.blockFormat().headingLevel()
            _set_block(block, level)
            if level in (2, 3):
                self._headings[block.text()] = block
                item = QListWidgetItem(("    " if level > 2 else "") + block.text())
                item.setData(Qt.ItemDataRole.UserRole, block.text())
                self.contents.addItem(item)
            block = block.next()
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _set_table(frame)
        self.page.moveCursor(QTextCursor.MoveOperation.Start)
        self._find(self.search.text())


def _set_block(block: QTextBlock, level: int) -> None:
    """Give a paragraph its distances, and a heading its size; keys and file names stand on a ground of their own."""
    cursor = QTextCursor(block)
    spaced = QTextBlockFormat()
    # A line as high as a picture needs no room above it.
    pictured = _PICTURE in block.text()
    if not pictured:
        spaced.setLineHeight(_LINE_HEIGHT_PCT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    if level == 0 and cursor.currentTable() is None:
        spaced.setBottomMargin(_PICTURE_BELOW_PX if pictured else _PARAGRAPH_PX)
    if level:
        spaced.setTopMargin(_ABOVE_PX.get(level, 14))
        spaced.setBottomMargin(6)
    cursor.mergeBlockFormat(spaced)
    if level:
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        font = QFont("Inter")
        font.setPixelSize(_SIZES_PX.get(level, 14))
        font.setWeight(QFont.Weight.DemiBold)
        large = QTextCharFormat()
        large.setFont(font)
        # Not merged: what Markdown makes of a heading has a size of its own.
        cursor.setCharFormat(large)
        return
    # Their ranges first: a fragment whose format changes is another one.
    fixed, fragments = [], block.begin()
    while not fragments.atEnd():
        fragment = fragments.fragment()
        if fragment.charFormat().fontFixedPitch():
            fixed.append((fragment.position(), fragment.position() + fragment.length()))
        fragments += 1
    ground = QTextCharFormat()
    ground.setFontFamilies(["Inter"])
    ground.setFontWeight(QFont.Weight.Medium)
    ground.setBackground(QBrush(QColor(theme_colour("bg-4"))))
    for start, stop in fixed:
        cursor.setPosition(start)
        cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(ground)


def _set_table(table: QTextTable) -> None:
    look = table.format()
    look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    look.setBorder(1)
    look.setBorderCollapse(True)
    look.setBorderBrush(QBrush(QColor(theme_colour("line-2"))))
    look.setCellPadding(6)
    look.setCellSpacing(0)
    look.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    table.setFormat(look)
