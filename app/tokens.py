"""Colours, sizes and strokes of the visual language. No colour literal stands anywhere else."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Literal, Protocol

from imaging.structures import FORAMINA, ROOT_LEVELS, StructureKind
from planning.model.case import Structure
from planning.model.judgement import Judgement
from planning.model.look import OwnColour
from resources import resource

Theme = Literal["dark", "light"]
ON_IMAGE: Theme = "dark"
"""What is drawn over CT and 3D keeps these colours: the ground of images is black in both themes."""
_current: Theme = "dark"

_KEY_OF_KIND = {
    StructureKind.LESION: "lesion",
    StructureKind.CANAL: "canal",
    StructureKind.THECAL_SAC: "sac",
    StructureKind.BONE: "bone",
    StructureKind.BOWEL: "bowel",
    StructureKind.BLADDER: "bladder",
    StructureKind.VESSEL: "vessel",
    StructureKind.SKIN: "skin",
    StructureKind.METAL: "gas",
    StructureKind.CORD: "cord",
    StructureKind.NERVE: "nerve",
    StructureKind.EPIDURAL_FAT: "fat",
    StructureKind.SACRUM: "bone",
    StructureKind.COCCYX: "bone",
    StructureKind.ILIUM: "ilium",
    StructureKind.VERTEBRA: "vertebra",
    StructureKind.DISC: "cartilage",
    StructureKind.SI_CARTILAGE: "cartilage",
}
_SEVERITY = {
    Judgement.WITHIN: "ok",
    Judgement.NOT_ASSESSED: "not-assessed",
    Judgement.UNCONFIRMED: "unconfirmed",
    Judgement.CAUTION: "caution",
    Judgement.ALARM: "alarm",
    Judgement.INJURY: "injury",
}


@cache
def tokens() -> dict[str, Any]:
    """Return all tokens as they stand in the theme file."""
    loaded: dict[str, Any] = json.loads(resource("themes", "tokens.json").read_text(encoding="utf-8"))
    return loaded


def current_theme() -> Theme:
    """Return the theme of the window: of all that names no other."""
    return _current


def use_theme(theme: Theme) -> None:
    """Give the window another theme; `app.theme.set_theme` has what is open follow."""
    global _current
    _current = theme


def theme_colour(role: str, theme: Theme | None = None) -> str:
    """Return the colour of a role (``bg-1``, ``text-2``, ``alarm``) as ``#RRGGBB``; of the window's theme by default."""
    colour: str = tokens()["theme"][theme or _current][role]
    return colour


def plane_colour(plane: str) -> str:
    """Return the colour of a plane: ``axial``, ``sagittal`` or ``coronal``."""
    colour: str = tokens()["overlay"]["planes"][plane]
    return colour


class Coloured(Protocol):
    """What a user may give a colour."""

    @property
    def colour(self) -> OwnColour | None: ...


def own_colour(colour: OwnColour) -> str:
    """Return a colour of the user's choice as ``#RRGGBB``."""
    chosen: str = tokens()["overlay"]["own"][colour.value]
    return chosen


def colour_or(held: Coloured, usual: str) -> str:
    """Return the colour that the user gave something, or else its usual one."""
    return usual if held.colour is None else own_colour(held.colour)


def structure_colour(structure: Structure) -> str:
    """Return the colour of a structure: the user's own, or that of its kind, of a root and its foramina by their level."""
    of_level = structure.kind is StructureKind.ROOT or structure.kind in FORAMINA
    return colour_or(structure, root_colour(structure.level) if of_level else kind_colour(structure.kind))


def probe_colour(probe: Coloured) -> str:
    """Return the colour of a probe: the user's own, or that of all needles."""
    return colour_or(probe, needle_colour())


def red_green_lesion_colour(*, cold: bool) -> str:
    """Return the lesion's colour for those who do not tell red from green: clear of roots, and of ice or of fire."""
    colour: str = tokens()["overlay_red_green"]["lesion_in_cold_plan" if cold else "lesion_in_heat_plan"]
    return colour


