"""What the window is measured on: a large CT of the digital pelvis with a zone, five surfaces and three needles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from imaging.dicom.write import write_ct_series
from imaging.opening import DEMO_LOCATION
from imaging.phantom import DEMO, SMALL, Phantom, PhantomParameters, cached_phantom
from imaging.progress import Progress
from imaging.structures import Side, StructureKind
from imaging.volume import Volume
from planning.model import Case, ImageReference
from planning.model.naming import make_structure
from planning.operations.probes import add_probe
from planning.operations.structures import put_structure
from planning.trajectory.skin_entry import entry_on_skin

LARGE: PhantomParameters = replace(DEMO, shape_kji=(400, 512, 512), spacing_ijk_mm=(0.78125, 0.78125, 0.6))
"""The patient of the demo case in 400 slices."""

_DEVICE = "icesphere-1.5"
_TIPS_FROM_CENTRE_MM = ((1.0, -6.0, 3.0), (7.0, -7.0, -8.0), (-6.0, -6.0, -6.0))
_TOWARDS_HUB = (0.10, 0.95, 0.30)


def measured_case(*, small: bool = False, progress: Progress | None = None) -> tuple[Case, Volume]:
    """Return a case with three needles and five surfaces on every slice of the sacrum, bone beside them in 3D, and its CT.

    Parameters
    ----------
    small : bool
        On voxels of 3 mm, for tests.
    progress : Progress, optional
        Making the large CT takes half a minute; it is kept in the user's cache.
    """
    parameters = SMALL if small else LARGE
    phantom = cached_phantom(parameters, progress=progress)
    case = Case(name="Measured", image=ImageReference.of(phantom.volume, DEMO_LOCATION))
    for structure in _structures(phantom):
        case = put_structure(case, structure)
    centre = np.asarray(phantom.lesions[0].centre_mm)
    for offset in _TIPS_FROM_CENTRE_MM:
        tip = centre + np.array(offset)
        case = add_probe(case, _DEVICE, entry_on_skin(phantom.volume, tip, tip + 40 * np.array(_TOWARDS_HUB)), tip)
    return case, phantom.volume


def write_folder(folder: Path, *, small: bool = False) -> None:
    """Write the CT as a folder of DICOM files."""
    write_ct_series(cached_phantom(SMALL if small else LARGE).volume, folder)


def _structures(phantom: Phantom) -> list:  # type: ignore[type-arg]
    """Lesion, canal, root, bowel and vessels are drawn on slices; bone is the sixth surface, in 3D alone."""
    made = [make_structure(StructureKind.LESION, phantom.lesion_mask())]
    made.append(make_structure(StructureKind.CANAL, phantom.canal))
    made.append(make_structure(StructureKind.ROOT, phantom.roots["S2.L"], level="S2", side=Side.LEFT))
    kinds = (StructureKind.BOWEL, StructureKind.VESSEL, StructureKind.BONE)
    return made + [make_structure(kind, phantom.mask(kind)) for kind in kinds]
