"""Showing what was asked for by its name."""

from __future__ import annotations

from app.controllers.session import Session
from app.representations.scene import HIDDEN_AT_FIRST
from imaging.labels import Mask
from imaging.structures import FORAMINA
from planning.model import Structure


def show_structure(session: Session, structure: Structure) -> None:
    """Select a structure, and have every slice show its middle."""
    view = session.view
    view.select(structure.id)
    # What fills the image has no place to go to.
    if structure.kind in HIDDEN_AT_FIRST - FORAMINA:
        return
    mesh = session.surfaces.latest(structure)
    if mesh is not None and not mesh.empty:
        view.reveal(mesh.points_mm.mean(axis=0))
        return
    shape = structure.shape
    points = shape.points_mm() if isinstance(shape, Mask) else shape.points_mm
    if len(points):
        view.reveal(points.mean(axis=0))
