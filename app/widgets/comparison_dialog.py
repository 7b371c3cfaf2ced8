"""The window that shows the plans of a case side by side. Not modal."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QIcon, QPalette
from PySide6.QtWidgets import QDialog, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.theme import judgement_pixmap
from app.widgets.basics import button, row, text
from planning.model.judgement import Judgement
from planning.plans import Cell, Comparison

_GLYPH_PX = 14
_TELLING = (Judgement.CAUTION, Judgement.ALARM, Judgement.INJURY, Judgement.UNCONFIRMED, Judgement.WITHIN)


class ComparisonDialog(QDialog):
    """One column a plan, one line a respect; what differs stands out.

    Parameters
    ----------
    take : callable
        Called with the number of the plan that is to be in hand.
    predict : callable
        Solves the plans that are not predicted as they are.
    parent : QWidget
    """

    def __init__(self, take: Callable[[int], object], predict: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Plans side by side")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(880, 640)
        self._take = take
        self._shown: object = None
        self.head = text("", "secondary", wrap=True)
        self.table = QTableWidget(0, 0)
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setIconSize(QSize(_GLYPH_PX, _GLYPH_PX))
        self.table.setWordWrap(True)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.predict = button("Predict what is missing", predict, icon_name="play")
        self.predict.setToolTip("Solve the plans that are not predicted as they are, one after the other")
        self.close_button = button("Close", self.close)
        for each in (self.predict, self.close_button):
            each.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.head)
        layout.addWidget(self.table, 1)
        layout.addLayout(row(self.predict, 1, self.close_button))

    def show_comparison(self, found: Comparison | None, in_hand: int, *, predicting: bool) -> None:
        """Show plans, the one in hand marked; None while they are being compared for the first time."""
        if found is None:
            self.head.setText("Comparing…")
            self.predict.setEnabled(False)
            return
        missing = sum(v is None and bool(p.probes) for p, v in zip(found.plans, found.verdicts, strict=True))
        self.predict.setEnabled(missing > 0 and not predicting)
        many = f"{missing} plan{'s are' if missing != 1 else ' is'} not predicted"
        self.head.setText("Being predicted…" if predicting else f"{many} as it is now." if missing else "")
        self.head.setVisible(predicting or missing > 0)
        if self._shown != (found, in_hand):
            self._shown = (found, in_hand)
            self._fill(found, in_hand)

    def _fill(self, found: Comparison, in_hand: int) -> None:
        table, plans = self.table, found.plans
        table.clear()
        table.setColumnCount(len(plans) + 1)
        table.setRowCount(len(found.rows) + 1)
        table.setHorizontalHeaderLabels(["", *(p.title for p in plans)])
        for n, plan in enumerate(plans, 1):
            table.setCellWidget(0, n, self._hand(plan.number, plan.title, mine=plan.number == in_hand))
        for line, compared in enumerate(found.rows, 1):
            name = QTableWidgetItem(compared.words)
            name.setForeground(table.palette().color(QPalette.ColorRole.PlaceholderText))
            table.setItem(line, 0, name)
            for n, cell in enumerate(compared.cells, 1):
                table.setItem(line, n, self._item(cell, stands_out=compared.differs))
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        for n in range(1, len(plans) + 1):
            table.horizontalHeader().setSectionResizeMode(n, QHeaderView.ResizeMode.Stretch)
        table.resizeRowsToContents()

    def _hand(self, number: int, title: str, *, mine: bool) -> QWidget:
        """What stands over a plan: that it is in hand, or a button that takes it."""
        holder = QWidget()
        if mine:
            inner = row(text("in hand", "label"), 1)
        else:
            take = button("Take", lambda: self._take(number))
            take.setAutoDefault(False)
            take.setToolTip(f"Take {title} in hand: it is shown, edited and judged")
            inner = row(take, 1)
        inner.setContentsMargins(4, 2, 4, 2)
        holder.setLayout(inner)
        return holder

    def _item(self, cell: Cell, *, stands_out: bool) -> QTableWidgetItem:
        made = QTableWidgetItem(cell.words)
        if cell.judgement in _TELLING and cell.known:
            made.setIcon(QIcon(judgement_pixmap(cell.judgement, _GLYPH_PX)))
            made.setToolTip(cell.judgement.word)
        if not cell.known:
            made.setForeground(self.table.palette().color(QPalette.ColorRole.PlaceholderText))
        elif stands_out:
            font = QFont(self.table.font())
            font.setWeight(QFont.Weight.DemiBold)
            made.setFont(font)
        return made
