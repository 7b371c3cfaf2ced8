"""The round patient that `sacroplan verify --trajectories` is made of too."""

from planning.trajectory.verification.built_cases import (
    BODY_MM,
    GRID,
    LESION_MM,
    NO_LENGTH,
    SHORT,
    made_of,
    needle,
    nerve,
    patient,
    places,
)

__all__ = [
    "BODY_MM",
    "GRID",
    "LESION_MM",
    "NO_LENGTH",
    "SHORT",
    "made_of",
    "needle",
    "nerve",
    "patient",
    "places",
]
