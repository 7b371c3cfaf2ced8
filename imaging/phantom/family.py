"""A family of patients for validation: named phantoms that differ as real series do. Listing them makes none of them.

Sizes of lesions run from 11 to 76 mm; the mean of a published sacral series is 38 mm with a deviation of 19 mm (EVIDENCE
S94). Which site has which size, and everything else here, is a choice made so that each condition occurs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from imaging.phantom.parameters import Anomaly, Contrast, Lesion, PhantomParameters, Point, Screw, Sex
from imaging.structures import Side

SACRUM_SHOWN = ("whole", "part", "none")

_PELVIS_Z_MM = -21.0
_L5_SCREW = Screw(entry_mm=(20.0, 23.3, 41.8), tip_mm=(12.0, -20.3, 21.7), diameter_mm=6.5)
_S1_SCREW = Screw(entry_mm=(22.0, 34.5, 10.0), tip_mm=(14.0, 1.1, -10.7), diameter_mm=7.0)
_L3_SCREW = Screw(entry_mm=(19.3, 13.8, 94.1), tip_mm=(11.3, -32.2, 91.9), diameter_mm=6.0)
_L4_SCREW = Screw(entry_mm=(21.2, 16.0, 65.1), tip_mm=(13.2, -29.2, 56.5), diameter_mm=6.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One patient of the family.

    Attributes
    ----------
    name : str
        Short and unique, fit for a file name.
    about : str
        What is special, in a few words.
    sacrum : str
        ``whole``, ``part`` or ``none``: how much of the sacrum the image shows. The coccyx does not count.
    parameters : PhantomParameters
    """

    name: str
    about: str
    sacrum: str
    parameters: PhantomParameters


def on_grid(parameters: PhantomParameters, spacing_ijk_mm: Point) -> PhantomParameters:
    """Return the same patient and field of view with other voxels.

    Parameters
    ----------
    parameters : PhantomParameters
    spacing_ijk_mm : tuple of float

    Raises
    ------
    PhantomError
        If there would be too few or too many voxels.
    """
    extent = [n * d for n, d in zip(parameters.shape_kji[::-1], parameters.spacing_ijk_mm, strict=True)]
    i, j, k = (max(round(length / step), 1) for length, step in zip(extent, spacing_ijk_mm, strict=True))
    return dataclasses.replace(parameters, shape_kji=(k, j, i), spacing_ijk_mm=spacing_ijk_mm)


def family() -> Mapping[str, Member]:
    """Return all members by name; the same ones every time."""
    return _family()


@lru_cache(maxsize=1)
def _family() -> Mapping[str, Member]:
    members = (*_lesions(), *_patients(), *_scanners(), *_views(), *_spines(), *_without_sacrum())
    return MappingProxyType({member.name: member for member in members})


def _image(
    size_mm: Point = (400.0, 400.0, 220.0),
    voxel_mm: tuple[float, float] = (0.78125, 1.0),
    centre_mm: Point = (0.0, -18.0, _PELVIS_Z_MM),
) -> PhantomParameters:
    """Return an image by its size, the width of a pixel and the slice distance."""
    pixel, slices = voxel_mm
    k, j, i = (round(length / step) for length, step in zip(size_mm[::-1], (slices, pixel, pixel), strict=True))
    return PhantomParameters(shape_kji=(k, j, i), spacing_ijk_mm=(pixel, pixel, slices), centre_mm=centre_mm)


def _member(
    name: str, about: str, image: PhantomParameters | None = None, sacrum: str = "whole", **changes: object
) -> Member:
    parameters = dataclasses.replace(image or _image(), **changes)  # type: ignore[arg-type]
    return Member(name=name, about=about, sacrum=sacrum, parameters=parameters)


def _lesion(kind: str, site: str, side: Side, diameter_mm: float, flat: float = 1.0) -> tuple[Lesion]:
    """Return one lesion, ``flat`` times as deep as it is wide."""
    return (Lesion(kind=kind, site=site, side=side, diameters_mm=(diameter_mm, flat * diameter_mm, diameter_mm)),)


def _at(kind: str, centre_mm: Point, diameter_mm: float) -> tuple[Lesion]:
    return (Lesion(kind=kind, centre_mm=centre_mm, diameters_mm=(diameter_mm,) * 3),)


