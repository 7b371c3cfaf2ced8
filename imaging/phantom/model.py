"""The phantom with its truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.phantom.errors import PhantomError
from imaging.phantom.parameters import Lesion, PhantomParameters
from imaging.phantom.parts import bone_mask, bone_names
from imaging.phantom.tissues import LABELS_OF, PhantomLabel
from imaging.structures import Side, StructureKind, Tube
from imaging.volume import Volume


@dataclass(frozen=True, eq=False)
class Ganglion:
    """A dorsal root ganglion: an ellipsoid along its root."""

    level: str
    side: Side
    centre_mm: Floats
    radius_along_mm: float
    radius_across_mm: float


@dataclass(frozen=True, eq=False)
class Foramen:
    """Where a foramen opens: the middle of its ventral or dorsal mouth."""

    level: str
    side: Side
    ventral: bool
    centre_mm: Floats
    radius_mm: float


@dataclass(frozen=True, eq=False)
class NeuralForamen:
    """The opening between two vertebrae through which the root of the upper one leaves.

    Attributes
    ----------
    level : str
        Of the root and the upper vertebra.
    side : Side
    centre_mm : ndarray, shape (3,)
        LPS; below the pedicle, between body and joint.
    radius_mm : float
        Half the distance from the body to the joint.
    height_mm : float
        From pedicle to pedicle; above S1 to the upper facet of the sacrum.
    """

    level: str
    side: Side
    centre_mm: Floats
    radius_mm: float
    height_mm: float


@dataclass(frozen=True, eq=False)
class LesionTruth:
    """A lesion as it was placed, and the voxels it took.

    Attributes
    ----------
    lesion : Lesion
    centre_mm : ndarray, shape (3,)
        LPS.
    ellipsoid_mm3 : float
        Volume of the smooth ellipsoid it was drawn from.
    volume_mm3 : float
        Volume of its voxels.
    mask : Mask
    """

    lesion: Lesion
    centre_mm: Floats
    ellipsoid_mm3: float
    volume_mm3: float
    mask: Mask


@dataclass(frozen=True, eq=False)
class Phantom:
    """A synthetic CT of a pelvis or a spine, and what is truly in it.

    Tubes and points are those of the whole patient, also where the image does not reach.

    Attributes
    ----------
    parameters : PhantomParameters
    volume : Volume
        Its provenance says that it is synthetic.
    labels : ndarray of uint8, shape (k, j, i)
        `PhantomLabel` of the tissue at each voxel's centre.
    roots : mapping of str to Tube
        ``"L5.L"`` to ``"S5.R"``, with a whole spine from its top level on (``"T11.L"``), LPS, from the thecal sac
        outwards, with the ganglion as a bulge.
    canal, thecal_sac : Tube
    ganglia : tuple of Ganglion
    foramina : tuple of Foramen
        Those of the sacrum.
    lesions : tuple of LesionTruth
    neural_foramina : tuple of NeuralForamen
        Those of a whole spine, from the top level down to L5; none otherwise.
    cord : Tube or None
        The spinal cord down to the tip of the conus, where the spine reaches up to it.
    """

    parameters: PhantomParameters
    volume: Volume
    labels: npt.NDArray[np.uint8]
    roots: Mapping[str, Tube]
    canal: Tube
    thecal_sac: Tube
    ganglia: tuple[Ganglion, ...]
    foramina: tuple[Foramen, ...]
    lesions: tuple[LesionTruth, ...]
    neural_foramina: tuple[NeuralForamen, ...] = ()
    cord: Tube | None = None

    def mask(self, kind: StructureKind) -> Mask:
        """Return the true voxels of a kind of structure."""
        chosen = np.zeros(256, dtype=bool)
        chosen[list(LABELS_OF[kind])] = True
        return Mask.from_array(self.volume.grid, chosen[self.labels])

    def label_mask(self, label: PhantomLabel) -> Mask:
        """Return the voxels of one label."""
        return Mask.from_array(self.volume.grid, self.labels == label)

    @property
    def bone_names(self) -> tuple[str, ...]:
        """The vertebrae from above downwards, and ``sacrum``; not all of them need be in the image."""
        return bone_names(self.parameters)

    def bone_mask(self, name: str) -> Mask:
        """Return the voxels of one vertebra, the sacrum, a hip bone or the coccyx, with the lesions and screws in it.

        Hip bones are called ``hip.L`` and ``hip.R``; femora and ribs have no voxels of their own.

        Raises
        ------
        PhantomError
            If the phantom has no such bone.
        """
        return bone_mask(self.parameters, self.labels, name)

    def in_view(self, points_mm: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return for LPS points of shape (n, 3) whether the image shows them."""
        return self.volume.grid.contains(points_mm)

    def lesion_mask(self, n: int = 0) -> Mask:
        """Return the voxels of the n-th lesion.

        Raises
        ------
        PhantomError
            If there is no such lesion.
        """
        if not 0 <= n < len(self.lesions):
            raise PhantomError(
                f"The phantom has {len(self.lesions)} lesions, there is no number {n}.", code="phantom-no-such-lesion"
            )
        return self.lesions[n].mask
