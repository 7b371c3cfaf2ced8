"""An independent solver: finite elements in the half-plane of r and z, with scikit-fem.

It shares the cases with the planner's solver and nothing else. The applicator is a true body with flat ends whose
surface is a boundary of the mesh; the bio-heat equation is solved for the temperature at the nodes, with the enthalpy
of every medium at the quadrature points, implicit in time (a two-stage diagonally implicit Runge-Kutta method of
second order, which damps the jump at the start), by Newton's method. The potential of a radiofrequency electrode has
an insulated shaft, and tissue that goes on beyond the mesh.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from matplotlib.tri import LinearTriInterpolator, Triangulation
from scipy.integrate import cumulative_trapezoid
from scipy.sparse.linalg import splu
from skfem import Basis, BilinearForm, ElementQuad1, ElementTriP1, FacetBasis, LinearForm, MeshQuad, MeshTri
from skfem.helpers import dot, grad

from planning.thermal import LinePower, Voltage, WallTemperature
from planning.thermal.verification.device_cases import BODY_C, Ball, DeviceCase, Layer

BLOOD_J_M3K = 1050.0 * 3617.0
FAR_MM = 75.0
"""Mesh beyond the active part."""
ZONE_MM = 22.0
"""As far from the active part goes what is looked at closely."""
GAMMA = 1 - np.sqrt(0.5)
MOST_ITERATIONS, CONVERGED_K, LEAST_PART, SHORTEST_STEP_S = 16, 2e-2, 0.1, 1e-4
SYMMETRIC = {"permc_spec": "MMD_AT_PLUS_A", "options": {"SymmetricMode": True}, "diag_pivot_thresh": 0.01}


@dataclass(frozen=True)
class Resolution:
    """How fine the mesh and the time steps are."""

    edge_mm: float = 0.15
    zone_mm: float = 0.45
    growth: float = 0.12
    first_step_s: float = 0.02
    longest_step_s: float = 5.0
    step_growth: float = 1.12

    def with_mesh(self, factor: float) -> Resolution:
        """Every cell this much larger."""
        return replace(self, edge_mm=self.edge_mm * factor, zone_mm=self.zone_mm * factor, growth=self.growth * factor)

    def with_steps(self, factor: float) -> Resolution:
        """Every step this much longer."""
        return replace(
            self,
            first_step_s=self.first_step_s * factor,
            longest_step_s=self.longest_step_s * factor,
            step_growth=self.step_growth**factor,
        )


REFERENCE = Resolution()


def reference_resolution(case: DeviceCase) -> Resolution:
    """Triangles, which follow spheres, need to be smaller than quadrilaterals, and current crowds at electrodes' ends."""
    finer = case.is_rf or any(isinstance(region, Ball) for region in case.regions)
    return REFERENCE.with_mesh(0.65) if finer else REFERENCE


@dataclass(frozen=True)
class Solution:
    """Temperature at the nodes at the end, and curves of the phases' ends and of the generator."""

    plane: HalfPlane
    t_c: np.ndarray
    points_c: np.ndarray
    hottest_c: float
    impedance_ohm: tuple[float, float] | None
    power_w: float | None
    nodes: int
    steps: int


def lines_mm(keys, resolution, zone):
    """Coordinates through all keys, fine next to the keys, at most ``zone_mm`` apart within the zone."""
    lines = [keys[:1]]
    for a, b in pairwise(keys):
        x = np.linspace(a, b, 4001)
        beyond = np.maximum(np.maximum(zone[0] - x, x - zone[1]), 0)
        to_key = np.min([abs(x - key) for key in keys[1:-1]], axis=0)
        size = np.minimum(
            resolution.edge_mm + resolution.growth * to_key, resolution.zone_mm + resolution.growth * beyond
        )
        count = cumulative_trapezoid(1 / size, x, initial=0)
        lines.append(np.interp(np.linspace(0, count[-1], int(np.ceil(count[-1])) + 1)[1:], count, x))
    return np.concatenate(lines)


def half_plane(case: DeviceCase, resolution: Resolution):
    """Coordinates in r and z of the mesh's lines: through the applicator's surface, poles and layers."""
    length = case.active_length_mm
    ends = {-FAR_MM, 0.0, length, length + FAR_MM}
    if case.gap_mm is not None:
        ends |= {(length - case.gap_mm) / 2, (length + case.gap_mm) / 2}
    for region in case.regions:
        if isinstance(region, Layer):
            ends |= {edge for edge in (region.from_mm, region.to_mm) if -FAR_MM < edge < length + FAR_MM}
    r = lines_mm([0.0, case.diameter_mm / 2, FAR_MM], resolution, (0, ZONE_MM))
    return r, lines_mm(sorted(ends), resolution, (-ZONE_MM, length + ZONE_MM))


