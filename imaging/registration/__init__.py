"""Rigid registration of two CT of one patient on bone; `register` is the way in."""

from imaging.registration.errors import RegistrationError
from imaging.registration.limits import RegistrationLimits, load_limits, read_limits
from imaging.registration.register import Registration, measured, register, require_sound
from imaging.registration.residual import Residual

__all__ = [
    "Registration",
    "RegistrationError",
    "RegistrationLimits",
    "Residual",
    "load_limits",
    "measured",
    "read_limits",
    "register",
    "require_sound",
]
