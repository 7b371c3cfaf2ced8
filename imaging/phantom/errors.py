"""What the phantom refuses."""

from imaging.errors import ImagingError


class PhantomError(ImagingError):
    """The parameters do not describe a phantom that can be made."""