def fitted(mesh, balls, radius_mm):
    """A mesh whose edges follow the spheres: the nearer end of every edge that crosses one is moved onto it.

    Nodes of the applicator stay, and nodes of the axis move along the axis only.
    """
    points = mesh.p.copy()
    for ball in balls:
        depth = np.hypot(points[0], points[1] - 1e-3 * ball.centre_mm) - 1e-3 * ball.radius_mm
        a, b = mesh.facets[:, depth[mesh.facets[0]] * depth[mesh.facets[1]] < 0]
        part = depth[a] / (depth[a] - depth[b])
        onto = points[:, a] + part * (points[:, b] - points[:, a])
        node = np.where(part < 0.5, a, b)
        way = np.linalg.norm(onto - points[:, node], axis=0)
        fixed = (points[0, node] < 1e-3 * radius_mm + 1e-9) & (points[1, node] > -1e-9)
        off_axis = (points[0, node] < 1e-9) & (onto[0] > 1e-9)
        order = np.argsort(-way)  # a node of several edges goes the shortest way, which is written last
        order = order[~(fixed | off_axis)[order]]
        points[:, node[order]] = onto[:, order]
    return MeshTri(points, mesh.t)


@LinearForm
def storage(v, w):
    return w.ring * w.h * v


@BilinearForm
def capacity(u, v, w):
    return w.ring * w.c * u * v


@LinearForm
def outflow(v, w):
    return w.ring * (w.flux_r * v.grad[0] + w.flux_z * v.grad[1] - w.gained * v)


@BilinearForm
def outflow_slope(u, v, w):
    return w.ring * (w.perfusion * u * v + dot(w.k * grad(u), grad(v)) + w.dk * u * dot(w.t.grad, grad(v)))


@BilinearForm
def conduction(u, v, w):
    return w.ring * w.sigma * dot(grad(u), grad(v))


@BilinearForm
def far_ground(u, v, w):
    """The potential beyond the mesh falls like 1 / distance from the electrode."""
    away = np.array([*w.x[:-1], w.x[-1] - w.centre])
    return w.ring * w.sigma * (w.n * away).sum(axis=0) / (away**2).sum(axis=0) * u * v


