"""Compute the stored references of the device-like cases anew: python -m tests.verification.make_references [WORD ...].

Words choose the cases whose name holds one of them. Some minutes a case.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

import numpy as np

from planning.thermal.verification.device_cases import DeviceCase, device_cases
from planning.thermal.verification.references import PATH, digest
from planning.thermal.verification.zones import Size, lattice_mm, zone_outline, zone_size
from tests.verification.finite_elements import Solution, reference_resolution, solve

OUTLINE_EVERY = 4


def on_lattice(case: DeviceCase, solution: Solution):
    """The solution where zones are measured, shape (1, n_r, n_z)."""
    r, z = lattice_mm(case)
    return solution.plane.read(solution.t_c, *np.meshgrid(r, z, indexing="ij"))[None]


def sizes_of(case: DeviceCase, solution: Solution) -> dict[float, Size]:
    t = on_lattice(case, solution)
    return {level: zone_size(t, *lattice_mm(case), level, cold=case.is_cold) for level in case.levels_c}


def change_on_refinement(case: DeviceCase, coarse: Solution, fine: Solution) -> dict[str, float]:
    """Largest change when all cells and steps are halved; the error that is left is smaller."""
    pairs = [
        (getattr(a, name), getattr(b, name))
        for a, b in zip(sizes_of(case, coarse).values(), sizes_of(case, fine).values(), strict=True)
        for name in ("width_mm", "length_mm")
    ]
    changes = {
        "size_pct": max(abs(a / b - 1) * 100 for a, b in pairs),
        "point_k": float(abs(coarse.points_c - fine.points_c).max()),
    }
    if coarse.impedance_ohm and fine.impedance_ohm:
        both = zip(coarse.impedance_ohm, fine.impedance_ohm, strict=True)
        changes["impedance_pct"] = max(abs(a / b - 1) * 100 for a, b in both)
    return {name: round(value, 3) for name, value in changes.items()}


def reference_of(case: DeviceCase) -> dict[str, object]:
    resolution = reference_resolution(case)
    fine, coarse = solve(case, resolution), solve(case, resolution.with_mesh(2).with_steps(2))
    t, (r, z) = on_lattice(case, fine), lattice_mm(case)
    outlines = {level: zone_outline(t, r, level, cold=case.is_cold)[0, ::OUTLINE_EVERY] for level in case.levels_c}
    return {
        "case": digest(case),
        "sizes": {
            f"{level:g}": [round(size.width_mm, 3), round(size.length_mm, 3)]
            for level, size in sizes_of(case, fine).items()
        },
        "points_c": np.round(fine.points_c, 3).tolist(),
        "impedance_ohm": fine.impedance_ohm and [round(ohm, 3) for ohm in fine.impedance_ohm],
        "power_w": fine.power_w and round(fine.power_w, 4),
        "hottest_c": round(fine.hottest_c, 2),
        "resolution": asdict(resolution) | {"nodes": int(fine.nodes), "steps": fine.steps},
        "change_on_refinement": change_on_refinement(case, coarse, fine),
        "outline_z_mm": z[::OUTLINE_EVERY].tolist(),
        "outlines_mm": {
            f"{level:g}": [None if np.isnan(x) else round(float(x), 2) for x in outline]
            for level, outline in outlines.items()
        },
    }


def main(words: list[str]) -> None:
    for case in device_cases():
        if words and not any(word in case.name for word in words):
            continue
        began = time.perf_counter()
        reference = reference_of(case)
        stored = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}
        stored[case.name] = reference
        known = [c.name for c in device_cases() if c.name in stored]
        lines = ",\n".join(
            f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(stored[name], ensure_ascii=False)}" for name in known
        )
        PATH.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
        print(f"{case.name}: {time.perf_counter() - began:.0f} s, {reference['change_on_refinement']}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
