"""What all proposals around the spine start from: plane of symmetry, canal, foramina."""

from __future__ import annotations

from dataclasses import dataclass

from imaging.anatomy.canal import Canal, SpineImage, find_canal, spine_image
from imaging.anatomy.foramina import SacralLevels, find_sacral_levels
from imaging.midplane import Midplane, midplane_of
from imaging.progress import Progress
from imaging.volume import Volume


@dataclass(frozen=True, slots=True, eq=False)
class FoundSpine:
    """The spine of a CT as far as nerves and bones need it.

    Attributes
    ----------
    midplane : Midplane
    image : SpineImage
    canal : Canal
    levels : SacralLevels
    """

    midplane: Midplane
    image: SpineImage
    canal: Canal
    levels: SacralLevels


def find_spine(volume: Volume, progress: Progress) -> FoundSpine:
    """Return plane of symmetry, canal and sacral foramina of a CT.

    Parameters
    ----------
    volume : Volume
    progress : Progress

    Raises
    ------
    ImagingError
        ``no-midplane`` where the two sides of the image do not resemble each other, and ``no-canal`` where no channel
        as long as a vertebra is enclosed by bone near the plane of symmetry.
    Cancelled
    """
    progress.report(0.0, "Plane of symmetry")
    midplane = midplane_of(volume)
    progress.report(0.4, "Spinal canal")
    image = spine_image(volume, midplane)
    canal = find_canal(image, midplane)
    progress.report(0.9, "Sacral foramina")
    return FoundSpine(midplane, image, canal, find_sacral_levels(image, canal))
