"""What is known of the patient beside the CT, as far as plan, verdict and decision depend on it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from planning.model.course import Course
from planning.model.sins import Sins


class Intent(enum.StrEnum):
    """What the ablation is for."""

    CURATIVE = "curative"
    """The whole lesion and a margin around it."""
    PALLIATIVE = "palliative"
    """Relief of pain: where the lesion's bone meets soft tissue."""


class Appearance(enum.StrEnum):
    """What the lesion looks like on CT."""

    LYTIC = "lytic"
    MIXED = "mixed"
    SCLEROTIC = "sclerotic"


class CanalExtension(enum.StrEnum):
    """How far the lesion reaches into the canal: ESCC, after Bilsky; below the conus by analogy."""

    BONE = "0"
    EPIDURAL = "1a"
    SAC = "1b"
    CORD_TOUCHED = "1c"
    CORD_COMPRESSED = "2"
    NO_CSF = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinical:
    """Clinical facts of a case; what nobody said is None, and is never guessed.

    What the case knows by itself is not kept here: size, place, nerves nearby, modality, protection and cement.

    Attributes
    ----------
    intent : Intent or None
        None is judged as curative, the stricter goal, and said to be so.
    appearance : Appearance or None
    canal : CanalExtension or None
    cortex_eroded, soft_tissue : bool or None
        Of the lesion: its cortex is eroded; a part of it lies outside the bone.
    fracture, weight_bearing : bool or None
        Of the bone: it is fractured; it is under axial load.
    debulking : bool or None
        Tumour is to be taken away.
    oligometastatic, radiosensitive : bool or None
        Of the disease.
    prior_radiotherapy, hardware : bool or None
        What was done there before. Metal that is marked counts as hardware by itself.
    sins : Sins
        The form of the score.
    course : Course
        How it went.
    """

    intent: Intent | None = None
    appearance: Appearance | None = None
    canal: CanalExtension | None = None
    cortex_eroded: bool | None = None
    soft_tissue: bool | None = None
    fracture: bool | None = None
    weight_bearing: bool | None = None
    debulking: bool | None = None
    oligometastatic: bool | None = None
    radiosensitive: bool | None = None
    prior_radiotherapy: bool | None = None
    hardware: bool | None = None
    sins: Sins = field(default_factory=Sins)
    course: Course = field(default_factory=Course)
