"""The labels of the phantom and the Hounsfield units of its tissues."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from imaging.structures import StructureKind


class PhantomLabel(enum.IntEnum):
    """The true tissue of a voxel: the one at its centre."""

    AIR = 0
    TABLE = 1
    SKIN = 2
    FAT = 3
    MUSCLE = 4
    FASCIA = 5
    CORTEX = 6
    TRABECULAR = 7
    DISC = 8
    CARTILAGE = 9
    CANAL_FAT = 10
    THECAL_SAC = 11
    ROOT = 12
    GANGLION = 13
    BOWEL_WALL = 14
    BOWEL_CONTENT = 15
    BOWEL_GAS = 16
    BLADDER_WALL = 17
    URINE = 18
    ARTERY = 19
    VEIN = 20
    PELVIC_ORGAN = 21
    LESION = 22
    METAL = 23
    CORD = 24
    ABDOMINAL_ORGAN = 25
    LUNG = 26


HU: Mapping[PhantomLabel, float] = MappingProxyType(
    {
        PhantomLabel.AIR: -1000.0,
        PhantomLabel.TABLE: 60.0,
        PhantomLabel.SKIN: 30.0,
        PhantomLabel.FAT: -104.0,
        PhantomLabel.MUSCLE: 56.0,
        PhantomLabel.FASCIA: 38.0,
        PhantomLabel.DISC: 85.0,
        PhantomLabel.CARTILAGE: 75.0,
        PhantomLabel.CANAL_FAT: -85.0,
        PhantomLabel.THECAL_SAC: 14.0,
        PhantomLabel.ROOT: 36.0,
        PhantomLabel.GANGLION: 42.0,
        PhantomLabel.BOWEL_WALL: 52.0,
        PhantomLabel.BOWEL_CONTENT: 22.0,
        PhantomLabel.BOWEL_GAS: -930.0,
        PhantomLabel.BLADDER_WALL: 35.0,
        PhantomLabel.URINE: 5.0,
        PhantomLabel.ARTERY: 45.0,
        PhantomLabel.VEIN: 43.0,
        PhantomLabel.PELVIC_ORGAN: 55.0,
        PhantomLabel.METAL: 3071.0,
        PhantomLabel.CORD: 38.0,
        PhantomLabel.ABDOMINAL_ORGAN: 52.0,
        PhantomLabel.LUNG: -820.0,
    }
)

ENHANCEMENT_HU: Mapping[PhantomLabel, float] = MappingProxyType(
    {
        PhantomLabel.ARTERY: 105.0,
        PhantomLabel.VEIN: 95.0,
        PhantomLabel.ABDOMINAL_ORGAN: 60.0,
        PhantomLabel.PELVIC_ORGAN: 45.0,
        PhantomLabel.BOWEL_WALL: 40.0,
        PhantomLabel.MUSCLE: 10.0,
        PhantomLabel.LESION: 35.0,
    }
)
"""What contrast adds 70 s after the injection into a vein; orders of magnitude, an assumption."""

LABELS_OF: Mapping[StructureKind, tuple[PhantomLabel, ...]] = MappingProxyType(
    {
        StructureKind.LESION: (PhantomLabel.LESION,),
        StructureKind.SKIN: tuple(n for n in PhantomLabel if n not in (PhantomLabel.AIR, PhantomLabel.TABLE)),
        StructureKind.BONE: (PhantomLabel.CORTEX, PhantomLabel.TRABECULAR),
        StructureKind.CANAL: (
            PhantomLabel.CANAL_FAT,
            PhantomLabel.THECAL_SAC,
            PhantomLabel.CORD,
        ),
        StructureKind.THECAL_SAC: (PhantomLabel.THECAL_SAC, PhantomLabel.CORD),
        StructureKind.ROOT: (PhantomLabel.ROOT, PhantomLabel.GANGLION),
        StructureKind.BOWEL: (PhantomLabel.BOWEL_WALL, PhantomLabel.BOWEL_CONTENT, PhantomLabel.BOWEL_GAS),
        StructureKind.BLADDER: (PhantomLabel.BLADDER_WALL, PhantomLabel.URINE),
        StructureKind.VESSEL: (PhantomLabel.ARTERY, PhantomLabel.VEIN),
        StructureKind.METAL: (PhantomLabel.METAL,),
        StructureKind.CORD: (PhantomLabel.CORD,),
        StructureKind.EPIDURAL_FAT: (PhantomLabel.CANAL_FAT,),
    }
)
"""Which labels make up a structure of the project's vocabulary; single bones and nerves are not told by labels."""
