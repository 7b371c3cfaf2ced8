"""What a predicted zone means for the lesion and for every structure near it."""

from planning.evaluation.lesion import LesionVerdict, judge_lesion
from planning.evaluation.structures import StructureRisk, judge_structures
from planning.evaluation.verdict import PelvicRoots, Verdict, evaluate
from planning.model.judgement import Judgement

__all__ = [
    "Judgement", "LesionVerdict", "PelvicRoots", "StructureRisk", "Verdict", "evaluate", "judge_lesion",
    "judge_structures",
]  # fmt: skip
