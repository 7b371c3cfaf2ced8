"""Which voxels belong to which vertebra, worked out from labels and shapes when asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from imaging.labels import Box, Mask
from imaging.phantom.anatomy import Anatomy
from imaging.phantom.errors import PhantomError
from imaging.phantom.lattice import Field
from imaging.phantom.parameters import PhantomParameters
from imaging.phantom.posture import Posture
from imaging.phantom.shapes import FAR_MM, Shape
from imaging.phantom.tissues import PhantomLabel

_WITHIN_BONE = (PhantomLabel.CORTEX, PhantomLabel.TRABECULAR, PhantomLabel.LESION, PhantomLabel.METAL)


def bone_names(parameters: PhantomParameters) -> tuple[str, ...]:
    """Return the bones of which `bone_mask` knows the voxels, from above downwards; not all need be in the image."""
    names = tuple(Anatomy(parameters).bones)
    return (*reversed(names[:-1]), names[-1])


def bone_mask(parameters: PhantomParameters, labels: npt.NDArray[np.uint8], name: str) -> Mask:
    """Return the voxels of one vertebra or of the sacrum, with the lesions and screws in it.

    Parameters
    ----------
    parameters : PhantomParameters
    labels : ndarray of uint8, shape (k, j, i)
        The phantom's labels.
    name : str
        One of `bone_names`.

    Raises
    ------
    PhantomError
        If the phantom has no such bone.
    """
    anatomy, posture = Anatomy(parameters), Posture(parameters)
    bones = anatomy.bones
    if name not in bones:
        raise PhantomError(
            f"The phantom has no {name!r}.",
            code="phantom-no-such-bone",
            hint=f"Choose one of {', '.join(bone_names(parameters))}.",
        )
    grid, shape = posture.grid, bones[name]
    corners = np.array(np.meshgrid(*zip(*shape.box_mm, strict=True), indexing="ij")).reshape(3, -1).T
    corners = posture.to_lps(corners)
    box = Box.around(grid, corners.min(axis=0), corners.max(axis=0))
    if box.empty:
        return Mask.empty(grid)
    own = _distance(shape, posture, box)
    order = tuple(bones)
    at = order.index(name)
    # L5 stands first and the sacrum last, but they are neighbours.
    neighbours = {order[at - 1], order[(at + 1) % len(order)]} - {name}
    inside = (own < 0) & np.isin(labels[box.slices], _WITHIN_BONE)
    for other in neighbours:
        inside &= own <= _distance(bones[other], posture, box)
    return Mask.from_array(grid, inside, box.start_kji)


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
