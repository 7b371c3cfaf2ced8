"""The independent solver in three dimensions: the half-plane's mesh turned around the needle, a whole turn.

A patient is not the same all around a needle, and whoever solves a patient with finite elements solves three dimensions.
Here the cases, media, equations, steps and Newton's method are those of the half-plane; the mesh has a node of the
half-plane once every sector, and nothing uses that all sectors are alike. Rectangles become hexahedra, which end at the
axis in wedges, and the triangles that follow spheres become prisms of three tetrahedra each.

What takes time was chosen for speed. Sums over elements are compiled loops over shape functions kept from the start, an order
of magnitude faster than the forms of scikit-fem. Newton's method leaves out how conductivity changes with temperature, so that
its systems are symmetric and positive: that costs a fifth more iterations and less time, since without it BiCGSTAB and GMRES
fail on long steps in ice. Conjugate gradients with no more than the diagonal need few iterations: on 42,000 nodes 0.02 s a
system, where algebraic multigrid (pyamg) takes 0.12 s, most of it to be set up, BiCGSTAB with incomplete factors 1.5 s, and
direct factors 3 s. For the potential they are faster than multigrid by little.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.sparse import csr_matrix, diags_array
from scipy.sparse.linalg import cg
from skfem import Basis, ElementHex1, ElementTetP1, MeshHex, MeshTet, MeshTri
from skfem.element import DiscreteField
from skfem.refdom import RefHex, RefQuad

from planning.thermal.verification.device_cases import DeviceCase
from tests.verification.finite_elements import HalfPlane, Resolution, Solution, advanced

RELATIVE, MOST_ITERATIONS = 1e-3, 2000
"""Of the linear systems. Newton's method sees to what their solutions leave."""
CORNERS = [
    (next(n for n, corner in enumerate(RefQuad.p.T) if (corner == (x, y)).all()), int(side))
    for x, y, side in RefHex.p.T
]
"""Of a hexahedron: the corner of its rectangle, and whether it lies on the rectangle's next turn."""
PRISM = (((0, 0), (1, 0), (2, 0), (2, 1)), ((0, 0), (1, 0), (1, 1), (2, 1)), ((0, 0), (1, 1), (2, 1), (0, 1)))
"""The same for the tetrahedra of a prism whose triangle's corners ascend, so that neighbours share the diagonals."""


def turned(mesh, sectors: int):
    """Turn a mesh of the half-plane around the axis.

    Nodes lie a little beyond their circles, so that the polygons through them have the circles' areas.

    Parameters
    ----------
    mesh : MeshQuad or MeshTri
        Of r and z, in metres.

    Returns
    -------
    mesh : MeshHex or MeshTet
        Of x, y and z, in metres.
    node : ndarray, shape (n_nodes,)
        The half-plane's node that every node was.
    cell : ndarray, shape (n_elements,)
        The half-plane's cell that every element is a part of.
    """
    on_axis = mesh.p[0] < 1e-9
    axis, others = np.flatnonzero(on_axis), np.flatnonzero(~on_axis)
    number = np.empty((sectors + 1, mesh.nvertices), int)
    number[:, axis] = np.arange(len(axis))
    number[:-1, others] = len(axis) + np.arange(sectors * len(others)).reshape(sectors, -1)
    number[-1] = number[0]
    node = np.concatenate([axis, np.tile(others, sectors)])
    turn = 2 * np.pi / sectors
    angle = turn * np.concatenate([np.zeros(len(axis)), np.repeat(np.arange(sectors), len(others))])
    r, z = mesh.p[:, node]
    r = r * np.sqrt(turn / np.sin(turn))
    points = np.array([r * np.cos(angle), r * np.sin(angle), z])
    triangles = isinstance(mesh, MeshTri)
    corners = np.sort(mesh.t, axis=0) if triangles else mesh.t
    pieces = [
        np.array([number[side : sectors + side, corners[corner]].ravel() for corner, side in piece])
        for piece in (PRISM if triangles else (CORNERS,))
    ]
    elements, cell = np.hstack(pieces), np.tile(np.arange(mesh.nelements), sectors * len(pieces))
    if not triangles:
        return MeshHex(points, elements), node, cell
    ordered = np.sort(elements, axis=0)
    whole = (ordered[1:] != ordered[:-1]).all(axis=0)  # at the axis prisms have no more than one or two tetrahedra
    return MeshTet(points, np.ascontiguousarray(elements[:, whole])), node, cell[whole]


@njit(fastmath=True)
def derivatives_and_value(shapes, corners, values, out):
    for e in range(len(shapes)):
        for q in range(shapes.shape[1]):
            for n in range(4):
                total = 0.0
                for i in range(shapes.shape[3]):
                    total += shapes[e, q, n, i] * values[corners[e, i]]
                out[n, e, q] = total


@njit(fastmath=True)
def add_vectors(shapes, corners, factors, out):
    for e in range(len(shapes)):
        for q in range(shapes.shape[1]):
            for i in range(shapes.shape[3]):
                total = 0.0
                for n in range(4):
                    total += factors[n, e, q] * shapes[e, q, n, i]
                out[corners[e, i]] += total


