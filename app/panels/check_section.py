"""Planned against actual: a new CT with the real needle, what its registration left, and the way on from where it is."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from app.checking import registration_sentence
from app.controllers.checking import Checking
from app.controllers.session import Session
from app.panels.base import RunCommand
from app.widgets.basics import Section, button, clear, judgement_label, row, text
from app.widgets.facts import Facts
from planning.evaluation import Judgement
from planning.quantities import NNBSP, deviation_text, length_text
from planning.trajectory.check import Deviation, depth_words, deviation_sentences, way_words

_ABOUT = "Take a CT with the needle in place: bones are laid over each other, the needle is found and compared."


class CheckSection(Section):
    """The check of a plan with a new CT.

    Parameters
    ----------
    session : Session
    checking : Checking
    run : callable
        Runs a command by its id.
    """

    def __init__(self, session: Session, checking: Checking, run: RunCommand) -> None:
        super().__init__("Planned against actual")
        self._session, self._checking = session, checking
        self._lines = QVBoxLayout()
        self._lines.setSpacing(6)
        self.add(self._lines)
        self.begin = button("Check with a new CT…", lambda: run("check-new-ct"), icon_name="scan-line")
        self.begin.setToolTip("Choose the folder of a CT that shows the needle (F7)")
        self.cancel = button("Cancel", checking.cancel)
        self.image = button(
            "Show the new CT", lambda: checking.show_new_ct(not checking.shows_new_ct), icon_name="layers"
        )
        self.put_away = button("Put away", checking.close)
        self.put_away.setToolTip("Remove the real needles from the views; the plan stays as it is")
        self.add(row(self.begin, self.cancel, self.image, self.put_away, 1))
        self._shown: object = None

    def refresh(self) -> None:
        """Bring the section up to date."""
        checking, case = self._checking, self._session.case
        placed = case is not None and bool(case.plan.probes)
        found = checking.found
        self.begin.setVisible(not checking.running and found is None)
        self.begin.setEnabled(placed)
        self.cancel.setVisible(checking.running)
        self.image.setVisible(found is not None)
        self.image.setText("Back to the planning CT" if checking.shows_new_ct else "Show the new CT")
        self.put_away.setVisible(found is not None)
        deviations = checking.deviations
        shown = (placed, checking.running, checking.refusal, found, [(d.probe, d.needle) for d in deviations])
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._lines)
        if checking.running:
            self._say("The new CT is registered on bone, and its needles are looked for.")
        elif checking.refusal is not None:
            self._refused(f"{checking.refusal}")
        elif found is None:
            self._say(_ABOUT if placed else "Place a probe first: there is no plan to compare with.")
        else:
            self._say(registration_sentence(found.registration))
            for deviation in deviations:
                self._compare(deviation)
            for note in found.notes:
                self._say(note)

    def _say(self, words: str) -> None:
        self._lines.addWidget(text(words, "label", wrap=True))

    def _refused(self, words: str) -> None:
        line = row(judgement_label(Judgement.CAUTION), text(words, "secondary", wrap=True))
        line.setStretch(1, 1)
        self._lines.addLayout(line)

    def _compare(self, found: Deviation) -> None:
        self._lines.addWidget(text(f"{found.probe.name}, actual", "section"))
        facts = Facts()
        facts.show_rows(_rows(found))
        facts.setToolTip("\n".join(deviation_sentences(found)))
        self._lines.addWidget(facts)
        here = button("Replan from here", lambda: self._checking.replan(found.probe.id, advance=False))
        here.setToolTip(f"Set {found.probe.name} to where its needle lies; zone and risk follow")
        on = button("Replan, advanced", lambda: self._checking.replan(found.probe.id, advance=True))
        on.setToolTip("Set it on along the needle's own line, to where that is nearest to the target")
        on.setEnabled(found.remaining_mm > 0)
        self._lines.addLayout(row(here, on, 1))


def _rows(found: Deviation) -> list[tuple[str, str, str]]:
    """Names, actual values, and what was planned."""
    now, then = found.actual, found.planned
    deep = depth_words(found, "short")
    aside = ", ".join(filter(None, [f"{deviation_text(found.lateral_mm)} beside", way_words(found.lateral_offset_mm)]))
    beside = f"then {deviation_text(found.miss_mm)} beside it"
    to_target = (
        ("To the target", length_text(found.remaining_mm), beside)
        if found.remaining_mm >= 0
        else ("Past the target", deviation_text(-found.remaining_mm), f"{deviation_text(found.miss_mm)} beside it")
    )
    skin = "planning CT's skin" if found.skin_of_plan else "planned"
    return [
        ("Tip off the plan", deviation_text(found.tip_mm), f"{deep}; {aside}"),
        ("Shaft off the plan", f"{found.angle_deg:.1f}°", "between both shafts"),
        ("In-plane angle", now.in_plane_text, f"planned {then.in_plane_text}"),
        ("Craniocaudal angle", now.craniocaudal_text, f"planned {then.craniocaudal_text}"),
        ("Depth, skin to tip", length_text(found.depth_mm), f"{skin}{NNBSP}{length_text(then.depth_mm)}"),
        to_target,
    ]
