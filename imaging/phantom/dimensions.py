"""The measures of the patient, each with where it comes from.

Lengths are millimetres of a patient of ``size_scale`` 1. ``DRAWN`` marks what no text gave: it was chosen so that
slices look like those of a patient and is an illustration, not a measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

DRAWN = "drawn by eye, an illustrative choice"
CT_SHAPE = (
    "drawn by eye after the shapes in one CT (ACRIN-FLT-Breast 001, TCIA, CC BY 3.0, doi 10.7937/K9/TCIA.2017.ol20zmxg)"
)
TEXT = "order of magnitude of anatomy texts (Gray's Anatomy, Sacrum and hip bone); value rounded by eye"

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """A number or a row of numbers, and its source."""

    value: float | Row
    source: str


DIMENSIONS: Mapping[str, Dimension] = MappingProxyType(
    {
        # Sacrum: axis and segments
        "sacral_slope_deg": Dimension(40.0, "about 40 degrees in standing adults (Legaye 1998), used lying"),
        "curve_s_mm": Dimension((0.0, 30.0, 55.0, 75.0, 92.0, 108.0, 124.0, 142.0), TEXT),
        "curve_below_slope_deg": Dimension((0.0, 2.0, 10.0, 26.0, 44.0, 58.0, 74.0, 92.0), DRAWN),
        "segment_ends_mm": Dimension((30.0, 55.0, 75.0, 92.0, 108.0), TEXT),
        "foramen_ventral_radius_mm": Dimension(
            (6.3, 6.5, 5.2, 4.3), "S1 12.97 x 12.23, S2 12.85 x 13.13 mm high x wide (EVIDENCE S103); S3, S4 " + DRAWN
        ),
        "foramen_dorsal_radius_mm": Dimension(
            (4.45, 3.6, 3.1, 2.7), "S1 10.36 x 7.66, S2 7.05 x 7.30 mm high x wide (EVIDENCE S103); S3, S4 " + DRAWN
        ),
        "foramen_ventral_u_mm": Dimension((22.5, 21.0, 19.0, 17.0), TEXT),
        "foramen_dorsal_u_mm": Dimension(
            (22.5, 19.5, 17.0, 15.0), "S1 23.5 +- 2.8 mm from the midline (EVIDENCE S104); others " + DRAWN
        ),
        "canal_s_mm": Dimension((-20.0, 0.0, 15.0, 30.0, 45.0, 55.0, 65.0, 75.0, 85.0, 92.0, 106.0), DRAWN),
        "canal_front_v_mm": Dimension((16.0, 15.5, 14.0, 11.0, 9.0, 8.0, 6.5, 5.5, 4.5, 4.0, 3.5), DRAWN),
        "canal_depth_mm": Dimension((17.0, 16.0, 15.0, 12.0, 10.5, 9.4, 8.2, 7.2, 6.4, 8.0, 14.0), DRAWN),
        "canal_half_width_mm": Dimension((15.0, 15.5, 15.0, 13.0, 11.5, 10.5, 9.5, 8.5, 7.5, 7.0, 6.0), DRAWN),
        "sacral_cortex_mm": Dimension(1.3, DRAWN),
        "si_joint_gap_mm": Dimension(2.6, "joint space of 2 to 3 mm on CT, " + TEXT),
        # Lumbar spine
        "lumbar_body_half_mm": Dimension((26.0, 17.0, 13.5), "L5 about 52 x 34 x 27 mm wide, deep, high, " + TEXT),
        "lumbar_disc_mm": Dimension(11.0, TEXT),
        # Nerves
        "root_diameter_mm": Dimension(
            (5.3, 5.4, 4.5, 3.0, 2.0, 1.5), "L5, S1 by MR neurography (EVIDENCE S108); S2 to S5 tapering, rounded"
        ),
        "sac_tip_s_mm": Dimension(42.0, "mid S2 (EVIDENCE S102)"),
        "ganglion_radii_mm": Dimension(
            (3.9, 4.2, 3.4, 2.4, 1.7, 1.2), "S1 the largest (EVIDENCE S109); the values " + DRAWN
        ),
        # Hip
        "femoral_head_radius_mm": Dimension(23.5, TEXT),
        "hip_centre_mm": Dimension((90.0, -20.0, -112.0), CT_SHAPE),
        "hip_cortex_mm": Dimension(1.7, DRAWN),
        # Covering
        "skin_mm": Dimension(1.8, "1.5 to 2 mm, " + TEXT),
    }
)


def number(name: str) -> float:
    """Return a single measure."""
    value = DIMENSIONS[name].value
    assert isinstance(value, float)
    return value


def row(name: str) -> Row:
    """Return a row of measures."""
    value = DIMENSIONS[name].value
    assert isinstance(value, tuple)
    return value
