"""The spine from T11 on: order and sizes of its parts, and that nerves keep to their ways. All in the patient frame."""

import itertools
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from imaging.phantom import PhantomParameters
from imaging.phantom.anatomy import Anatomy
from imaging.phantom.cord import foramen_point
from imaging.phantom.dimensions import SPINE_LEVELS, at_level
from imaging.phantom.lattice import Lattice
from imaging.phantom.vertebra import ribs

LEVELS = ("T11", "T12", "L1", "L2", "L3", "L4", "L5")
STEP_MM = 0.8
LOW_MM, HIGH_MM = np.array([-2.0, -46.0, 0.0]), np.array([78.0, 62.0, 236.0])

ANATOMY = Anatomy(PhantomParameters(top_level="T11"))
STATIONS = ANATOMY.column.stations


@dataclass(frozen=True, eq=False)
class Bones:
    """Which bone is where on the left, and how far the next bone is away."""

    names: list
    owner: np.ndarray
    away_mm: np.ndarray

    def _index(self, points):
        index = np.rint((np.asarray(points) - LOW_MM) / STEP_MM).astype(int)[:, ::-1]
        inside = ((index >= 0) & (index < self.owner.shape)).all(axis=1)
        return inside, tuple(index[inside].T)

    def distance(self, points):
        """Distance to bone, within bone 0, outside the block infinite. Wrong by a voxel at most."""
        inside, index = self._index(points)
        out = np.full(len(inside), np.inf)
        out[inside] = self.away_mm[index]
        return out

    def at(self, points):
        """Names of the bones at points of the block, '' where there is none."""
        _, index = self._index(points)
        return [self.names[n] for n in self.owner[index]]


@pytest.fixture(scope="module")
def bones():
    shapes = {**ANATOMY.bones, **{f"rib {name}": rib for name, rib in ribs(ANATOMY.column)}}
    shape = tuple(np.ceil((HIGH_MM - LOW_MM) / STEP_MM).astype(int)[::-1].tolist())
    lattice = Lattice(shape, STEP_MM * np.eye(3)[:, ::-1], LOW_MM)
    owner = np.zeros(shape, np.uint8)
    for n, solid in enumerate(shapes.values()):
        where = lattice.window(solid.box_mm[0] - 1, solid.box_mm[1] + 1)
        if where is not None:
            owner[where][solid.distance(lattice.crop(where)) < 0] = n + 1
    return Bones(["", *shapes], owner, distance_transform_edt(owner == 0) * STEP_MM)


def _extent_mm(solid, level, start, direction, *, inside):
    """How far a ray from a point of a vertebra's frame stays inside (or outside) the bone."""
    at = np.arange(0.0, 70.0, 0.1)
    line = np.asarray(start, float) + at[:, None] * np.asarray(direction, float)
    first, step = level.to_patient(line[:1])[0], level.to_patient(line[1:2])[0] - level.to_patient(line[:1])[0]
    across = np.linalg.svd(step[None])[2][1:].T
    lattice = Lattice((len(at), 1, 1), np.column_stack([step, across]), first)
    within = solid.distance(lattice).ravel() < 0
    changes = np.flatnonzero(within != inside)
    return at[changes[0]] if len(changes) else np.inf


def test_vertebrae_and_discs_stand_in_order():
    names = list(STATIONS)
    assert names == [*reversed(LEVELS), "T10"]
    last = 0.0
    for station in STATIONS.values():
        disc, body = station.disc.centre_yz_mm[1], station.body.centre_yz_mm[1]
        assert last < disc < body
        assert body - disc > station.body.half_height_mm
        last = body
    assert ANATOMY.bones.keys() == {*names, "sacrum"}


