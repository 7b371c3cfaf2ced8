"""The case: one immutable tree of values. A change is a new case."""

from planning.model.case import Case, ImageReference, Plan, Probe, Structure, StructureId

__all__ = ["Case", "ImageReference", "Plan", "Probe", "Structure", "StructureId"]
