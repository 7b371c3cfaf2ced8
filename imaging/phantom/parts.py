"""Which voxels belong to which bone, worked out from labels and shapes when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np
import numpy.typing as npt

from imaging.labels import Box, Mask
from imaging.phantom.anatomy import Anatomy
from imaging.phantom.errors import PhantomError
from imaging.phantom.hip import HIP, femur
from imaging.phantom.lattice import Field
from imaging.phantom.parameters import PhantomParameters
from imaging.phantom.posture import Posture
from imaging.phantom.shapes import FAR_MM, Mirrored, Shape
from imaging.phantom.tissues import PhantomLabel

_WITHIN_BONE = (PhantomLabel.CORTEX, PhantomLabel.TRABECULAR, PhantomLabel.LESION, PhantomLabel.METAL)


PELVIC_BONES = ("hip.L", "hip.R", "coccyx")
"""Bones besides the vertebrae and the sacrum; femora and ribs have no voxels of their own."""


def bone_names(parameters: PhantomParameters) -> tuple[str, ...]:
    """Return the bones of which `bone_mask` knows the voxels, from above downwards; not all need be in the image."""
    names = tuple(Anatomy(parameters).bones)
    return (*reversed(names[:-1]), names[-1])


def bone_mask(parameters: PhantomParameters, labels: npt.NDArray[np.uint8], name: str) -> Mask:
    """Return the voxels of one vertebra, the sacrum, a hip bone or the coccyx, with the lesions and screws in it.

    Parameters
    ----------
    parameters : PhantomParameters
    labels : ndarray of uint8, shape (k, j, i)
        The phantom's labels.
    name : str
        One of `bone_names` or `PELVIC_BONES`.

    Raises
    ------
    PhantomError
        If the phantom has no such bone.
    """
    anatomy, posture = Anatomy(parameters), Posture(parameters)
    bones = _shapes(anatomy)
    if name not in bones:
        raise PhantomError(
            f"The phantom has no {name!r}.",
            code="phantom-no-such-bone",
            hint=f"Choose one of {', '.join((*bone_names(parameters), *PELVIC_BONES))}.",
        )
    grid, shape = posture.grid, bones[name]
    corners = np.array(np.meshgrid(*zip(*shape.box_mm, strict=True), indexing="ij")).reshape(3, -1).T
    corners = posture.to_lps(corners)
    box = Box.around(grid, corners.min(axis=0), corners.max(axis=0))
    if box.empty:
        return Mask.empty(grid)
    own = _distance(shape, posture, box)
    inside = (own < 0) & np.isin(labels[box.slices], _WITHIN_BONE)
    others = (_distance(bones[other], posture, box) for other in _neighbours(name, tuple(anatomy.bones)))
    inside &= own <= reduce(np.minimum, others, np.full_like(own, FAR_MM))
    return Mask.from_array(grid, inside, box.start_kji)


def _shapes(anatomy: Anatomy) -> Mapping[str, Shape]:
    """Return all bones that have voxels of their own, and the femora that lie in the sockets of the hip bones."""
    hips: dict[str, Shape] = {"hip.L": HIP, "hip.R": Mirrored(HIP)}
    thighs: dict[str, Shape] = {"femur.L": femur(), "femur.R": Mirrored(femur())}
    return {**anatomy.bones, **hips, **thighs, "coccyx": anatomy.coccyx}


def _neighbours(name: str, column: tuple[str, ...]) -> tuple[str, ...]:
    """Return the bones that a bone may touch; ``column`` runs from L5 upwards and ends with the sacrum."""
    if name == "coccyx":
        return ("sacrum",)
    if name.startswith("hip"):
        return ("sacrum", "L5", name.replace("hip", "femur"))
    at = column.index(name)
    # L5 stands first and the sacrum last, but they are neighbours.
    beside = {column[at - 1], column[(at + 1) % len(column)]} - {name}
    if name == "sacrum":
        return (*beside, "hip.L", "hip.R", "coccyx")
    return (*beside, "hip.L", "hip.R") if name == "L5" else tuple(beside)


def _distance(shape: Shape, posture: Posture, box: Box) -> Field:
    """Return the distance to a bone in a box of the image, far away where the bone does not reach."""
    k, j, i = box.slices
    whole = posture.lattice(k.start, k.stop, 1)
    lattice = whole.crop((slice(0, k.stop - k.start), j, i))
    out = np.full(lattice.shape_kji, FAR_MM)
    low, high = shape.box_mm
    where = lattice.window(low - 2.0, high + 2.0)
    if where is not None:
        out[where] = shape.distance(lattice.crop(where))
    return out
