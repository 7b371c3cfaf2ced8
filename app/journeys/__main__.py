"""Run whole cases where there is a display; prints JSON. ``python -m app.journeys [--only NAME] [--pictures FOLDER] [--coarse]``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from app.controllers.opening import open_any
from app.journeys.actions import Journey
from app.journeys.cases import WholeCase, judge_and_report, whole_cases
from app.journeys.scripted_user import ScriptedUser
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import apply_theme
from imaging.dicom.write import write_ct_series
from imaging.phantom import cached_phantom, on_grid
from imaging.phantom.parameters import Point

_SIZE_PX = (1920, 1080)
_FINE_MM: Point = (0.78125, 0.78125, 1.0)
_COARSE_MM: Point = (1.2, 1.2, 1.5)


def done(case: WholeCase, pictures: Path | None = None, spacing_mm: Point = _FINE_MM) -> Journey:
    """Do a whole case in a window of its own, and return what it took.

    Parameters
    ----------
    case : WholeCase
    pictures : Path, optional
        Folder for pictures of the window on the way.
    spacing_mm : tuple of float
        Voxels of the CT; the user does the same on larger ones.
    """
    phantom = cached_phantom(on_grid(case.parameters, spacing_mm))
    with tempfile.TemporaryDirectory() as folder:
        ct = Path(folder) / "ct"
        ct.mkdir()
        write_ct_series(phantom.volume, ct)
        window = MainWindow(Settings(Path(folder) / "settings"))
        window.resize(*_SIZE_PX)
        window.show()
        try:
            window.windowHandle().requestActivate()
            user = ScriptedUser(window)
            user.pictures = [] if pictures is not None else None
            user.wait(window.isActiveWindow, "the window")
            began_s = time.monotonic()
            open_any(window, ct)
            user.wait(lambda: window.session.case is not None, "opening")
            opening_s = time.monotonic() - began_s
            user.spin(0.3)
            user.waits.clear()
            case.work(user, np.asarray(phantom.lesions[0].centre_mm))
            judge_and_report(user, Path(folder) / "report.pdf")
            verdict = window.session.verdict
            said = "; ".join(f.sentence for f in verdict.findings[:3]) if verdict is not None else ""
            probes = len(window.session.case.plan.probes) if window.session.case is not None else 0
        finally:
            window.session.cancel_prediction()
            window.close()
        if pictures is not None:
            for name, picture in user.pictures or ():
                picture.save(str(pictures / f"{name}.png"))
    outcome = f"{probes} probe{'s' if probes != 1 else ''}. The window said first: {said}"
    return Journey(
        name=case.name, title=case.title, actions=tuple(user.actions), waits=tuple(user.waits), opening_s=opening_s,
        outcome=outcome,
    )  # fmt: skip


def main(arguments: list[str]) -> None:
    """Do the cases that are asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--coarse", action="store_true")
    given = parser.parse_args(arguments)
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    apply_theme(application)
    chosen = [c for c in whole_cases() if given.only in (None, c.name)]
    journeys = [done(c, given.pictures, _COARSE_MM if given.coarse else _FINE_MM) for c in chosen]
    print(json.dumps([asdict(j) for j in journeys]))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