@njit(fastmath=True)
def matrices(shapes, of_derivatives, of_values):
    elements, points, _, corners = shapes.shape
    out = np.zeros((elements, corners, corners))
    for e in range(elements):
        for q in range(points):
            shape, k = shapes[e, q], of_derivatives[e, q]
            for i in range(corners):
                kx, ky, kz = k * shape[0, i], k * shape[1, i], k * shape[2, i]
                c = of_values[e, q] * shape[3, i]
                for j in range(corners):
                    out[e, i, j] += kx * shape[0, j] + ky * shape[1, j] + kz * shape[2, j] + c * shape[3, j]
    return out


class Sums:
    """Sums over the elements of a basis, with what never changes computed once.

    ``shapes`` has for every element and quadrature point the three derivatives and the value of every corner's function,
    shape (n_elements, n_quadrature, 4, n_corners).
    """

    def __init__(self, basis: Basis) -> None:
        shape = (1, *basis.dx.shape)
        fields = [np.concatenate([f[0].grad, np.broadcast_to(f[0].value, shape)]) for f in basis.basis]
        self.shapes = np.ascontiguousarray(np.transpose(fields, (2, 3, 1, 0)))
        self.dx, self.corners = basis.dx, basis.element_dofs.T.astype(np.int64)
        self.nodes = int(self.corners.max()) + 1
        pairs = self.corners[:, :, None] * self.nodes + self.corners[:, None, :]
        entries, self.entry = np.unique(pairs.ravel(), return_inverse=True)
        self.columns = entries % self.nodes
        self.row_ends = np.searchsorted(entries, np.arange(self.nodes + 1) * self.nodes)

    def at_points(self, values):
        """Derivatives and value at the quadrature points, shape (4, n_elements, n_quadrature)."""
        out = np.empty((4, *self.dx.shape))
        derivatives_and_value(self.shapes, self.corners, values, out)
        return out

    def vector(self, of_derivatives, of_values):
        """What a vector, times derivatives, and a number, times values, give to the nodes."""
        factors = np.empty((4, *self.dx.shape))
        factors[:3], factors[3] = of_derivatives, of_values
        out = np.zeros(self.nodes)
        add_vectors(self.shapes, self.corners, factors * self.dx, out)
        return out

    def matrix(self, of_derivatives, of_values):
        """What numbers at every quadrature point make of products of derivatives and of products of values."""
        local = matrices(self.shapes, of_derivatives * self.dx, of_values * self.dx)
        data = np.bincount(self.entry, local.ravel(), len(self.columns))
        return csr_matrix((data, self.columns, self.row_ends), (self.nodes, self.nodes))


class Space(HalfPlane):
    """The half-plane's mesh turned around the needle.

    What belongs to nodes and elements by their radius and height, in mm, it takes from the half-plane. What is read from it
    is the mean around the needle.
    """

    def __init__(self, case: DeviceCase, resolution: Resolution, sectors: int) -> None:
        self.half = half = HalfPlane(case, resolution)
        self.case = case
        self.mesh, self.node, cell = turned(half.mesh, sectors)
        self.lumped = isinstance(self.mesh, MeshTet)  # like the triangles of the half-plane
        self.element = ElementTetP1() if self.lumped else ElementHex1()
        self.sums = Sums(Basis(self.mesh, self.element, intorder=1 if self.lumped else 3))
        self.media, self.body, self.active = (of_cell[cell] for of_cell in (half.media, half.body, half.active))
        self.node_r, self.node_z = half.node_r[self.node], half.node_z[self.node]
        self.on_body, self.outer = half.on_body[self.node], half.outer[self.node]

    def around_m(self, r_mm):
        return np.ones_like(r_mm)

    def field(self, values):
        *grad, value = self.sums.at_points(values)
        return DiscreteField(value, np.array(grad))

    def storage_field(self, values):
        return values[self.sums.corners] if self.lumped else self.sums.at_points(values)[3]

    def stored(self, h):
        if not self.lumped:
            return self.sums.vector(0, h)
        return np.bincount(self.sums.corners.ravel(), (h * self.sums.dx / 4).ravel(), self.sums.nodes)

    def leaving(self, flux, gained):
        return self.sums.vector(flux, -gained)

    def slope(self, c, dt, field, k, dk, perfusion):
        if not self.lumped:
            return self.sums.matrix(dt * k, c + dt * perfusion)
        return self.sums.matrix(dt * k, dt * perfusion) + diags_array(self.stored(c), format="csr")

    def conducting(self, sigma):
        return self.sums.matrix(sigma, 0)

    def solved(self, matrix, right):
        scale = diags_array(1 / matrix.diagonal())
        solution, failed = cg(matrix, right, rtol=RELATIVE, M=scale, maxiter=MOST_ITERATIONS)
        if failed:
            raise ArithmeticError("the linear solver did not converge")
        return solution

    def read(self, values, r_mm, z_mm):
        mean = np.bincount(self.node, values) / np.bincount(self.node)
        return self.half.read(mean, r_mm, z_mm)


def solve(case: DeviceCase, resolution: Resolution, sectors: int) -> Solution:
    """Return what becomes of a case on a mesh with as many sectors around the needle."""
    return advanced(Space(case, resolution, sectors), resolution)
