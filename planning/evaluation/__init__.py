"""What a predicted zone means for the lesion and for every structure near it."""

from planning.evaluation.lesion import LesionVerdict, judge_lesion
from planning.evaluation.structures import Judgement, StructureRisk, judge_structures
from planning.evaluation.verdict import PelvicRoots, Verdict, evaluate

__all__ = [
    "Judgement", "LesionVerdict", "PelvicRoots", "StructureRisk", "Verdict", "evaluate", "judge_lesion",
    "judge_structures",
]  # fmt: skip
