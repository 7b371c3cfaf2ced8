"""Label maps of other programs: read, named, and brought onto the voxels of a CT, or refused."""

from imaging.label_maps.load import LabelledStructure, ReadMap, listed, read_map
from imaging.label_maps.names import Meaning, meaning_of

__all__ = ["LabelledStructure", "Meaning", "ReadMap", "listed", "meaning_of", "read_map"]
