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

SPINE_LEVELS = ("T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5")
"""The order of rows that have a number for every vertebra; discs, joints and foramina are named by the one above."""

PANJABI_TP = "rounded after Panjabi 1991 (Spine 16:888) and 1992 (Spine 17:299), not checked against the paper again"
PANJABI = (
    "means of Panjabi 1991 (Spine 16:888) and 1992 (Spine 17:299), not checked against the papers again; T10 " + DRAWN
)
ZINDRICK = (
    "means of Zindrick 1987 (Spine 12:160), not checked against the paper again; within the 7.2 to 17.8 mm width and 13.9 "
    "to 16.7 mm height of T11 to L5 in Lien 2007 (Eur Spine J 16:1215) but for T11, T12 by up to 1 mm"
)
ASSUMED = "assumption, no source"

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
        # Thoracolumbar spine, one number for each of SPINE_LEVELS
        "endplate_upper_width_mm": Dimension((31.0, 34.9, 39.0, 41.2, 42.6, 44.1, 46.6, 47.3), PANJABI),
        "endplate_lower_width_mm": Dimension((35.4, 39.1, 42.1, 43.3, 45.5, 48.0, 49.5, 49.4), PANJABI),
        "endplate_upper_depth_mm": Dimension((30.5, 31.9, 32.8, 34.1, 34.6, 35.2, 35.5, 34.7), PANJABI),
        "endplate_lower_depth_mm": Dimension((31.6, 31.8, 33.4, 35.3, 34.9, 34.8, 33.9, 33.2), PANJABI),
        "body_back_height_mm": Dimension((20.2, 21.3, 22.7, 23.8, 24.3, 23.8, 24.1, 22.9), PANJABI),
        "canal_width_mm": Dimension((18.2, 19.4, 22.2, 23.7, 23.8, 24.3, 25.4, 27.1), PANJABI),
        "canal_sagittal_mm": Dimension((15.5, 16.1, 18.1, 19.0, 18.2, 17.5, 18.6, 19.7), PANJABI),
        "pedicle_width_mm": Dimension((6.5, 7.8, 7.1, 8.7, 8.9, 10.3, 12.9, 18.0), ZINDRICK),
        "pedicle_height_mm": Dimension((15.5, 17.4, 15.8, 15.4, 15.0, 14.9, 14.8, 14.0), ZINDRICK),
        "transverse_width_mm": Dimension((58.0, 52.0, 47.0, 71.0, 76.0, 86.0, 79.0, 92.0), PANJABI_TP),
        "spine_tip_mm": Dimension(
            (52.0, 50.0, 51.0, 58.0, 62.0, 64.0, 60.0, 53.0), "behind the body's middle, " + DRAWN
        ),
        "body_wedge_deg": Dimension(
            (-3.0, -3.0, -3.0, -2.0, 0.0, 1.0, 3.0, 9.0),
            "higher in front in the lower, behind in the upper vertebrae; " + ASSUMED,
        ),
        "disc_height_mm": Dimension(
            (4.5, 5.5, 7.0, 8.6, 9.5, 10.4, 11.2, 10.1),
            "L1-L2 to L5-S1: middle of the reference ranges of Zhang 2018 (J Orthop Surg Res 13:34); above " + DRAWN,
        ),
        "disc_wedge_deg": Dimension(
            (0.0, 0.0, 1.0, 3.0, 4.0, 6.0, 8.0, 12.0),
            "42 degrees from T12 to S1 and 32 from L4 to S1 with the wedges of the bodies; recumbent 36.8 +- 13.2 and "
            "29.8 +- 8.0 in 627 volunteers (PMC6680033)",
        ),
        "facet_u_mm": Dimension(
            (13.5, 14.0, 12.8, 13.2, 14.0, 15.5, 17.8, 20.0),
            "middle of the joint; within the 20.8 to 40.6 mm between facets of C3 to L5 (Panjabi 1993, Spine 18:1298); "
            + DRAWN,
        ),
        "facet_angle_deg": Dimension(
            (105.0, 100.0, 25.0, 25.0, 30.0, 38.0, 48.0, 53.0),
            "from the sagittal plane; coronal in the chest and turning outwards down the lumbar spine, values "
            + ASSUMED,
        ),
        "foramen_width_mm": Dimension(
            (7.0, 7.4, 8.0, 8.1, 8.0, 7.8, 7.4, 7.0),
            "front to back at its narrow part; 6.0 to 8.1 mm on CT of 73 adults (PMC6362883), the steps between "
            + DRAWN,
        ),
        "spinal_root_diameter_mm": Dimension(
            (2.5, 2.6, 2.8, 3.0, 3.1, 4.3, 5.1, 5.3),
            "L2 to L5 by MR neurography (EVIDENCE S108); above tapering, " + ASSUMED,
        ),
        "spinal_ganglion_radius_mm": Dimension(
            (1.9, 2.0, 2.1, 2.2, 2.5, 2.8, 3.05, 3.25),
            "half of 3.2 to 6.5 mm width, widest at L5 (PMC4337191, cadaver); growing from L1 to L5 (PMC7977207); the "
            "values between and above " + DRAWN,
        ),
        "root_angle_deg": Dimension(
            (55.0, 50.0, 45.0, 35.0, 38.0, 38.0, 38.0, 36.0), "between root and sac where it leaves; " + ASSUMED
        ),
        "sac_radius_mm": Dimension((6.4, 6.6, 7.4, 7.9, 7.7, 7.4, 7.3, 7.0), DRAWN),
        "cord_radius_mm": Dimension(
            (3.7, 4.1, 4.4, 3.2, 0.0, 0.0, 0.0, 0.0), "lumbar enlargement about 9 mm wide at T12; " + ASSUMED
        ),
        "conus_tip_s_mm": Dimension(8.0, "lower third of L1, the mean of 504 adults (Saifuddin 1998, Spine 23:1452)"),
        "vertebral_cortex_mm": Dimension(1.1, "thin shell of the body, " + DRAWN),
        "rib_half_axes_mm": Dimension((3.4, 6.2), "ribs 7 mm thick and 12 mm high, " + DRAWN),
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


def at_level(name: str, level: str) -> float:
    """Return what a row has for a vertebra of `SPINE_LEVELS`."""
    return row(name)[SPINE_LEVELS.index(level)]


def row(name: str) -> Row:
    """Return a row of measures."""
    value = DIMENSIONS[name].value
    assert isinstance(value, tuple)
    return value
