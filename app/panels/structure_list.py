"""The list of what is marked, in groups that open and close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.controllers.colours import colour_of, colour_of_new
from app.controllers.places import show_structure
from app.controllers.session import Session
from app.panels.object_row import object_buttons
from app.widgets.basics import Row, button, clear, icon_button, swatch_label, text
from imaging.structures import BONES, FORAMINA, ROOT_LEVELS, SACRAL_ROOT_LEVELS, Side, StructureKind
from planning.model import Case, Structure
from planning.operations.levels import renumber_levels
from planning.operations.structures import confirm_structure
from planning.quantities import volume_text

_VOLUME_PX, _CONFIRM_PX = 66, 64


@dataclass(frozen=True, slots=True)
class _Group:
    """Structures that stand together in the list.

    Attributes
    ----------
    open_at_first : bool
        Those that few plans need are closed.
    landmarks : bool
        They have no limits of their own and may be confirmed together. What may come to harm is looked at one by one.
    """

    name: str
    open_at_first: bool = True
    landmarks: bool = False

    def holds(self, structure: Structure) -> bool:
        return _group_of(structure) == self.name


_GROUPS = (
    _Group("Lesion"),
    _Group("Canal and sac"),
    _Group("Sacral roots"),
    _Group("Roots above the sacrum", open_at_first=False),
    _Group("Sacral foramina", open_at_first=False, landmarks=True),
    _Group("Bones", open_at_first=False, landmarks=True),
    _Group("Organs, vessels, others"),
)
_IN_CANAL = (StructureKind.CANAL, StructureKind.THECAL_SAC, StructureKind.CORD, StructureKind.EPIDURAL_FAT)


def _group_of(structure: Structure) -> str:
    kind = structure.kind
    if kind is StructureKind.LESION:
        return "Lesion"
    if kind in _IN_CANAL:
        return "Canal and sac"
    if kind is StructureKind.NERVE:
        return "Sacral roots"
    if kind is StructureKind.ROOT:
        return "Sacral roots" if structure.level in SACRAL_ROOT_LEVELS else "Roots above the sacrum"
    if kind in FORAMINA:
        return "Sacral foramina"
    return "Bones" if kind in BONES else "Organs, vessels, others"


def _in_order(structures: Sequence[Structure]) -> list[Structure]:
    """Roots and vertebrae from above downwards and right before left; the others as they were marked."""

    def place(structure: Structure) -> tuple[int, bool]:
        level = ROOT_LEVELS.index(structure.level) if structure.level else len(ROOT_LEVELS)
        return level, structure.side is Side.LEFT

    return sorted(structures, key=place)


class StructureList(QWidget):
    """Every structure with its colour, volume, and what can be done to it.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._open = {group.name: group.open_at_first for group in _GROUPS}
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._shown: object = None
        self._volumes: dict[str, QLabel] = {}

    def refresh(self) -> None:
        """Show the structures of the case; while one is painted only volumes differ."""
        case = self._session.case
        structures = case.structures if case else ()
        shown = self._shown_by(structures)
        if shown == self._shown:
            for structure in structures:
                if structure.id in self._volumes:
                    self._volumes[structure.id].setText(volume_text(structure.volume_mm3))
            return
        self._shown = shown
        self._volumes.clear()
        # Lines that come into sight one by one have the whole panel laid out once for each.
        self.hide()
        clear(self._lines)
        for group in _GROUPS:
            held = _in_order([s for s in structures if group.holds(s)])
            if not held:
                continue
            single = len(held) == 1 and group.name == "Lesion"
            if not single:
                self._lines.addWidget(self._head(group, held))
            if single or self._open[group.name] or any(s.id == self._session.view.selected for s in held):
                for structure in held:
                    self._lines.addWidget(self._line(structure))
        if not structures:
            words = "Nothing is marked yet. Click the lesion, then place the canal and the roots."
            self._lines.addWidget(text(words, "label", wrap=True))
        self.show()

    def _shown_by(self, structures: Sequence[Structure]) -> object:
        """Return what the lines depend on, volumes aside."""
        view = self._session.view
        kept = tuple((s.id, s.name, s.confirmed, s.locked, s.colour, s.origin, s.confidence) for s in structures)
        lesion = colour_of_new(self._session, StructureKind.LESION)
        return kept, view.selected, view.hidden, lesion, tuple(self._open.items())

    def _head(self, group: _Group, held: Sequence[Structure]) -> QWidget:
        shown = self._open[group.name]
        unconfirmed = sum(not s.confirmed for s in held)
        every = "" if unconfirmed == len(held) else f" of {len(held)}"
        count = f"{unconfirmed}{every} unconfirmed" if unconfirmed else str(len(held))
        items: list[QWidget | int] = [
            icon_button(
                "chevron-down" if shown else "chevron-right",
                f"{'Close' if shown else 'Open'} {group.name}",
                lambda: self._toggle_group(group.name),
                size=14,
            ),
            text(group.name, "secondary"),
            text(count, "label"),
            1,
        ]
        if any(s.level for s in held) and group.name == "Sacral roots":
            for down, words in ((-1, "↑"), (1, "↓")):
                items.append(self._renumber(down, words))
        if group.landmarks and unconfirmed:
            act = button("Confirm all", lambda: self._confirm(group.name, held))
            act.setProperty("small", True)
            act.setFixedHeight(22)
            act.setToolTip("Once you have looked at them")
            items.append(act)
        hidden = all(s.id in self._session.view.hidden for s in held)
        verb = "Show" if hidden else "Hide"
        items.append(
            icon_button(
                "eye-off" if hidden else "eye", f"{verb} {group.name}", lambda: self._hide(held, not hidden), size=16
            )
        )
        line = Row(*items)
        line.clicked.connect(lambda: self._toggle_group(group.name))
        return line

    def _renumber(self, down: int, words: str) -> QPushButton:
        new = "S1 becomes S2, L5 becomes S1" if down > 0 else "S1 becomes L5, S2 becomes S1"
        act = button(words, lambda: self._session.apply("Renumber levels", lambda case: renumber_levels(case, down)))
        act.setProperty("small", True)
        act.setFixedSize(24, 22)
        act.setAccessibleName(f"Renumber levels {'down' if down > 0 else 'up'}")
        act.setToolTip(
            f"Transitional anatomy: name all roots and vertebrae one level {'down' if down > 0 else 'up'}: {new}"
        )
        return act

    def _line(self, structure: Structure) -> QWidget:
        name = QLabel(structure.name)
        name.setToolTip(structure.origin)
        # A longer name is cut rather than the panel widened; its tooltip shows on it all the same.
        name.setMinimumWidth(80)
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        volume = text(volume_text(structure.volume_mm3), "secondary", right=True)
        volume.setFixedWidth(_VOLUME_PX)
        self._volumes[structure.id] = volume
        line = Row(
            swatch_label(colour_of(self._session, structure)),
            name,
            self._confirming(structure),
            volume,
            *object_buttons(self._session, structure),
            selected=structure.id == self._session.view.selected,
        )  # fmt: skip
        line.holds(structure.id)
        line.tighten(stretched=1)
        line.clicked.connect(lambda: show_structure(self._session, structure))
        return line

    def _confirming(self, structure: Structure) -> QWidget:
        """The button to confirm, with how sure the program was; a gap as wide where a person has."""
        if structure.confirmed:
            gap = QWidget()
            gap.setFixedWidth(_CONFIRM_PX)
            return gap
        act = button("Confirm", lambda: self._session.apply(
            f"Confirm {structure.name}", lambda case: confirm_structure(case, structure.id)))  # fmt: skip
        act.setProperty("small", True)
        act.setFixedSize(_CONFIRM_PX, 22)
        if structure.confidence is not None:
            act.setToolTip(f"The program is {100 * structure.confidence:.0f} % sure: {structure.origin}")
        return act

    def _confirm(self, name: str, held: Sequence[Structure]) -> None:
        def confirmed(case: Case) -> Case:
            for structure in held:
                case = confirm_structure(case, structure.id)
            return case

        self._session.apply(f"Confirm {name.lower()}", confirmed)

    def _toggle_group(self, name: str) -> None:
        self._open[name] = not self._open[name]
        self.refresh()

    def _hide(self, structures: Sequence[Structure], hidden: bool) -> None:
        self._session.view.set_hidden((s.id for s in structures), hidden)
        self.refresh()
