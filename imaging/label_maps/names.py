"""What the labels of a map are called, and which structure a name means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from imaging.structures import Side, StructureKind

_ORGANS = (
    "spleen kidney_right kidney_left gallbladder liver stomach pancreas adrenal_gland_right adrenal_gland_left "
    "lung_upper_lobe_left lung_lower_lobe_left lung_upper_lobe_right lung_middle_lobe_right lung_lower_lobe_right "
    "esophagus trachea thyroid_gland small_bowel duodenum colon urinary_bladder prostate kidney_cyst_left "
    "kidney_cyst_right"
)
_SPINE = [
    f"vertebrae_{region}{n}" for region, count in (("S", 1), ("L", 5), ("T", 12), ("C", 7)) for n in range(count, 0, -1)
]
_VESSELS = (
    "heart aorta pulmonary_vein brachiocephalic_trunk subclavian_artery_right subclavian_artery_left "
    "common_carotid_artery_right common_carotid_artery_left brachiocephalic_vein_left brachiocephalic_vein_right "
    "atrial_appendage_left superior_vena_cava inferior_vena_cava portal_vein_and_splenic_vein iliac_artery_left "
    "iliac_artery_right iliac_vena_left iliac_vena_right"
)
_LIMBS = [
    f"{bone}_{side}" for bone in ("humerus", "scapula", "clavicula", "femur", "hip") for side in ("left", "right")
]
_MUSCLES = [
    f"{muscle}_{side}"
    for muscle in ("gluteus_maximus", "gluteus_medius", "gluteus_minimus", "autochthon", "iliopsoas")
    for side in ("left", "right")
]
_RIBS = [f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 13)]

# github.com/wasserth/TotalSegmentator, totalsegmentator/map_to_binary.py, class_map["total"]; the table "Class
# details" of its README is the same.
TOTAL_TASK: Mapping[int, str] = MappingProxyType(
    dict(
        enumerate(
            [
                *_ORGANS.split(), "sacrum", *_SPINE, *_VESSELS.split(), *_LIMBS, "spinal_cord", *_MUSCLES, "brain", "skull", *_RIBS,
                "sternum", "costal_cartilages",
            ],
            start=1,
        )
    )
)  # fmt: skip
"""The numbers of the 117 classes of TotalSegmentator's task ``total``, version 2."""

_OWN_NAMES = frozenset(TOTAL_TASK.values()) | {"body", "body_trunc", "body_extremities", "skin"}

_SIDES = {"left": Side.LEFT, "l": Side.LEFT, "right": Side.RIGHT, "r": Side.RIGHT}
_LEVEL = re.compile(r"(?:l[1-5]|t(?:[1-9]|1[0-2]))")
_OTHER_LEVEL = re.compile(r"(?:c[1-7]|l6|t13|s[2-5])")
_WORD = re.compile(r"[a-z]+\d*|\d+")

# Words of a name without its side and level, in any order.
_WITHOUT_SIDE: Mapping[frozenset[str], StructureKind] = {
    frozenset(words.split()): kind
    for kind, names in (
        # Version 2 of TotalSegmentator takes the body of S1 out of its sacrum (its issue 249).
        (StructureKind.SACRUM, ("sacrum", "sacral bone", "vertebrae s1", "vertebra s1")),
        (StructureKind.COCCYX, ("coccyx", "coccygeal bone")),
        (StructureKind.CORD, ("spinal cord", "cord", "medulla spinalis")),
        (StructureKind.BLADDER, ("urinary bladder", "bladder")),
        (
            StructureKind.BOWEL,
            ("bowel", "colon", "sigmoid", "sigmoid colon", "small bowel", "small intestine", "large bowel",
             "large intestine", "rectum", "duodenum"),
        ),
        # What is called skin there is a thin shell; here it is the whole body.
        (StructureKind.SKIN, ("body", "body trunc", "body trunk", "body extremities")),
        (StructureKind.DISC, ("intervertebral disc", "intervertebral discs", "discs", "disc", "disk")),
        (StructureKind.VESSEL, ("aorta", "abdominal aorta", "inferior vena cava", "vena cava", "ivc")),
    )
    for words in names
}  # fmt: skip
# A level alone may as well be a nerve root.
_VERTEBRA = (frozenset({"vertebra"}), frozenset({"vertebrae"}))
_HIP_BONE = tuple(
    frozenset(words.split()) for words in ("hip", "hip bone", "ilium", "os ilium", "iliac bone", "os coxae")
)
_ILIAC_VESSEL = tuple(
    frozenset({"iliac", vessel, *part})
    for vessel in ("artery", "vein", "vena")
    for part in ((), ("common",), ("internal",), ("external",))
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Which structure a label is, or is a part of.

    Attributes
    ----------
    kind : StructureKind
    level : str
        Of a vertebra; otherwise empty.
    side : Side or None
        Of an ilium; otherwise None.
    """

    kind: StructureKind
    level: str = ""
    side: Side | None = None


def meaning_of(name: str) -> Meaning | None:
    """Return what a label's name means, or None where this program has no use for it.

    Parameters
    ----------
    name : str
        As TotalSegmentator writes it (``hip_left``) or a person (``Left hip bone``). All its words must be known:
        ``hip_implant_left`` means nothing.
    """
    words = _WORD.findall(name.lower())
    sides = {_SIDES[word] for word in words if word in _SIDES}
    levels = {word.upper() for word in words if _LEVEL.fullmatch(word)}
    rest = frozenset(word for word in words if word not in _SIDES and not _LEVEL.fullmatch(word))
    if len(sides) > 1 or len(levels) > 1 or any(_OTHER_LEVEL.fullmatch(word) for word in rest):
        return None
    if levels:
        return Meaning(StructureKind.VERTEBRA, level=levels.pop()) if rest in _VERTEBRA and not sides else None
    if sides and rest in _HIP_BONE:
        return Meaning(StructureKind.ILIUM, side=sides.pop())
    if rest in _ILIAC_VESSEL:
        return Meaning(StructureKind.VESSEL)
    kind = None if sides else _WITHOUT_SIDE.get(rest)
    return None if kind is None else Meaning(kind)


def are_total_segmentators(names: Iterable[str]) -> bool:
    """Whether all names are written as TotalSegmentator writes them."""
    return all(name in _OWN_NAMES for name in names)
