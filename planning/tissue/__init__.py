"""From labels and Hounsfield units to property fields on the simulation grid."""

from planning.tissue.classify import tissue_fields
from planning.tissue.fields import TissueFields, uniform_fields
from planning.tissue.medium import Frozen, Medium, medium_of
from planning.tissue.regions import Region, painted

__all__ = ["Frozen", "Medium", "Region", "TissueFields", "medium_of", "painted", "tissue_fields", "uniform_fields"]
