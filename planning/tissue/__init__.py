"""From labels and Hounsfield units to property fields on the simulation grid."""

from planning.tissue.classify import tissue_fields
from planning.tissue.fields import TissueFields, uniform_fields
from planning.tissue.medium import Frozen, Medium, medium_of

__all__ = ["Frozen", "Medium", "TissueFields", "medium_of", "tissue_fields", "uniform_fields"]