@pytest.mark.parametrize("level", LEVELS)
def test_the_body_has_the_published_size(level):
    station, solid = STATIONS[level], ANATOMY.bones[level].body
    half = station.body.half_height_mm
    for side, row in ((-1, "upper"), (1, "lower")):
        s = side * (half - 2.6)
        width = 2 * _extent_mm(solid, station.body, (0, 0, s), (1, 0, 0), inside=True)
        depth = sum(_extent_mm(solid, station.body, (0, 0, s), (0, d, 0), inside=True) for d in (1, -1))
        assert width == pytest.approx(station.of(f"endplate_{row}_width_mm"), abs=2.0)
        assert depth == pytest.approx(station.of(f"endplate_{row}_depth_mm"), abs=2.0)
    v = station.back_v - 4.0
    height = sum(_extent_mm(solid, station.body, (0, v, 0), (0, 0, d), inside=True) for d in (1, -1))
    assert height == pytest.approx(station.of("body_back_height_mm"), abs=1.6)


@pytest.mark.parametrize("level", LEVELS)
def test_pedicle_and_canal_have_the_published_size(level):
    station, solid = STATIONS[level], ANATOMY.bones[level]
    v = station.back_v + 2.0
    middle = (station.pedicle_u, v, station.pedicle_s)
    width = sum(_extent_mm(solid, station.body, middle, (d, 0, 0), inside=True) for d in (1, -1))
    height = sum(_extent_mm(solid, station.body, middle, (0, 0, d), inside=True) for d in (1, -1))
    assert width == pytest.approx(station.of("pedicle_width_mm"), abs=2.0)
    assert height == pytest.approx(station.of("pedicle_height_mm"), abs=2.5)
    across = _extent_mm(solid, station.body, (0, station.canal_v, station.pedicle_s), (1, 0, 0), inside=False)
    assert 2 * across == pytest.approx(station.of("canal_width_mm"), abs=1.0)
    arch = (0, station.canal_v, 6.0)
    deep = sum(_extent_mm(solid, station.body, arch, (0, d, 0), inside=False) for d in (1, -1))
    assert deep == pytest.approx(station.of("canal_sagittal_mm"), abs=2.0)


def test_discs_have_the_published_height():
    for upper, lower in itertools.pairwise(LEVELS):
        gap = np.linalg.norm(
            STATIONS[upper].body.to_patient([(0, 0, STATIONS[upper].body.half_height_mm)])[0]
            - STATIONS[lower].body.to_patient([(0, 0, -STATIONS[lower].body.half_height_mm)])[0]
        )
        assert gap == pytest.approx(at_level("disc_height_mm", upper), abs=0.6)


def test_the_lordosis_is_that_of_lying_people():
    from_t12 = 40.0 - (STATIONS["T12"].body.inclination_deg - STATIONS["T12"].body.wedge_deg / 2)
    from_l4 = 40.0 - (STATIONS["L4"].body.inclination_deg - STATIONS["L4"].body.wedge_deg / 2)
    assert from_t12 == pytest.approx(36.8, abs=13.2)
    assert from_l4 == pytest.approx(29.8, abs=8.0)


def test_the_canal_is_free_and_the_arch_is_behind_it(bones):
    points, radii = ANATOMY.canal
    above = points[:, 2] > 8.0
    assert above.sum() >= 2 * len(STATIONS)
    assert (bones.distance(points[above]) > radii[above] - 1.0).all()
    for level in LEVELS:
        behind = STATIONS[level].body.to_patient([(0, STATIONS[level].canal_v + v, 6.0) for v in (10.0, 12.0, 14.0)])
        assert level in bones.at(behind)


def test_the_sac_lies_in_the_canal_and_the_cord_in_the_sac(bones):
    sac, sac_radii = ANATOMY.sac
    above = sac[:, 2] > 8.0
    assert (bones.distance(sac[above]) > sac_radii[above] - STEP_MM).all()
    cord, cord_radii = ANATOMY.cord
    gap = np.linalg.norm(cord[:, None] - sac[None], axis=2)
    nearest = gap.argmin(axis=1)
    assert (gap.min(axis=1) + cord_radii < sac_radii[nearest]).all()


def test_the_conus_ends_in_the_lower_third_of_l1():
    points, radii = ANATOMY.cord
    tip, body = points[-1], STATIONS["L1"].body
    frame = Lattice((1, 1, 1), np.eye(3), tip)
    s = float(body.local(frame).xyz[2].ravel()[0])
    assert body.half_height_mm / 3 < s < body.half_height_mm
    assert radii[-1] < 1.0 < 3.0 < radii.max()