class HalfPlane:
    """Mesh, media at its quadrature points, and where the applicator is."""

    def __init__(self, case: DeviceCase, resolution: Resolution) -> None:
        self.case = case
        self.r_mm, self.z_mm = half_plane(case, resolution)
        self.mesh, self.element = MeshQuad.init_tensor(self.r_mm * 1e-3, self.z_mm * 1e-3), ElementQuad1()
        balls = [region for region in case.regions if isinstance(region, Ball)]
        if balls:
            self.mesh, self.element = fitted(self.mesh.to_meshtri(), balls, case.diameter_mm / 2), ElementTriP1()
        self.basis = self.storage = Basis(self.mesh, self.element, intorder=3)
        if balls:
            # moved nodes make angles at which Newton's method fails, unless a node's heat depends on that node alone
            self.storage = Basis(self.mesh, self.element, quadrature=(np.eye(3)[1:], np.full(3, 1 / 6)))
        # one value an element: next to a sphere some quadrature points may lie beyond it
        r, z = np.asarray(self.basis.global_coordinates()).mean(axis=2)[..., None] * 1e3
        self.ring = np.asarray(self.basis.global_coordinates())[0] * 2 * np.pi
        self.storage_ring = self.ring if not balls else 2e-3 * np.pi * r + np.zeros(3)
        self.media = case.medium_at(r, z)
        shaft_mm = np.inf if case.is_rf else case.active_length_mm
        self.body = (r < case.diameter_mm / 2) & (z > 0) & (z < shaft_mm)
        self.active = self.body & (z < case.active_length_mm)
        self.node_r, self.node_z = r, z = self.mesh.p * 1e3
        small = 1e-6
        self.on_body = r < case.diameter_mm / 2 + small
        self.outer = (r > self.r_mm[-1] - small) | (z < self.z_mm[0] + small) | (z > self.z_mm[-1] - small)

    def nodes_between(self, from_mm: float, to_mm: float):
        """Nodes on and in the applicator from one place of its axis to another."""
        return self.on_body & (self.node_z > from_mm - 1e-6) & (self.node_z < to_mm + 1e-6)

    def of_media(self, value):
        """A property at the quadrature points."""
        return np.array([value(m) for m in self.case.media], float)[self.media]

    def field(self, values):
        """Nodal values and their derivatives at the quadrature points."""
        return self.basis.interpolate(values)

    def storage_field(self, values):
        """Nodal values at the points of ``storage``."""
        return np.asarray(self.storage.interpolate(values))

    def stored(self, h):
        """What an enthalpy per volume, given at the points of ``storage``, makes at every node."""
        return storage.assemble(self.storage, ring=self.storage_ring, h=h)

    def leaving(self, flux, gained):
        """What leaves every node, of the negative of a heat flux and of the heat gained per volume."""
        return outflow.assemble(self.basis, ring=self.ring, flux_r=flux[0], flux_z=flux[1], gained=gained)

    def slope(self, c, dt: float, field, k, dk, perfusion):
        """The derivative of ``stored``, for a heat capacity, and of ``leaving`` for a time, where ``k`` rises by ``dk`` a kelvin."""
        leaves = outflow_slope.assemble(self.basis, ring=self.ring, perfusion=perfusion, k=k, dk=dk, t=field)
        return capacity.assemble(self.storage, ring=self.storage_ring, c=c) + dt * leaves

    def conducting(self, sigma):
        """The matrix of conduction."""
        return conduction.assemble(self.basis, ring=self.ring, sigma=sigma)

    def far_grounding(self):
        """The matrix of the current to a ground far beyond the mesh."""
        facets = self.mesh.boundary_facets()
        facets = facets[self.outer[self.mesh.facets[:, facets]].all(axis=0)]
        basis = FacetBasis(self.mesh, self.element, facets=facets, intorder=3)
        x = np.asarray(basis.global_coordinates()) * 1e3
        r, z = np.linalg.norm(x[:-1], axis=0), x[-1]
        sigma = np.array([m.electrical_conductivity_s_m for m in self.case.media])[self.case.medium_at(r, z)]
        sigma[(r < self.case.diameter_mm / 2) & (z > 0)] = 0
        centre = 0.5e-3 * self.case.active_length_mm
        return far_ground.assemble(basis, sigma=sigma, ring=self.around_m(r), centre=centre)

    def around_m(self, r_mm):
        """How far it is around the axis: what the mesh leaves out."""
        return 2e-3 * np.pi * r_mm

    def solved(self, matrix, right):
        """The solution of a system of equations."""
        return splu(matrix.tocsc(), **SYMMETRIC).solve(right)

    def read(self, values, r_mm, z_mm):
        """Nodal values at places of the half-plane, linear within triangles, same shape as the places."""
        mesh = self.mesh if isinstance(self.mesh, MeshTri) else self.mesh.to_meshtri()
        triangles = Triangulation(*mesh.p * 1e3, mesh.t.T)
        return np.asarray(LinearTriInterpolator(triangles, values)(r_mm, z_mm))