def kind_colour(kind: StructureKind) -> str:
    """Return the colour of a kind of structure that has no level."""
    colour: str = tokens()["overlay"]["structures"][_KEY_OF_KIND[kind]]
    return colour


def root_colour(level: str) -> str:
    """Return the colour of a root; those above L5 take turns."""
    overlay = tokens()["overlay"]
    above: list[str] = overlay["roots_above"]
    colour: str = overlay["roots"].get(level, above[ROOT_LEVELS.index(level) % len(above)])
    return colour


def needle_colour() -> str:
    """Return the colour of probes."""
    colour: str = tokens()["overlay"]["structures"]["needle"]
    return colour


def pocket_colour(state: str) -> str:
    """Return the colour of a pocket: of ``gas`` or of ``fluid``."""
    colour: str = tokens()["overlay"]["structures"][state]
    return colour


def cement_colour() -> str:
    """Return the colour of cement."""
    colour: str = tokens()["overlay"]["structures"]["cement"]
    return colour


def annotation_colour() -> str:
    """Return the colour of measurements and notes."""
    colour: str = tokens()["overlay"]["annotation"]
    return colour


def thermocouple_colour() -> str:
    """Return the colour of thermocouples."""
    colour: str = tokens()["overlay"]["structures"]["thermocouple"]
    return colour


def way_colour(passed: str) -> str:
    """Return the colour of a stretch of a needle's way: of ``cortex``, ``soft tissue``, ..."""
    colour: str = tokens()["way"][passed]
    return colour


def volume_ramp(substance: str) -> tuple[tuple[float, str, float], ...]:
    """Return HU, colour and opacity of a millimetre along the ramp of a volume: of ``bone`` or ``soft tissue``.

    The opacities end as 3D Slicer's CT-Bone and CT-Muscle do (0.72 at 640 HU; 0.68 at 220 and 0.83 at 420 HU). Bone begins at
    150 HU, where the threshold of a CT's bone lies, and soft tissue above fat, which would hide everything.
    """
    return tuple((float(hu), colour, float(opacity)) for hu, colour, opacity in tokens()["volume"][substance])


def field_colours() -> tuple[str, ...]:
    """Return the colours of a field of values, from low to high."""
    return tuple(tokens()["overlay"]["field"])


def isotherm_colour(temperature_c: float, *, cold: bool) -> str:
    """Return the colour of an isotherm; one the tokens do not name takes its nearest neighbour's."""
    family: dict[str, str] = tokens()["overlay"]["cold" if cold else "heat"]
    by_value = {float(name.replace("−", "-").split()[0]): colour for name, colour in family.items()}
    return by_value[min(by_value, key=lambda value: abs(value - temperature_c))]


def temperature_stops(*, cold: bool) -> tuple[tuple[float, str, float], ...]:
    """Return temperature, colour and opacity of every stop of the scale that temperatures are drawn by, mildest first."""
    stops = tokens()["overlay"]["temperatures"]["cold" if cold else "heat"]
    return tuple((float(at_c), str(colour), float(opacity)) for at_c, colour, opacity in stops)


def severity_colour(judgement: Judgement, theme: Theme | None = None, *, fill: bool = False) -> str:
    """Return the colour of a judgement's word, or of its glyph's fill."""
    role = _SEVERITY[judgement]
    return theme_colour(f"{role}-fill" if fill and judgement in _FILLED else role, theme)


def severity_wash(judgement: Judgement, theme: Theme | None = None) -> str | None:
    """Return the background of a row of this judgement, or None where it is quiet."""
    return theme_colour(f"{_SEVERITY[judgement]}-wash", theme) if judgement >= Judgement.CAUTION else None


_FILLED = (Judgement.WITHIN, Judgement.CAUTION, Judgement.ALARM, Judgement.INJURY)


def stroke_px(name: str) -> float:
    """Return a stroke width in logical pixels, by its token without ``_px``."""
    width: float = tokens()["stroke"][f"{name}_px"]
    return width


def dash(name: str) -> tuple[float, ...]:
    """Return a dash pattern in logical pixels, by its token without ``dash_``."""
    return tuple(tokens()["stroke"][f"dash_{name}"])
