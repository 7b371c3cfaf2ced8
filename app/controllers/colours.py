"""Colours of structures as the views show them now."""

from __future__ import annotations

from app.controllers.session import Session
from app.tokens import kind_colour, structure_colour
from imaging.structures import StructureKind
from planning.model import Structure


def colour_of(session: Session, structure: Structure) -> str:
    """Return the colour that the views draw a structure in."""
    scene = session.scene()
    return structure_colour(structure) if scene is None else scene.colour_of(structure)


def colour_of_new(session: Session, kind: StructureKind) -> str:
    """Return the colour that a structure without a level would have once it is marked."""
    scene = session.scene()
    return scene.lesion_colour if scene is not None and kind is StructureKind.LESION else kind_colour(kind)
