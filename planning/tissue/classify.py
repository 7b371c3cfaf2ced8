"""Which medium each voxel is: structures first, Hounsfield units for the rest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from imaging.errors import Finding, Severity
from imaging.geometry import VoxelGrid
from imaging.structures import BONES, StructureKind
from planning.catalogue import TissueTable, load_tissues
from planning.errors import PlanError
from planning.tissue.bone import BINS, bone_media, bone_volume_fraction
from planning.tissue.fields import TissueFields
from planning.tissue.medium import Medium, medium_of

Bools = npt.NDArray[np.bool_]

_GAS_BELOW_HU, _FAT_BELOW_HU, _BONE_ABOVE_HU, _METAL_ABOVE_HU = -250.0, -30.0, 150.0, 2500.0
_LYTIC_BELOW_HU, _SCLEROTIC_ABOVE_HU = 100.0, 250.0
ICE_HIDDEN_ABOVE_HU = 700.0
"""Above this ice is hard to see in bone."""
LESION_CLASS = "lesion-class-heuristic"

_TISSUES = (
    "gas",
    "fat",
    "muscle",
    "csf",
    "nerve",
    "blood",
    "bowel",
    "urine",
    "metal",
    "lytic_metastasis",
    "mixed_metastasis",
    "sclerotic_metastasis",
    "disc",
)
_INDEX = {name: n for n, name in enumerate(_TISSUES)}
_FIRST_BONE = len(_TISSUES)


def tissue_fields(
    grid: VoxelGrid,
    hu: npt.NDArray[np.floating],
    structures: Mapping[StructureKind, Bools],
    table: TissueTable | None = None,
) -> TissueFields:
    """Return the media of a simulation grid.

    Parameters
    ----------
    grid : VoxelGrid
    hu : ndarray of float, shape ``grid.shape_kji``
        The CT on this grid; NaN where the grid leaves the CT.
    structures : mapping of StructureKind to ndarray of bool, shape ``grid.shape_kji``
        Metal wins over roots, roots over the lesion, the lesion over hollow organs, those over the canal, and all
        over what the HU say.
    table : TissueTable, optional
        The one that ships with the program by default.

    Returns
    -------
    TissueFields
        With findings for the lesion's class (a heuristic), voxels outside the CT and metal found by its density.

    Raises
    ------
    PlanError
        ``tissue-shape`` if an array is not on the grid.
    """
    for name, array in [("CT", hu), *((kind.value, mask) for kind, mask in structures.items())]:
        if array.shape != grid.shape_kji:
            raise PlanError(f"The {name} has shape {array.shape}, not {grid.shape_kji}.", code="tissue-shape")
    table = table or load_tissues()
    findings: list[Finding] = []
    outside = np.isnan(hu)
    filled = np.where(outside, 40.0, hu)
    medium = _from_hu(filled, structures)
    _paint_structures(medium, filled, structures, findings)
    medium[outside] = _INDEX["muscle"]
    if outside.any():
        findings.append(_outside_finding(float(outside.mean())))
    return TissueFields(grid=grid, medium=medium, media=_media(table), findings=tuple(findings))


def _media(table: TissueTable) -> tuple[Medium, ...]:
    return (*(medium_of(table, name, held=name == "blood") for name in _TISSUES), *bone_media(table))


def _from_hu(hu: npt.NDArray[np.floating], structures: Mapping[StructureKind, Bools]) -> npt.NDArray[np.uint8]:
    """Gas, fat, soft tissue and bone by HU; marrow fat inside a bone mask is bone of low volume fraction."""
    medium = np.full(hu.shape, _INDEX["muscle"], np.uint8)
    medium[hu < _FAT_BELOW_HU] = _INDEX["fat"]
    bone = hu > _BONE_ABOVE_HU
    for kind in BONES & structures.keys():
        bone |= structures[kind]
    fraction = bone_volume_fraction(hu[bone])
    medium[bone] = _FIRST_BONE + np.minimum((fraction * BINS).astype(np.uint8), BINS - 1)
    medium[hu < _GAS_BELOW_HU] = _INDEX["gas"]
    if StructureKind.SKIN in structures:
        medium[~structures[StructureKind.SKIN]] = _INDEX["gas"]
    return medium


def _paint_structures(
    medium: npt.NDArray[np.uint8],
    hu: npt.NDArray[np.floating],
    structures: Mapping[StructureKind, Bools],
    findings: list[Finding],
) -> None:
    def paint(kind: StructureKind, tissue: str, where: Bools | None = None) -> None:
        mask = structures.get(kind)
        if mask is not None:
            medium[mask if where is None else mask & where] = _INDEX[tissue]

    soft = hu <= _BONE_ABOVE_HU
    paint(StructureKind.CANAL, "csf", soft)
    paint(StructureKind.CANAL, "fat", hu < _FAT_BELOW_HU)
    paint(StructureKind.EPIDURAL_FAT, "fat", soft)
    paint(StructureKind.THECAL_SAC, "csf")
    paint(StructureKind.CORD, "nerve")
    paint(StructureKind.VESSEL, "blood")
    paint(StructureKind.DISC, "disc")
    paint(StructureKind.SI_CARTILAGE, "disc")
    paint(StructureKind.BLADDER, "urine")
    paint(StructureKind.BOWEL, "bowel", hu >= _GAS_BELOW_HU)
    lesion = structures.get(StructureKind.LESION)
    if lesion is not None and lesion.any():
        tissue, finding = _lesion_class(float(hu[lesion].mean()))
        paint(StructureKind.LESION, tissue)
        findings.append(finding)
    paint(StructureKind.NERVE, "nerve")
    paint(StructureKind.ROOT, "nerve")
    paint(StructureKind.METAL, "metal")
    if StructureKind.METAL not in structures and (dense := hu > _METAL_ABOVE_HU).any():
        medium[dense] = _INDEX["metal"]
        findings.append(
            Finding(
                severity=Severity.CAUTION,
                code="metal-by-hu",
                message=f"{int(dense.sum())} voxels above {_METAL_ABOVE_HU:.0f} HU are taken for metal.",
                values={"voxels": int(dense.sum())},
            )
        )


def _lesion_class(mean_hu: float) -> tuple[str, Finding]:
    name = "lytic" if mean_hu < _LYTIC_BELOW_HU else "mixed" if mean_hu <= _SCLEROTIC_ABOVE_HU else "sclerotic"
    message = (
        f"The lesion's mean of {mean_hu:.0f} HU is read as {name} (below {_LYTIC_BELOW_HU:.0f} HU lytic, above "
        f"{_SCLEROTIC_ABOVE_HU:.0f} HU sclerotic). This is a heuristic without a published source."
    )
    if mean_hu > ICE_HIDDEN_ABOVE_HU:
        message += " Ice will be hard to see in bone this dense."
    return f"{name}_metastasis", Finding(
        severity=Severity.NOTE,
        code=LESION_CLASS,
        message=message,
        where="lesion",
        values={"mean_hu": mean_hu, "class": name},
    )


def _outside_finding(fraction: float) -> Finding:
    return Finding(
        severity=Severity.CAUTION,
        code="grid-leaves-ct",
        message=f"{100 * fraction:.0f} % of the simulated box lies outside the CT and is taken for soft tissue.",
        values={"fraction": fraction},
    )
