"""A digital pelvis and spine: a synthetic CT with its truth. Always marked as synthetic."""

from imaging.phantom.cache import cache_folder, cached_phantom
from imaging.phantom.errors import PhantomError
from imaging.phantom.family import Member, family, on_grid
from imaging.phantom.make import make_phantom
from imaging.phantom.model import Foramen, Ganglion, LesionTruth, NeuralForamen, Phantom
from imaging.phantom.parameters import DEMO, SMALL, Anomaly, Contrast, Lesion, PhantomParameters, Screw, Sex
from imaging.phantom.tissues import PhantomLabel

__all__ = [
    "DEMO",
    "SMALL",
    "Anomaly",
    "Contrast",
    "Foramen",
    "Ganglion",
    "Lesion",
    "LesionTruth",
    "Member",
    "NeuralForamen",
    "Phantom",
    "PhantomError",
    "PhantomLabel",
    "PhantomParameters",
    "Screw",
    "Sex",
    "cache_folder",
    "cached_phantom",
    "family",
    "make_phantom",
    "on_grid",
]
