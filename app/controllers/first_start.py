"""What is asked once, when the program starts for the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.mouse_scheme import MouseScheme
from app.widgets.question_bar import Question

if TYPE_CHECKING:
    from app.main_window import MainWindow

_TOPIC = "mouse"


def ask_for_mouse(window: MainWindow) -> None:
    """Ask which mouse the user is used to, unless that was ever answered."""
    if window.settings.mouse_chosen:
        return

    def use(scheme: MouseScheme) -> None:
        window.view.mouse = window.settings.mouse = scheme
        window.commands.refresh()

    answers = tuple((scheme.value, lambda s=scheme: use(s)) for scheme in MouseScheme)
    window.questions.ask(
        Question(
            "What should the mouse do on images?",
            "sacroplan: left drag moves the crosshair, right drag the window. PACS: left drag the window, right zoom. "
            "Slicer: left drag the crosshair, right zoom. The menu has it too.",
            answers,
            _TOPIC,
        )
    )
