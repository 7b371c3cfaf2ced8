"""Proposals for structures that the CT shows by itself."""

from imaging.anatomy.body import propose_body
from imaging.anatomy.bone import propose_bone

__all__ = ["propose_body", "propose_bone"]
