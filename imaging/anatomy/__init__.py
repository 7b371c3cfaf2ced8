"""Proposals for structures that the CT shows by itself."""

from imaging.anatomy.body import propose_body
from imaging.anatomy.bone import propose_bone
from imaging.anatomy.bones import BoneProposal, BoneProposals, propose_bones
from imaging.anatomy.metal import METAL_HU, propose_metal
from imaging.anatomy.nerves import NerveProposals, RootProposal, propose_nerves
from imaging.anatomy.spine import FoundSpine, find_spine

__all__ = [
    "METAL_HU",
    "BoneProposal",
    "BoneProposals",
    "FoundSpine",
    "NerveProposals",
    "RootProposal",
    "find_spine",
    "propose_body",
    "propose_bone",
    "propose_bones",
    "propose_metal",
    "propose_nerves",
]
