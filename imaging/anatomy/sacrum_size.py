"""Whether what was taken for the sacrum has the volume of one; streaks of metal read like bone, and it may run on into them."""

from __future__ import annotations

_USUAL_MM3 = (50_000.0, 350_000.0)
"""An assumption, as no volumes of many adults were found: on CT sacra have some 100 to 300 cm³, marrow included. Wider, as
slices blur and an L5 may be joined to it; for patients of other size by its cube."""
_LARGEST_MM3 = 600_000.0
"""An assumption: no patient has a sacrum as large as two."""
_DOUBTED = 0.5


def judge_sacrum(volume_mm3: float, scale: float, *, part_shown: bool) -> tuple[float, str]:
    """Return how far a volume can be that of a sacrum, and what is wrong with it in words.

    Parameters
    ----------
    volume_mm3 : float
    scale : float
        Size of the patient, 1 for a usual one.
    part_shown : bool
        The image shows a part of it only, so that it may be small.

    Returns
    -------
    tuple of float and str
        1 and no words for a usual volume, a part of 1 for an unusual one, 0 for one that no sacrum has.
    """
    shown, most = volume_mm3 / 1000, _LARGEST_MM3 / 1000
    if volume_mm3 > _LARGEST_MM3:
        return 0.0, f"what was taken for it has {shown:.0f} cm³, and no sacrum has more than {most:.0f} (an assumption)"
    low, high = (limit * scale**3 / 1000 for limit in _USUAL_MM3)
    if shown > high:
        return (
            _DOUBTED,
            f"it has {shown:.0f} cm³, and more than {high:.0f} are not expected at this size (an assumption)",
        )
    if shown < low and not part_shown:
        return (
            _DOUBTED,
            f"it has {shown:.0f} cm³, and less than {low:.0f} are not expected at this size (an assumption)",
        )
    return 1.0, ""