class Bioheat:
    """Temperature of a half-plane, advanced by implicit steps."""

    def __init__(self, plane: HalfPlane) -> None:
        self.plane = plane
        of = plane.of_media
        self.c_warm = of(lambda m: m.density_kg_m3 * m.specific_heat_j_kgk)
        self.k_warm = of(lambda m: m.conductivity_w_mk)
        self.high = of(lambda m: m.frozen.freezing_high_c if m.frozen else -300)
        self.low = of(lambda m: m.frozen.freezing_low_c if m.frozen else -301)
        self.c_cold = of(lambda m: m.density_kg_m3 * (m.frozen or m).specific_heat_j_kgk)
        self.k_cold = of(lambda m: (m.frozen or m).conductivity_w_mk)
        self.k_rise = of(lambda m: m.conductivity_rise_1_k)
        self.k_cold_rise = of(lambda m: m.frozen.conductivity_rise_1_k if m.frozen else 0)
        self.c_cold_fall = of(lambda m: m.frozen.heat_capacity_fall_1_k if m.frozen else 0)
        latent = of(lambda m: m.density_kg_m3 * m.frozen.latent_heat_j_kg if m.frozen else 0)
        self.c_between = latent / (self.high - self.low) + 0.5 * (self.c_warm + self.c_cold)
        self.perfusion = np.where(plane.body, 0, of(lambda m: m.perfusion_1_s) * BLOOD_J_M3K)
        self.metabolism = np.where(plane.body, 0, of(lambda m: m.metabolic_w_m3))
        self.t = np.full(plane.mesh.nvertices, BODY_C)
        self.source = np.zeros(plane.media.shape)
        self.held = plane.outer.copy()

    def hold_wall(self, wall_c: float | None) -> None:
        """Hold the applicator's active part at a temperature, or let it go."""
        self.held = self.plane.outer.copy()
        if wall_c is not None:
            wall = self.plane.nodes_between(0, self.plane.case.active_length_mm)
            self.held |= wall
            self.t[wall] = wall_c

    def enthalpy(self, t):
        """Enthalpy per volume, zero at the upper end of the freezing range, and its slope."""
        bottom = -self.c_between * (self.high - self.low)
        below = np.maximum(self.low - t, 0)
        frozen = bottom - self.c_cold * below * (1 - 0.5 * self.c_cold_fall * below)
        c_cold = self.c_cold * (1 - self.c_cold_fall * below)
        h = np.where(
            t >= self.high,
            self.c_warm * (t - self.high),
            np.where(t <= self.low, frozen, self.c_between * (t - self.high)),
        )
        return h, np.where(t >= self.high, self.c_warm, np.where(t <= self.low, c_cold, self.c_between))

    def conductivity(self, t):
        """Linear over the freezing range, below it and above it, and its slope."""
        k_high = self.k_warm * (1 + self.k_rise * (self.high - BODY_C))
        per_k = (k_high - self.k_cold) / (self.high - self.low)
        below_per_k, above_per_k = -self.k_cold * self.k_cold_rise, self.k_warm * self.k_rise
        k = self.k_cold + per_k * (np.clip(t, self.low, self.high) - self.low)
        k += below_per_k * np.minimum(t - self.low, 0) + above_per_k * np.maximum(t - self.high, 0)
        return k, np.where(t < self.low, below_per_k, np.where(t > self.high, above_per_k, per_k))

    def step(self, dt: float) -> None:
        """Advance by a step, or by two halves of it where Newton's method goes round in circles."""
        start = self.t.copy()
        try:
            self._whole_step(dt)
        except ArithmeticError:
            if dt < SHORTEST_STEP_S:
                raise
            self.t = start
            self.step(dt / 2)
            self.step(dt / 2)

    def _whole_step(self, dt: float) -> None:
        living = np.asarray(self.plane.field(self.t)) >= self.high
        h0, _ = self.enthalpy(self.plane.storage_field(self.t))
        self._stage(h0, np.zeros(len(self.t)), GAMMA * dt, living)
        self._stage(h0, (1 - GAMMA) * dt * self._outflow(living)[0], GAMMA * dt, living)

    def _outflow(self, living):
        """What leaves every node by conduction, less what blood, metabolism and sources give, and what its derivative needs."""
        plane = self.plane
        field = plane.field(self.t)
        t = np.asarray(field)
        k, dk = self.conductivity(t)
        perfusion = self.perfusion * living
        gained = perfusion * (BODY_C - t) + self.metabolism * living + self.source
        leaves = plane.leaving(k * field.grad, gained)
        return leaves, (field, k, dk, perfusion)

    def _stage(self, h0, rest, dt: float, living) -> None:
        """Solve h(t) + dt outflow(t) = h0 - rest for t at the nodes that are not held."""
        free = np.flatnonzero(~self.held)
        wrong, slope = self._missing(h0, rest, dt, living)
        for _ in range(MOST_ITERATIONS):
            change = self.plane.solved(slope()[free][:, free], -wrong[free])
            start, size, part = self.t[free], np.linalg.norm(wrong[free]), 2.0
            # past a kink of the enthalpy a whole step may lead astray: go back until it helps
            while part > LEAST_PART and (part == 2.0 or np.linalg.norm(wrong[free]) > size):
                part /= 2
                self.t[free] = start + part * change
                wrong, slope = self._missing(h0, rest, dt, living)
            if part * abs(change).max() < CONVERGED_K:
                return
        raise ArithmeticError(f"Newton's method did not converge: last change {abs(change).max():.3g} K")

    def _missing(self, h0, rest, dt: float, living):
        """By how much every node misses its balance, and how to find the derivative."""
        plane = self.plane
        h, c = self.enthalpy(plane.storage_field(self.t))
        leaves, of_slope = self._outflow(living)
        wrong = rest + plane.stored(h - h0) + dt * leaves
        return wrong, lambda: plane.slope(c, dt, *of_slope)


