"""Add, move, reword and remove measurements and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from imaging.region import lattice_inside
from planning.errors import PlanError
from planning.model.annotation import Annotation, AnnotationKind
from planning.model.case import Case
from planning.model.point import Point
from planning.operations.locks import require_unlocked
from planning.operations.points import finite_point, next_number, point_in_ct, unknown

LONGEST_WORDS = 200
"""A note that is longer would cover the image."""


def add_annotation(
    case: Case,
    kind: AnnotationKind,
    points_mm: Sequence[npt.ArrayLike],
    right: npt.ArrayLike,
    down: npt.ArrayLike,
    words: str = "",
) -> Case:
    """Return the case with one more measurement or note.

    Parameters
    ----------
    case : Case
    kind : AnnotationKind
    points_mm : sequence of array_like, each of shape (3,)
        LPS, all in one plane.
    right, down : array_like, shape (3,)
        Unit vectors of the plane.
    words : str

    Raises
    ------
    PlanError
        ``annotation-invalid``, ``region-empty``, ``words-too-long``, ``point-outside``.
    """
    made = Annotation(
        id=f"annotation-{next_number(a.id for a in case.annotations)}",
        kind=AnnotationKind(kind),
        points_mm=tuple(finite_point(p) for p in points_mm),
        right=finite_point(right),
        down=finite_point(down),
        words=_said(words),
    )
    return replace(case, annotations=(*case.annotations, _checked(case, made)))


def move_handle(case: Case, annotation_id: str, number: int, to_mm: npt.ArrayLike) -> Case:
    """Return the case with a point of a measurement elsewhere in its plane; of an ellipse, with a corner elsewhere.

    Parameters
    ----------
    case : Case
    annotation_id : str
    number : int
        Which of its handles.
    to_mm : array_like, shape (3,)
        LPS; the nearest place of the plane is taken.

    Raises
    ------
    PlanError
        As `add_annotation`, ``annotation-unknown``, ``annotation-locked``, and ``handle-unknown``.
    """
    old = annotation_of(case, annotation_id)
    require_unlocked(old)
    handles = list(old.handles_mm)
    if not 0 <= number < len(handles):
        raise PlanError(f"{old.name} has no point number {number + 1}.", code="handle-unknown")
    x, y, z = old.in_plane(np.array([finite_point(to_mm)]))[0].tolist()
    handles[number] = (x, y, z)
    if old.kind is AnnotationKind.ELLIPSE:
        opposite = handles[(number + 2) % len(handles)]
        return _with(case, replace(old, points_mm=(opposite, handles[number])))
    return _with(case, replace(old, points_mm=tuple(handles)))


def move_annotation(case: Case, annotation_id: str, shift_mm: npt.ArrayLike) -> Case:
    """Return the case with a measurement or note shifted as a whole, within its plane.

    Raises
    ------
    PlanError
        ``annotation-unknown``, ``annotation-locked``, ``point-outside``.
    """
    old = annotation_of(case, annotation_id)
    require_unlocked(old)
    moved = old.in_plane(np.array(old.points_mm) + finite_point(shift_mm))
    points: list[Point] = [(x, y, z) for x, y, z in moved.tolist()]
    return _with(case, replace(old, points_mm=tuple(points)))


def reword_annotation(case: Case, annotation_id: str, words: str) -> Case:
    """Return the case with other words for a measurement or note; without any it has its kind and number for a name.

    Raises
    ------
    PlanError
        ``annotation-unknown``, ``annotation-locked``, ``words-too-long``.
    """
    old = annotation_of(case, annotation_id)
    require_unlocked(old)
    return _with(case, replace(old, words=_said(words)))


def remove_annotation(case: Case, annotation_id: str) -> Case:
    """Return the case without a measurement or note; raises PlanError ``annotation-unknown``, ``annotation-locked``."""
    gone = annotation_of(case, annotation_id)
    require_unlocked(gone)
    return replace(case, annotations=tuple(a for a in case.annotations if a.id != gone.id))


def annotation_of(case: Case, annotation_id: str) -> Annotation:
    """Return a measurement or note by id; raises PlanError ``annotation-unknown`` with those that exist."""
    for annotation in case.annotations:
        if annotation.id == annotation_id:
            return annotation
    raise unknown("annotation", annotation_id, [a.id for a in case.annotations])


def _with(case: Case, new: Annotation) -> Case:
    checked = _checked(case, new)
    return replace(case, annotations=tuple(checked if a.id == new.id else a for a in case.annotations))


def _said(words: str) -> str:
    said = " ".join(words.split())
    if len(said) > LONGEST_WORDS:
        raise PlanError(
            f"These words are {len(said)} letters long; the views have room for {LONGEST_WORDS}.",
            code="words-too-long",
            hint="Say it shorter.",
        )
    return said


def _checked(case: Case, annotation: Annotation) -> Annotation:
    if fault := annotation.fault:
        raise PlanError(
            f"{annotation.name} cannot be placed: {fault}.", code="annotation-invalid", hint="Choose other points."
        )
    for point in annotation.points_mm:
        point_in_ct(case, annotation.name, point)
    if annotation.kind.is_region:
        inside = lattice_inside(case.image.grid, annotation.outline_mm, annotation.right, annotation.down)
        if len(inside) == 0:
            raise PlanError(f"{annotation.name} encloses no voxel.", code="region-empty", hint="Draw it larger.")
    return annotation
