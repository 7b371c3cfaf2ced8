"""Say what is known of the patient beside the CT."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from planning.model.case import Case


def change_clinical(case: Case, **changes: Any) -> Case:
    """Return the case with clinical facts changed.

    Parameters
    ----------
    case : Case
    **changes
        Attributes of `Clinical`; None for what is no longer known.
    """
    return replace(case, clinical=replace(case.clinical, **changes))