class Electric:
    """Potential around the electrode at 1 V (between the poles of a bipolar one)."""

    def __init__(self, plane: HalfPlane) -> None:
        self.plane = plane
        case, length = plane.case, plane.case.active_length_mm
        self.sigma_37 = np.where(plane.body, 0, plane.of_media(lambda m: m.electrical_conductivity_s_m))
        self.beta = plane.of_media(lambda m: m.electrical_temperature_coefficient_1_k)
        self.phi = np.zeros(plane.mesh.nvertices)
        # within the shaft there is no potential to be found, on its surface there is
        held = plane.node_r < case.diameter_mm / 2 - 1e-6
        held &= plane.node_z > 1e-6
        if case.gap_mm is None:
            electrode = plane.nodes_between(0, length)
            self.phi[electrode] = 1.0
            held |= electrode
        else:
            pole = (length - case.gap_mm) / 2
            near, far = plane.nodes_between(0, pole), plane.nodes_between(length - pole, length)
            self.phi[near], self.phi[far] = 0.5, -0.5
            held |= near | far
        self.free = np.flatnonzero(~held)
        self.ground = None if case.gap_mm is not None else plane.far_grounding()

    def heat(self, t_nodes):
        """Conductance, and resistive heat per volume at 1 V at the quadrature points."""
        plane, free = self.plane, self.free
        t = np.asarray(plane.field(t_nodes))
        sigma = self.sigma_37 * (1 + self.beta * (t - BODY_C))
        matrix = plane.conducting(sigma)
        whole = matrix if self.ground is None else matrix + self.ground
        fixed = self.phi.copy()
        fixed[free] = 0
        self.phi[free] = plane.solved(whole[free][:, free], -(whole @ fixed)[free])
        grad_phi = plane.field(self.phi).grad
        return float(self.phi @ whole @ self.phi), sigma * (grad_phi**2).sum(axis=0)


def solve(case: DeviceCase, resolution: Resolution | None = None) -> Solution:
    """Return what becomes of a case, as finely as its reference where nothing is said."""
    resolution = resolution or reference_resolution(case)
    return advanced(HalfPlane(case, resolution), resolution)


def advanced(plane: HalfPlane, resolution: Resolution) -> Solution:
    """Return what becomes of the case of a mesh."""
    case = plane.case
    state = Bioheat(plane)
    electric = Electric(plane) if case.is_rf else None
    points, conductances, steps, hottest = [], [], 0, -np.inf
    power = None
    for phase in case.schedule:
        on = phase.kind == "on"
        drive = case.drive
        state.hold_wall(drive.c if on and isinstance(drive, WallTemperature) else None)
        state.source = np.zeros(plane.media.shape)
        if on and isinstance(drive, LinePower):
            state.source[plane.active] = drive.w_m / (np.pi * (0.5e-3 * case.diameter_mm) ** 2)
        before = state.t.copy()
        dt_before = np.inf
        for dt in step_lengths(phase.duration_s, resolution):
            if on and electric is not None:
                ahead = state.t + 0.5 * dt / dt_before * (state.t - before)
                conductance, density = electric.heat(ahead)
                volts2 = drive.v_rms**2 if isinstance(drive, Voltage) else drive.w / conductance
                state.source = volts2 * density
                conductances.append(conductance)
                power = volts2 * conductance
            before, dt_before = state.t.copy(), dt
            state.step(dt)
            steps += 1
            hottest = max(hottest, state.t.max())
        points.append(plane.read(state.t, *np.array(case.points_rz_mm).T))
    return Solution(
        plane=plane,
        t_c=state.t,
        points_c=np.array(points),
        hottest_c=float(hottest),
        impedance_ohm=(1 / conductances[0], 1 / conductances[-1]) if conductances else None,
        power_w=power,
        nodes=plane.mesh.nvertices,
        steps=steps,
    )


def step_lengths(duration_s: float, resolution: Resolution):
    """Steps that grow from the first to the longest and end with the phase."""
    steps = [resolution.first_step_s]
    while sum(steps) < duration_s:
        steps.append(min(steps[-1] * resolution.step_growth, resolution.longest_step_s))
    return np.array(steps) * duration_s / sum(steps)
