"""The closed vocabulary of facts that rules of the decision support may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

ESCC_SOURCE = "Epidural spinal cord compression scale, Bilsky (Radiopaedia, ESCC)"
SACRAL_ESCC = "The scale is made for the cord. In the sacrum, below the conus, it grades sac and cauda by analogy: a choice, not validated."
SINS_SOURCE = "Spinal Instability Neoplastic Score (pacs.de, SINS)"
CIRSE_SOURCE = "CIRSE classification of complications, 2017 (heibib 1960974483, interventionalnews)"
PAIN_SOURCE = "NPRS and VAS run from 0 to 10; a change of 2 points or more is meaningful (scales of the evidence base, no citation on file)"

_YES_NO: Mapping[str, str] = MappingProxyType({"yes": "yes", "no": "no"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FactKind:
    """A fact that rules may ask for.

    Attributes
    ----------
    key : str
        As rules name it.
    name : str
        As the user reads it.
    values : mapping of str to str
        What it may be, each with its words; empty where it is a number.
    about : str
        What it means, and its source where it is a scale.
    """

    key: str
    name: str
    values: Mapping[str, str] = field(default_factory=dict)
    about: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is a number; its unit is part of the key."""
        return not self.values


_KINDS = (
    FactKind(
        key="intent", name="Intent", about="What the ablation is for.",
        values={"curative": "curative: the whole lesion", "palliative": "palliative: relief of pain"},
    ),
    FactKind(
        key="appearance", name="Appearance", about="On CT. The lesion quality of SINS follows from it.",
        values={"lytic": "lytic", "mixed": "mixed", "sclerotic": "sclerotic"},
    ),
    FactKind(
        key="canal", name="Canal extension (ESCC)", about=f"{ESCC_SOURCE}. {SACRAL_ESCC}",
        values={
            "0": "0: bone only",
            "1a": "1a: epidural, sac not deformed",
            "1b": "1b: sac deformed, no cord contact",
            "1c": "1c: sac deformed, cord touched",
            "2": "2: cord compressed, CSF visible",
            "3": "3: cord compressed, no CSF",
        },
    ),
    FactKind(key="cortex_eroded", name="Cortex eroded", values=_YES_NO),
    FactKind(key="soft_tissue", name="Soft-tissue part", values=_YES_NO, about="The lesion reaches out of the bone."),
    FactKind(key="fracture", name="Fracture", values=_YES_NO),
    FactKind(key="weight_bearing", name="Under axial load", values=_YES_NO, about="The bone that it lies in bears weight."),
    FactKind(key="debulking", name="Debulking wanted", values=_YES_NO, about="Tumour is to be taken away, not only destroyed."),
    FactKind(key="oligometastatic", name="Oligometastatic", values=_YES_NO),
    FactKind(key="radiosensitive", name="Radiosensitive tumour", values=_YES_NO),
    FactKind(key="prior_radiotherapy", name="Prior radiotherapy", values=_YES_NO),
    FactKind(key="hardware", name="Hardware", values=_YES_NO, about="Metal that is marked on the CT counts by itself."),
    FactKind(
        key="stability", name="Stability (SINS)", about=f"{SINS_SOURCE}. From the form below; needs all six items.",
        values={
            "stable": "stable",
            "potentially_unstable": "potentially unstable",
            "unstable": "unstable",
        },
    ),
    FactKind(
        key="region", name="Place", about="From the bones that are marked.",
        values={"spine": "above the sacrum", "s1": "sacrum, S1", "s2_s5": "sacrum, S2 to S5", "sacrum": "sacrum"},
    ),
    FactKind(key="size_mm", name="Largest diameter", about="In space, of the lesion that is marked."),
    FactKind(
        key="nerve_gap_mm", name="Nearest nerve or canal",
        about="Between surfaces, of all that is marked. What is not marked may be nearer.",
    ),
)  # fmt: skip

FACTS: Mapping[str, FactKind] = MappingProxyType({kind.key: kind for kind in _KINDS})
"""By key, in the order they are told."""
