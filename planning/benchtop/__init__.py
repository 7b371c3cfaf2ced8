"""Bench-top experiments: a box of known media, applicators, and the zones they make, through the planner's engine."""

from planning.benchtop.experiment import request_of
from planning.benchtop.result import result_document
from planning.benchtop.run import run_experiment
from planning.benchtop.specification import Specification, read_specification, specification_of

__all__ = [
    "Specification",
    "read_specification",
    "request_of",
    "result_document",
    "run_experiment",
    "specification_of",
]
