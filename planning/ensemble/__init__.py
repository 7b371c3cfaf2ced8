"""How sure a prediction is: the same plan many times, with everything that is not known drawn anew each time."""

from planning.ensemble.inputs import UncertainInput, uncertain_inputs
from planning.ensemble.result import Ensemble, InputEffect
from planning.ensemble.run import MEMBERS, run_ensemble

__all__ = ["MEMBERS", "Ensemble", "InputEffect", "UncertainInput", "run_ensemble", "uncertain_inputs"]