def _lesions() -> tuple[Member, ...]:
    """Return lesions of every kind, site and size in an ordinary CT."""
    left, right = Side.LEFT, Side.RIGHT
    return (
        _member("no-lesion", "nothing but the patient", seed=11),
        _member("lytic-s5-11", "the smallest, low on the right", lesions=_lesion("lytic", "S5", right, 11.0), seed=12),
        _member("sclerotic-s4-14", "small and dense", lesions=_lesion("sclerotic", "S4", left, 14.0), seed=13),
        _member("lytic-s2-24", "beside the left S2 root", lesions=_lesion("lytic", "S2", left, 24.0), seed=14),
        _member("mixed-s3-30", "around the right S3 foramen", lesions=_lesion("mixed", "S3", right, 30.0), seed=15),
        _member("lytic-s1-38", "as large as the mean", lesions=_lesion("lytic", "S1", right, 38.0, 0.8), seed=16),
        _member("sclerotic-ala-45", "dense in the left wing", lesions=_lesion("sclerotic", "ala", left, 45.0), seed=17),
        _member("mixed-midline-52", "into the canal", lesions=_at("mixed", (0.0, 12.0, -24.0), 52.0), seed=18),
        _member("lytic-midline-60", "across S2 and S3", lesions=_at("lytic", (6.0, 26.0, -42.0), 60.0), seed=19),
        _member(
            "lytic-ala-76", "the largest, through the joint", lesions=_lesion("lytic", "ala", right, 76.0, 0.7), seed=20
        ),
        _member(
            "two-lesions",
            "one on each side",
            lesions=(*_lesion("lytic", "S2", left, 18.0), *_lesion("mixed", "ala", right, 34.0)),
            seed=21,
        ),
        _member("mixed-ilium-40", "beside the sacrum", lesions=_lesion("mixed", "ilium", left, 40.0), seed=22),
    )


def _patients() -> tuple[Member, ...]:
    """Return other sizes, sexes, postures and anatomies."""
    lytic = _lesion("lytic", "S2", Side.RIGHT, 26.0)
    large = _image((500.0, 420.0, 270.0), (0.9765625, 1.25), (0.0, -20.0, -26.0))
    small = _image((340.0, 340.0, 180.0), (0.664, 1.0), (0.0, -14.0, -17.0))
    return (
        _member("small-woman", "0.8 of the usual size", small, size_scale=0.8, lesions=lytic, seed=31),
        _member("large-man", "1.2 of the usual size", large, size_scale=1.2, sex=Sex.MALE, lesions=lytic, seed=32),
        _member(
            "man", "narrow and high pelvis", sex=Sex.MALE, lesions=_lesion("mixed", "S1", Side.LEFT, 28.0), seed=33
        ),
        _member("prone", "lying on the belly", patient_position="HFP", lesions=lytic, seed=34),
        _member(
            "prone-turned",
            "on the belly, rolled and tilted",
            patient_position="HFP",
            rotation_deg=(8.0, -4.0, 11.0),
            lesions=_lesion("lytic", "S3", Side.LEFT, 20.0),
            seed=35,
        ),
        _member("turned", "rolled to the side", rotation_deg=(-6.0, 5.0, -16.0), lesions=lytic, seed=36),
        _member("sacralised-l5", "L5 joined to the sacrum", anomaly=Anomaly.SACRALISED_L5, lesions=lytic, seed=37),
        _member("lumbarised-s1", "S1 with a disc", anomaly=Anomaly.LUMBARISED_S1, lesions=lytic, seed=38),
        _member(
            "lumbarised-s1-man",
            "S1 with a disc, a man, turned",
            anomaly=Anomaly.LUMBARISED_S1,
            sex=Sex.MALE,
            rotation_deg=(4.0, 0.0, 6.0),
            seed=39,
        ),
        _member(
            "screws-l5-s1",
            "four pedicle screws",
            screws=(_L5_SCREW, _mirrored(_L5_SCREW), _S1_SCREW, _mirrored(_S1_SCREW)),
            lesions=_lesion("lytic", "S3", Side.RIGHT, 32.0),
            seed=40,
        ),
    )


def _mirrored(screw: Screw) -> Screw:
    """Return the same screw on the other side."""
    (ex, ey, ez), (tx, ty, tz) = screw.entry_mm, screw.tip_mm
    return dataclasses.replace(screw, entry_mm=(-ex, ey, ez), tip_mm=(-tx, ty, tz))


def _scanners() -> tuple[Member, ...]:
    """Return other slices, noise and contrast."""
    lytic = _lesion("lytic", "S1", Side.LEFT, 30.0)
    mixed = _lesion("mixed", "S2", Side.LEFT, 22.0)
    return (
        _member("slices-0.7", "thin", _image((330.0, 330.0, 200.0), (0.6445, 0.7)), noise_hu=26.0, lesions=mixed, seed=51),
        _member("slices-2", "ordinary", _image(voxel_mm=(0.78125, 2.0)), noise_hu=10.0, lesions=lytic, seed=52),
        _member("slices-3", "thick", _image(voxel_mm=(0.9, 3.0)), noise_hu=9.0, blur_mm=0.8, lesions=mixed, seed=53),
        _member("slices-5", "staging CT", _image(voxel_mm=(0.9765625, 5.0)), noise_hu=7.0, blur_mm=0.9, lesions=lytic, seed=54),
        _member("noisy", "low dose, for guidance", noise_hu=45.0, blur_mm=0.5, lesions=lytic, seed=55),
        _member("smooth", "soft kernel", noise_hu=5.0, blur_mm=1.4, lesions=mixed, seed=56),
        _member("contrast", "portal venous phase", contrast=Contrast.PORTAL_VENOUS, lesions=lytic, seed=57),
        _member(
            "contrast-prone-5",
            "contrast, on the belly, thick slices",
            _image(voxel_mm=(0.9, 5.0)),
            contrast=Contrast.PORTAL_VENOUS,
            patient_position="HFP",
            seed=58,
        ),
    )  # fmt: skip