@pytest.mark.parametrize("level", LEVELS)
def test_no_root_touches_bone(bones, level):
    course = next(c for c in ANATOMY.roots if c.level == level)
    inside = (course.points > LOW_MM).all(axis=1) & (course.points < HIGH_MM - STEP_MM).all(axis=1)
    points, radii = course.points[inside], course.bulged_radii[inside]
    assert len(points) > 20
    assert set(bones.at(points)) == {""}
    # The distance is good to a voxel's diagonal.
    assert (bones.distance(points) > radii - 0.9).all()


@pytest.mark.parametrize("level", LEVELS)
def test_a_root_leaves_between_its_pedicle_and_the_next(level):
    course = next(c for c in ANATOMY.roots if c.level == level)
    station = STATIONS[level]
    under = np.abs(course.points[:, 0] - course.ganglion_at[0]) < 1.0
    local = station.body.local(Lattice((1, 1, 1), np.eye(3), course.points[under].mean(axis=0))).xyz
    _, v, s = (float(c.ravel()[0]) for c in local)
    assert station.pedicle_lower_s < s < station.pedicle_lower_s + 9.0
    assert station.back_v - 1.0 < v < station.back_v + station.of("foramen_width_mm")
    foramina = {name: foramen_point(STATIONS[name]) for name in LEVELS}
    away = {name: np.linalg.norm(course.points - p, axis=1).min() for name, p in foramina.items()}
    assert min(away, key=away.get) == level
    assert away[level] < 0.5 * station.of("foramen_width_mm")


@pytest.mark.parametrize("level", LEVELS)
def test_a_foramen_is_open_as_wide_as_it_says(bones, level):
    point = foramen_point(STATIONS[level])
    clear = bones.distance([point])[0]
    radius = 0.5 * STATIONS[level].of("foramen_width_mm")
    assert radius - 0.6 < clear < radius + 2.0


def test_the_foramen_has_bone_around_it(bones):
    """A pedicle above and one below, the joint behind, the body or disc in front."""
    for upper, lower in itertools.pairwise(LEVELS):
        station, next_one = STATIONS[upper], STATIONS[lower]
        above = station.body.to_patient([(station.pedicle_u, station.back_v + 3, station.pedicle_s)])
        below = next_one.body.to_patient([(next_one.pedicle_u, next_one.back_v + 3, next_one.pedicle_s)])
        assert bones.at(above) == [upper]
        assert bones.at(below) == [lower]
        joint_upper, joint_lower, _, _ = station.facet()
        middles = station.disc.to_patient([joint_upper, joint_lower])
        assert bones.at(middles) == [lower, upper]


def test_ganglia_grow_downwards_and_hang_in_their_foramina():
    lumbar = [next(c for c in ANATOMY.roots if c.level == name) for name in LEVELS]
    widths = [2 * c.ganglion_radii[1] for c in lumbar]
    assert widths == sorted(widths)
    assert 6.0 <= widths[-1] <= 6.5
    for course in lumbar:
        assert np.linalg.norm(course.ganglion_at - foramen_point(STATIONS[course.level])) < 3.0


def test_roots_of_different_levels_keep_apart():
    courses = [c for c in ANATOMY.roots if c.level in LEVELS]
    for n, one in enumerate(courses):
        for other in courses[n + 1 :]:
            gap = np.linalg.norm(one.points[:, None] - other.points[None], axis=2).min()
            assert gap > one.radii[0] + other.radii[0]


def test_every_row_has_a_number_for_every_vertebra():
    for name in SPINE_LEVELS:
        assert at_level("body_back_height_mm", name) > 0
    with pytest.raises(ValueError, match="not in tuple"):
        at_level("body_back_height_mm", "T9")


def test_the_roots_of_a_sacralised_l5_find_their_way():
    joined = Anatomy(PhantomParameters(top_level="L1", anomaly="sacralised_l5"))
    assert list(joined.column.nerve_levels) == ["L1", "L2", "L3", "L4", "L5"]
    course = next(c for c in joined.roots if c.level == "L5")
    for point in course.points[:80:4]:
        lattice = Lattice((1, 1, 1), np.eye(3), point)
        assert joined.bones["L5"].distance(lattice).item() > 0
