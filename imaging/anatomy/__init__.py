"""Proposals for structures that the CT shows by itself."""

from imaging.anatomy.body import propose_body
from imaging.anatomy.bone import propose_bone
from imaging.anatomy.nerves import NerveProposals, RootProposal, propose_nerves

__all__ = ["NerveProposals", "RootProposal", "propose_body", "propose_bone", "propose_nerves"]
