"""Gas and fluid pockets in the property fields: they take the place of soft tissue, and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from imaging.errors import Finding, Severity
from imaging.resample import rasterise
from imaging.structures import BONES, StructureKind
from planning.catalogue import TissueTable
from planning.catalogue.agents import agent
from planning.model.protection import Pocket
from planning.tissue.fields import TissueFields
from planning.tissue.medium import Medium, medium_of

Bools = npt.NDArray[np.bool_]

_GIVE_WAY = ("muscle", "fat", "csf")
_OUTSIDE = ("gas",)
_KEEP_THEIR_PLACE = (
    *BONES, StructureKind.LESION, StructureKind.THECAL_SAC, StructureKind.CORD, StructureKind.ROOT, StructureKind.NERVE,
    StructureKind.BOWEL, StructureKind.BLADDER, StructureKind.VESSEL, StructureKind.METAL,
)  # fmt: skip


def with_pockets(
    fields: TissueFields,
    pockets: Sequence[Pocket],
    structures: Mapping[StructureKind, Bools],
    table: TissueTable,
    body_c: float,
) -> tuple[TissueFields, npt.NDArray[np.float32] | None]:
    """Return property fields with pockets in them, and the temperature everything begins at.

    Muscle, fat and the epidural space give way, and to what lies on the skin the air. Bone, lesion, sac, roots, vessels and hollow organs keep their place: nothing
    is moved, so a pocket between two structures is best drawn where the gap will be.

    Parameters
    ----------
    fields : TissueFields
    pockets : sequence of Pocket
        In order; a later one wins.
    structures : mapping of StructureKind to ndarray of bool, shape ``fields.grid.shape_kji``
    table : TissueTable
    body_c : float

    Returns
    -------
    fields : TissueFields
        With a finding for every pocket that found no room, and for one in a canal whose sac is not marked.
    start_c : ndarray of float32, shape ``fields.grid.shape_kji``, or None
        None where all of it begins at body temperature.
    """
    if not pockets:
        return fields, None
    kept = np.zeros(fields.grid.shape_kji, np.bool_)
    for kind in _KEEP_THEIR_PLACE:
        kept |= structures.get(kind, False)
    canal = structures.get(StructureKind.CANAL)
    sac_unknown = canal is not None and StructureKind.THECAL_SAC not in structures
    if canal is not None and sac_unknown:
        kept |= canal
    soft, air = (_of(fields, table, tissues) for tissues in (_GIVE_WAY, _OUTSIDE))
    medium, media = fields.medium.copy(), list(fields.media)
    sigma = None if fields.sigma_s_m is None else fields.sigma_s_m.copy()
    start_c = np.full(fields.grid.shape_kji, body_c, np.float32)
    findings = list(fields.findings)
    for pocket in pockets:
        wanted = rasterise(pocket.as_tube(), fields.grid)
        outside_body = agent(pocket.agent_id).outside_body
        inside = wanted & (air if outside_body else soft & ~kept)
        if canal is not None and sac_unknown and (wanted & canal).any():
            findings.append(_told(pocket, "is not modelled inside the canal, because the thecal sac is not marked"))
        if not inside.any():
            where = "air beside the skin" if outside_body else "soft tissue"
            findings.append(_told(pocket, f"changes nothing: there is no {where} where it lies, near the probes"))
            continue
        filling = _medium(pocket, table)
        if filling not in media:
            media.append(filling)
        medium[inside] = media.index(filling)
        start_c[inside] = body_c if pocket.temperature_c is None else pocket.temperature_c
        if sigma is not None:
            sigma[inside] = filling.electrical_conductivity_s_m
    changed = TissueFields(
        grid=fields.grid, medium=medium, media=tuple(media), sigma_s_m=sigma, findings=tuple(findings)
    )
    return changed, start_c if (start_c != body_c).any() else None


def _of(fields: TissueFields, table: TissueTable, tissues: Sequence[str]) -> Bools:
    """Where the media of some tissues are."""
    names = {table[tissue].name for tissue in tissues}
    return np.isin(fields.medium, [n for n, m in enumerate(fields.media) if m.name in names])


def _medium(pocket: Pocket, table: TissueTable) -> Medium:
    kind = agent(pocket.agent_id)
    filling = medium_of(table, kind.tissue, held=pocket.circulating)
    # Two pockets of one agent are two media where one circulates; their names tell them apart.
    filling = replace(filling, name=f"{kind.name}, circulating" if pocket.circulating else kind.name)
    return replace(filling, electrical_conductivity_s_m=0.0) if kind.insulates else filling


def _told(pocket: Pocket, words: str) -> Finding:
    return Finding(code="pocket-not-modelled", severity=Severity.CAUTION, message=f"{pocket.name} {words}.")
