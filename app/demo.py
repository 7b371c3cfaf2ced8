"""The demo case: the digital pelvis with its true structures and a plan in it."""

from __future__ import annotations

import numpy as np

from imaging.opening import DEMO_LOCATION
from imaging.phantom import DEMO, Phantom, PhantomParameters, cached_phantom
from imaging.progress import Progress, no_progress
from imaging.structures import Side, StructureKind
from imaging.volume import Volume
from planning.model import Case, ImageReference
from planning.model.naming import make_structure
from planning.operations.probes import add_probe
from planning.operations.structures import put_structure
from planning.trajectory.skin_entry import entry_on_skin

_ORIGIN = "ground truth of the synthetic pelvis"
_TRUE_MASKS = (
    StructureKind.BOWEL, StructureKind.BLADDER, StructureKind.VESSEL, StructureKind.BONE, StructureKind.SKIN,
)  # fmt: skip
_NAMED_BONES = (
    ("sacrum", StructureKind.SACRUM, "", None),
    ("hip.L", StructureKind.ILIUM, "", Side.LEFT),
    ("hip.R", StructureKind.ILIUM, "", Side.RIGHT),
    ("L5", StructureKind.VERTEBRA, "L5", None),
)
_DEVICE = "icesphere-1.5"
# Two needles side by side through the back, tips a little beyond the middle of the lesion; drawn by eye.
_TIPS_FROM_CENTRE_MM = ((1.0, -6.0, 3.0), (7.0, -7.0, -8.0))
_TOWARDS_HUB = (0.10, 0.95, 0.30)


def demo_case(progress: Progress | None = None, parameters: PhantomParameters = DEMO) -> tuple[Case, Volume]:
    """Return the demo case and its CT.

    Parameters
    ----------
    progress : Progress, optional
    parameters : PhantomParameters
        Another member of the family, for tests.
    """
    phantom = cached_phantom(parameters, progress=progress or no_progress())
    case = true_case("Demo case", phantom)
    centre = np.asarray(phantom.lesions[0].centre_mm)
    for offset in _TIPS_FROM_CENTRE_MM:
        tip = centre + np.array(offset) * parameters.size_scale
        case = add_probe(case, _DEVICE, entry_on_skin(phantom.volume, tip, tip + 40 * np.array(_TOWARDS_HUB)), tip)
    return case, phantom.volume


def true_case(name: str, phantom: Phantom) -> Case:
    """Return a phantom as a case with everything that it truly holds."""
    case = Case(name=name, image=ImageReference.of(phantom.volume, DEMO_LOCATION))
    for structure in true_structures(phantom):
        case = put_structure(case, structure)
    return case


def true_structures(phantom: Phantom) -> list:  # type: ignore[type-arg]
    """Return everything a phantom truly holds, as structures of a case."""
    made = [make_structure(StructureKind.LESION, phantom.lesion_mask(), origin=_ORIGIN)]
    for name, tube in phantom.roots.items():
        level, side = name.split(".")
        made.append(make_structure(StructureKind.ROOT, tube, level=level, side=Side(side), origin=_ORIGIN))
    made.append(make_structure(StructureKind.CANAL, phantom.canal, origin=_ORIGIN))
    made.append(make_structure(StructureKind.THECAL_SAC, phantom.thecal_sac, origin=_ORIGIN))
    made += [make_structure(kind, phantom.mask(kind), origin=_ORIGIN) for kind in _TRUE_MASKS]
    return made + [
        make_structure(kind, phantom.bone_mask(bone), level=level, side=side, origin=_ORIGIN)
        for bone, kind, level, side in _NAMED_BONES
    ]
