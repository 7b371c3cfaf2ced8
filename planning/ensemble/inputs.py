"""What is not known of a plan: where needles really go, tissue, power, and where drawn surfaces really lie."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imaging.geometry import Floats
from imaging.labels import Mask
from imaging.later import stats
from imaging.structures import StructureKind
from planning.catalogue import load_tissues
from planning.catalogue.devices import CryoDrive, device
from planning.catalogue.ranges import COLD_FACTORS, HEAT_FACTORS, Factor, moved
from planning.catalogue.spreads import Spreads
from planning.catalogue.thresholds import Mode
from planning.model.case import Case, Structure
from planning.services import SimulatedBox, mode_of, thermal_request

_MEAN_OF_MAXWELL = 2 * np.sqrt(2 / np.pi)
"""Mean length of a vector whose three parts are normal with a standard deviation of one."""
_FARTHEST_SD = 3.0
_AXES = ("left–right", "front–back", "head–foot")


class InputKind(enum.StrEnum):
    """What is moved."""

    TIP = "tip of a needle"
    TISSUE = "values of tissues"
    POWER = "power"
    WALL = "wall temperature"
    LESION = "border of the lesion"
    STRUCTURE = "place of a structure"

    @property
    def thermal(self) -> bool:
        """Whether temperatures depend on it, and not only what lies where."""
        return self not in (InputKind.LESION, InputKind.STRUCTURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainInput:
    """One number that is drawn.

    Attributes
    ----------
    kind : InputKind
    of : str
        Id of a probe or a structure, or the name of a factor.
    axis : int
        Of a place: 0, 1, 2 along L, P, S.
    normal : bool
        Drawn from a normal distribution, cut off at three standard deviations; else evenly from -1 to 1.
    scale : float
        What one of it comes to: mm, K, or the share of the whole.
    words : str
        ``C1 tip left–right``.
    source : str
    """

    kind: InputKind
    of: str = ""
    axis: int = 0
    normal: bool = True
    scale: float
    words: str
    source: str

    def at(self, share: float) -> float:
        """Return the value below which a share of all draws lies."""
        if not self.normal:
            return self.scale * (2 * share - 1)
        return self.scale * float(np.clip(stats.norm.ppf(share), -_FARTHEST_SD, _FARTHEST_SD))


def uncertain_inputs(
    case: Case, box: SimulatedBox, spreads: Spreads, near: Sequence[Structure], *, placed: bool = False
) -> tuple[tuple[UncertainInput, ...], tuple[str, ...]]:
    """Return what is drawn for a plan, and what is not, in sentences.

    Parameters
    ----------
    case : Case
        With at least one probe.
    box : SimulatedBox
        Around its probes.
    spreads : Spreads
    near : sequence of Structure
        Those whose place is drawn.
    placed : bool
        The needles were seen where the plan has them: their places are not drawn.
    """
    found: list[UncertainInput] = []
    left_out: list[str] = []
    if placed:
        left_out.append("Needles are taken to lie where the plan has them.")
    elif spreads.tip_mm.value is not None:
        sd_mm = spreads.tip_mm.value / _MEAN_OF_MAXWELL
        found += [
            UncertainInput(kind=InputKind.TIP, of=p.id, axis=n, scale=sd_mm, words=f"{p.name} tip {axis}", source=spreads.tip_mm.source)
            for p in case.plan.probes
            for n, axis in enumerate(_AXES)
        ]  # fmt: skip
    else:
        left_out.append(f"Places of needles are not varied: {spreads.tip_mm.source}.")
    found += _of_tissue(case, box)
    of_drive, not_varied = _of_drive(case, spreads)
    found += of_drive
    left_out += not_varied
    found += [
        UncertainInput(
            kind=InputKind.LESION, of=s.id, normal=False, scale=1.0, words="border of the lesion", source=_VOXELS
        )
        for s in case.of_kind(StructureKind.LESION)[:1]
    ]
    left_out.append("How else than by its voxels the border of the lesion may be drawn is not known, and not varied.")
    if vessels := [s.name for s in case.of_kind(StructureKind.VESSEL)]:
        left_out.append(
            f"{', '.join(vessels)}: left out, since a coarse grid misreads the wall of what blood keeps warm."
        )
    for structure in near:
        found += _of_place(structure, case, spreads)
    return tuple(found), tuple(left_out)


_VOXELS = "Half a voxel: the CT says no better where a surface lies"


def _of_tissue(case: Case, box: SimulatedBox) -> list[UncertainInput]:
    """Factors that change any medium of the box."""
    table = load_tissues()
    request = thermal_request(case, box)
    present = np.unique(request.fields.medium)

    def changes(factor: Factor) -> bool:
        return any(
            request.fields.media[n] != other.fields.media[n]
            for share in (-1.0, 1.0)
            for other in (thermal_request(case, box, moved(table, factor, share)),)
            for n in present
        )

    factors = COLD_FACTORS if mode_of(case) is Mode.COLD else HEAT_FACTORS
    return [
        UncertainInput(
            kind=InputKind.TISSUE, of=factor.value, normal=False, scale=1.0, words=factor.value,
            source="Range of every tissue's own value, in the table of tissues",
        )
        for factor in factors
        if changes(factor)
    ]  # fmt: skip


def _of_drive(case: Case, spreads: Spreads) -> tuple[list[UncertainInput], list[str]]:
    """The power of generators, or the walls of cryoprobes, all probes of one kind together."""
    found, left_out = [], []
    cold = [isinstance(device(p.device_id).drive, CryoDrive) for p in case.plan.probes]
    for kind, spread, there, what in (
        (InputKind.WALL, spreads.wall_k, any(cold), "wall temperature"),
        (InputKind.POWER, spreads.power_frac, not all(cold), "power"),
    ):
        if there and spread.value is None:
            left_out.append(f"The {what} of the probes is not varied: {spread.source}.")
        elif there and spread.value is not None:
            found.append(UncertainInput(kind=kind, normal=False, scale=spread.value, words=what, source=spread.source))
    return found, left_out


def _of_place(structure: Structure, case: Case, spreads: Spreads) -> list[UncertainInput]:
    """Three parts of where a structure really lies: half a voxel, or what a proposal may be off."""
    voxel_mm: Floats = np.abs(case.image.grid.directions * case.image.grid.spacing_ijk_mm).max(axis=1)
    # A step of one voxel drawn evenly has the standard deviation of its length over the root of twelve.
    sd_mm, source = voxel_mm / np.sqrt(12), _VOXELS
    proposed = structure.confidence is not None and not isinstance(structure.shape, Mask)
    if proposed and spreads.proposed_mm.value is not None:
        sd_mm = np.maximum(sd_mm, spreads.proposed_mm.value / _MEAN_OF_MAXWELL)
        source = spreads.proposed_mm.source
    return [
        UncertainInput(
            kind=InputKind.STRUCTURE, of=structure.id, axis=n, scale=float(sd_mm[n]),
            words=f"{structure.name} {axis}", source=source,
        )
        for n, axis in enumerate(_AXES)
    ]  # fmt: skip