def _views() -> tuple[Member, ...]:
    """Return images that show only part of the sacrum."""
    s1 = _lesion("lytic", "S1", Side.LEFT, 24.0)
    s4 = _lesion("lytic", "S4", Side.RIGHT, 20.0)
    return (
        _member("close-up", "a small field around the sacrum", _image((170.0, 150.0, 150.0), (0.6, 0.8), (0, 20, -45)),
                lesions=s1, seed=61),
        _member("upper-half", "ends in S2", _image((360.0, 360.0, 110.0), (0.8, 1.0), (0, -18, 20)), "part",
                lesions=s1, seed=62),
        _member("lower-half", "begins in S2", _image((360.0, 360.0, 110.0), (0.8, 1.0), (0, -18, -95)), "part",
                lesions=s4, seed=63),
        _member("guidance-slab", "a few slices through S2", _image((380.0, 380.0, 36.0), (0.8, 2.0), (0, -18, -34)),
                "part", noise_hu=35.0, patient_position="HFP", lesions=_lesion("lytic", "S2", Side.LEFT, 24.0), seed=64),
        _member("left-half", "the right wing is cut off", _image((150.0, 220.0, 160.0), (0.7, 1.0), (58, 0, -45)), "part",
                seed=65),
    )  # fmt: skip


def _spines() -> tuple[Member, ...]:
    """Return the spine from T11 on, with the sacrum or with its upper part."""
    whole = _image((360.0, 330.0, 350.0), (0.8, 1.25), (0.0, -25.0, 48.0))
    lumbar = _image((340.0, 320.0, 250.0), (0.8, 1.0), (0.0, -25.0, 98.0))
    return (
        _member(
            "spine", "T11 to coccyx", whole, top_level="T11", lesions=_lesion("lytic", "L3", Side.LEFT, 22.0), seed=71
        ),
        _member(
            "spine-man-prone",
            "T11 to coccyx, on the belly",
            _image((380.0, 340.0, 365.0), (0.9, 2.0), (0.0, -25.0, 52.0)),
            top_level="T11",
            sex=Sex.MALE,
            patient_position="HFP",
            rotation_deg=(3.0, 2.0, 7.0),
            lesions=_lesion("mixed", "S1", Side.RIGHT, 36.0),
            seed=72,
        ),
        _member(
            "lumbar-contrast",
            "T11 to S1 with contrast",
            lumbar,
            "part",
            top_level="T11",
            contrast=Contrast.PORTAL_VENOUS,
            lesions=_lesion("lytic", "T12", Side.RIGHT, 19.0),
            seed=73,
        ),
        _member(
            "lumbar-screws",
            "L1 to S1 with screws in L3 and L4",
            _image((200.0, 200.0, 180.0), (0.6, 1.0), (0.0, 0.0, 70.0)),
            "part",
            top_level="L1",
            screws=(_L3_SCREW, _mirrored(_L3_SCREW), _L4_SCREW, _mirrored(_L4_SCREW)),
            lesions=_lesion("sclerotic", "L2", Side.LEFT, 17.0),
            seed=74,
        ),
        _member(
            "spine-sacralised",
            "T12 to coccyx, L5 joined to the sacrum",
            _image((340.0, 320.0, 310.0), (0.9, 3.0), (0.0, -25.0, 30.0)),
            top_level="T12",
            anomaly=Anomaly.SACRALISED_L5,
            noise_hu=9.0,
            seed=75,
        ),
    )


def _without_sacrum() -> tuple[Member, ...]:
    """Return images without any sacrum: where a search for it has to find nothing."""
    return (
        _member("chest-base", "T11 to L1 only", _image((380.0, 300.0, 85.0), (0.8, 1.0), (0.0, -25.0, 182.0)), "none",
                top_level="T11", seed=81),
        _member("abdomen", "T12 to L4, contrast", _image((360.0, 300.0, 145.0), (0.8, 2.5), (0.0, -25.0, 125.0)), "none",
                top_level="T11", contrast=Contrast.PORTAL_VENOUS, seed=82),
        _member("lumbar-close-up", "L2 and L3 of a man, prone", _image((140.0, 140.0, 80.0), (0.6, 0.7), (0.0, 0.0, 110.0)),
                "none", top_level="L1", sex=Sex.MALE, patient_position="HFP", noise_hu=30.0, seed=83),
    )  # fmt: skip
