"""What a marked lesion looks like, on coarse phantoms with a lesion of each kind."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from imaging.errors import ImagingError
from imaging.labels import Mask
from imaging.phantom import make_phantom
from imaging.phantom.family import family, on_grid
from imaging.segmentation.appearance import appearance_of


@pytest.mark.parametrize("name", ["lytic-s2-24", "sclerotic-ala-45", "mixed-s3-30"])
def test_a_lesion_looks_as_it_was_made(name):
    phantom = make_phantom(on_grid(family()[name].parameters, (2.5, 2.5, 3.0)))
    (lesion,) = phantom.lesions
    found = appearance_of(phantom.volume, lesion.mask)
    assert found.looks == lesion.lesion.kind
    assert found.lytic_frac + found.dense_frac <= 1
    if name.startswith("lytic"):
        # Fat is no lesion, and plain marrow is none of the three.
        fat = dataclasses.replace(phantom.volume, hu=np.full_like(phantom.volume.hu, -90))
        assert appearance_of(fat, lesion.mask) is None
        with pytest.raises(ImagingError) as refused:
            appearance_of(phantom.volume, Mask.empty(phantom.volume.grid))
        assert refused.value.code == "mask-empty"
