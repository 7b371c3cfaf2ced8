"""How good every place of the skin is as an entry to a target."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from imaging.geometry import Floats
from imaging.progress import Progress
from imaging.surface import Mesh
from imaging.volume import Volume
from planning.catalogue.devices import Device, device
from planning.catalogue.rules import PathRules, load_path_rules
from planning.errors import PlanError
from planning.model.case import Case
from planning.trajectory.judging import not_outlined
from planning.trajectory.screening import Screened, screen
from planning.trajectory.skin import Skin, reachable, skin_of
from planning.trajectory.skin_entry import require_target
from planning.trajectory.surroundings import Surroundings, surroundings

_REACH_MM = 150.0
"""How far from the target skin is looked at where the length of the shaft is not known."""
_AROUND_MM = 8.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SkinMap:
    """The skin around a target.

    Attributes
    ----------
    mesh : Mesh
        The skin that can be reached; its points are the entries, in the order of `screened`.
    target_mm : ndarray, shape (3,)
        Where all tips lie.
    device_id : str
    screened : Screened
    not_assessed : tuple of str
        Kinds of structure of which nothing is outlined: no entry is refused on their account.
    unconfirmed : tuple of str
        Names of structures that keep entries off by outlines that nobody has confirmed.
    around : Surroundings
    made_of : object
        What the surroundings depend on beside their place.
    """

    mesh: Mesh
    target_mm: Floats
    device_id: str
    screened: Screened
    not_assessed: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    around: Surroundings
    made_of: object

    @property
    def cost(self) -> Floats:
        """What a path from every point costs; not a number where none is allowed."""
        return np.where(self.screened.allowed, self.screened.cost, np.nan)

    @property
    def doubts(self) -> str:
        """What is not known of it, in sentences; empty where all is known."""
        said = []
        if self.not_assessed:
            said.append(f"Not assessed: {', '.join(self.not_assessed)}, of which nothing is outlined.")
        if self.unconfirmed:
            more = f" and {len(self.unconfirmed) - 3} more" if len(self.unconfirmed) > 3 else ""
            said.append(f"Not confirmed: {', '.join(self.unconfirmed[:3])}{more}.")
        return " ".join(said)

    def nearest(self, lps_mm: npt.ArrayLike) -> int:
        """Return the number of the entry nearest to a place."""
        return int(((self.mesh.points_mm - np.asarray(lps_mm, float)) ** 2).sum(axis=1).argmin())

    def words_at(self, lps_mm: npt.ArrayLike) -> str:
        """Return in words why a place of the skin is no entry, or how good it is."""
        n = self.nearest(lps_mm)
        refused = int(self.screened.refused_by[n])
        if refused >= 0:
            return f"No entry here: {self.screened.reasons[refused]}."
        better = float((self.screened.cost[self.screened.allowed] < self.screened.cost[n]).mean())
        depth_mm = float(np.linalg.norm(self.mesh.points_mm[n] - self.target_mm))
        among = "among the best entries" if better < 0.1 else f"{better * 100:.0f} % of the entries are better"
        return f"{depth_mm:.0f}\u202fmm deep, {among}."


def skin_map(
    case: Case,
    volume: Volume,
    target_mm: npt.ArrayLike,
    device_id: str,
    progress: Progress,
    *,
    rules: PathRules | None = None,
    leave_out: str = "",
    known: SkinMap | None = None,
) -> SkinMap:
    """Judge every place of the skin that can be reached as an entry to a target.

    Parameters
    ----------
    case : Case
        With skin and bone outlined.
    volume : Volume
    target_mm : array_like, shape (3,)
        Where the tip is to lie.
    device_id : str
    progress : Progress
    rules : PathRules, optional
        The user's by default.
    leave_out : str
        Id of the probe that is to be placed anew; all others are in the way.
    known : SkinMap, optional
        An earlier map, whose surroundings are taken where they are those of this one and reach far enough.

    Raises
    ------
    PlanError
        ``probe-outside``, ``target-in-air``, ``no-skin``, ``no-bone``, ``skin-not-in-ct``, ``shaft-too-short``.
    """
    rules = rules or load_path_rules()
    applicator, target = device(device_id), np.asarray(target_mm, float)
    require_target(volume, target)
    skin = skin_of(case)
    entries = entries_to(case, skin, target, applicator)
    progress.report(0.1, "Skin")
    mesh = _part_of(skin.mesh, entries)
    others = case.with_plan(probes=tuple(p for p in case.plan.probes if p.id != leave_out))
    made_of = (case.image, case.structures, applicator.diameter_mm, rules)
    if known is not None and known.made_of == made_of and known.around.covers(mesh.points_mm, target):
        around = known.around
    else:
        around = surroundings_of(case, volume, np.vstack([mesh.points_mm, target]), applicator, rules)
    progress.report(0.7, "Ways in")
    tips = np.tile(target, (len(mesh.points_mm), 1))
    screened = screen(others, around, mesh.points_mm, tips, applicator, without_aim(rules))
    missing = [rules.limits[key].name for key in not_outlined(case, rules)]
    judged_by = {kind for limit in rules.distances.values() for kind in limit.kinds}
    unconfirmed = [s.name for s in case.structures if s.kind in judged_by and not s.confirmed]
    return SkinMap(
        mesh=mesh, target_mm=target, device_id=device_id, screened=screened, not_assessed=tuple(missing), unconfirmed=tuple(unconfirmed), around=around, made_of=made_of,
    )  # fmt: skip


def entries_to(case: Case, skin: Skin, target_mm: Floats, applicator: Device) -> npt.NDArray[np.int64]:
    """Return the points of the skin that a needle can go in through to a target; indices of shape (n,).

    Raises
    ------
    PlanError
        ``skin-not-in-ct``, ``skin-too-far``, ``shaft-too-short``: there is none.
    """
    within_mm = applicator.shaft_length_mm or _REACH_MM
    up = case.plan.room.posture.up
    found = reachable(skin, up, target_mm, within_mm)
    if len(found):
        return found
    if len(reachable(skin, up, target_mm, np.inf)):
        if applicator.shaft_length_mm is None:
            raise PlanError(
                f"No skin that can be reached lies within {within_mm:.0f} mm of the target in a patient who lies "
                f"{case.plan.room.posture.value}.",
                code="skin-too-far",
                hint="Choose how the patient lies, or another target.",
            )
        raise PlanError(
            f"{applicator.name}, {within_mm:.0f} mm long, is too short: no skin that can be reached lies so near to the target.",
            code="shaft-too-short",
            hint="Choose a longer device or another target.",
        )
    raise PlanError(
        f"The CT shows no skin that a needle could go in through in a patient who lies {case.plan.room.posture.value}.",
        code="skin-not-in-ct",
        hint="Choose how the patient lies, or a CT that shows the skin there.",
    )


def surroundings_of(
    case: Case, volume: Volume, places_mm: Floats, applicator: Device, rules: PathRules
) -> Surroundings:
    """Return the surroundings of all paths between some places."""
    low, high = places_mm.min(axis=0) - _AROUND_MM, places_mm.max(axis=0) + _AROUND_MM
    return surroundings(case, volume, low, high, applicator.diameter_mm / 2, rules)


def without_aim(rules: PathRules) -> PathRules:
    """Return the rules for a target that was chosen: where it lies in the lesion is not judged."""
    aim = replace(rules.preferences["aim"], weight=0.0)
    return replace(rules, preferences={**rules.preferences, "aim": aim})


def _part_of(mesh: Mesh, chosen: npt.NDArray[np.int64]) -> Mesh:
    """The triangles all of whose corners were chosen, and all chosen points."""
    number = np.full(len(mesh.points_mm), -1)
    number[chosen] = np.arange(len(chosen))
    triangles = number[mesh.triangles]
    return Mesh(mesh.points_mm[chosen], np.ascontiguousarray(triangles[(triangles >= 0).all(axis=1)]))
