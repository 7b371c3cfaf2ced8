"""Where to go in: the skin map, suggestions with what each costs and keeps away from, and two of them side by side."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.controllers.session import Session
from app.controllers.ways_in import WaysIn
from app.panels.base import RunCommand
from app.widgets.basics import Row, Section, button, clear, row, text
from planning.quantities import length_text
from planning.trajectory.console import console_numbers
from planning.trajectory.passage import Passed
from planning.trajectory.suggest import Suggestion


class WaysInSection(Section):
    """The skin map and suggestions.

    Parameters
    ----------
    session : Session
    ways_in : WaysIn
    run : callable
        Runs a command by its id.
    """

    def __init__(self, session: Session, ways_in: WaysIn, run: RunCommand) -> None:
        super().__init__("Ways in")
        self._session, self._ways_in = session, ways_in
        self._looked_at: list[Suggestion] = []
        self.suggest = button("Suggest paths", lambda: run("suggest-paths"), icon_name="corridor")
        self.suggest.setToolTip("The best paths of different kinds to the lesion, with the chosen device (Ctrl+G)")
        self.map = button("Skin map", lambda: run("skin-map"), icon_name="skin-map")
        self.map.setCheckable(True)
        self.map.setToolTip("Colour the skin in 3D by how good an entry it is; click it to place the probe (Ctrl+M)")
        self.add(row(self.suggest, self.map, 1))
        self._note = text("", "label", wrap=True)
        self.add(self._note)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self.add(self._list)
        self._compared = QGridLayout()
        self._compared.setHorizontalSpacing(12)
        self._compared.setVerticalSpacing(3)
        self.add(self._compared)
        ways_in.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Bring buttons, list and comparison up to date."""
        ways_in, case = self._ways_in, self._session.case
        self.suggest.setEnabled(case is not None)
        self.map.setEnabled(case is not None)
        self.map.setChecked(ways_in.shows_map)
        words = ways_in.at_work
        if not words and ways_in.refusal is not None:
            words = str(ways_in.refusal)
        shown = self._session.view.skin_map
        if not words and ways_in.suggestions:
            words = ways_in.suggestions[0].doubts
        elif not words and shown is not None:
            words = shown.doubts
        self._note.setText(words)
        self._note.setVisible(bool(words))
        self._looked_at = [s for s in self._looked_at if s in ways_in.suggestions]
        clear(self._list)
        for suggestion in ways_in.suggestions:
            self._list.addWidget(self._row(suggestion))
        self._compare()

    def _row(self, suggestion: Suggestion) -> QWidget:
        use = button("Use", lambda: self._ways_in.take(suggestion))
        use.setToolTip("Place the selected probe here, or a new one")
        words = QVBoxLayout()
        words.setSpacing(0)
        title = text(suggestion.title, "section", wrap=True)
        words.addWidget(title)
        for sentence in (suggestion.costs, suggestion.avoids):
            words.addWidget(text(sentence, "secondary", wrap=True))
        line = Row(selected=suggestion in self._looked_at)
        inner = line.layout()
        inner.addLayout(words, 1)
        inner.addWidget(use)
        line.setToolTip(
            f"Click to see it in the views; click a second one to compare the two.\n{suggestion.doubts}".strip()
        )
        line.clicked.connect(lambda: self._look_at(suggestion))
        return line

    def _look_at(self, suggestion: Suggestion) -> None:
        """Show a suggestion; the one looked at before stays beside it for comparison."""
        if suggestion in self._looked_at:
            self._looked_at.remove(suggestion)
        else:
            self._looked_at = [*self._looked_at[-1:], suggestion]
        self._ways_in.offer(self._looked_at[-1] if self._looked_at else None)
        self.refresh()

    def _compare(self) -> None:
        """Two suggestions side by side."""
        clear(self._compared)
        if len(self._looked_at) < 2:
            return
        names = [f"{self._ways_in.suggestions.index(s) + 1}. {s.corridor.kind_words}" for s in self._looked_at]
        for column, name in enumerate(("", *names)):
            self._compared.addWidget(text(name, "label", wrap=True, right=column > 0), 0, column)
        columns = [_facts(s) for s in self._looked_at]
        for line, (label, _) in enumerate(columns[0], 1):
            self._compared.addWidget(text(label, "secondary", wrap=True), line, 0)
            for column, facts in enumerate(columns, 1):
                self._compared.addWidget(text(facts[line - 1][1], "secondary", wrap=True, right=True), line, column)
        for column in range(3):
            self._compared.setColumnStretch(column, 1)


def _facts(suggestion: Suggestion) -> list[tuple[str, str]]:
    judged, numbers = suggestion.judged, console_numbers(suggestion.probe)
    way = judged.way
    met, _ = judged.costs["normal"]
    facts = [
        ("Depth", length_text(numbers.depth_mm)),
        ("In-plane angle", numbers.in_plane_text),
        ("Craniocaudal angle", numbers.craniocaudal_text),
        ("Bone drilled", length_text(way.drilled_mm) if way else "not assessed"),
        ("Cortex", length_text(way.length_mm(Passed.CORTEX)) if way else "not assessed"),
        ("Steepest to normal", f"{met:.0f}°"),
        ("Off the middle", length_text(judged.costs["aim"][0])),
    ]
    facts += [(f"Nearest, {n}", f"{c.name} {length_text(c.distance_mm)}") for n, c in enumerate(judged.near[:3], 1)]
    return facts + [(f"Nearest, {n}", "") for n in range(len(judged.near[:3]) + 1, 4)]
