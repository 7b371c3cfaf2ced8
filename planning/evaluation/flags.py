"""What around a zone makes it dangerous or doubtful, beside the temperature of structures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from imaging.distance import sample
from imaging.structures import StructureKind
from planning.catalogue.devices import Device, DeviceFamily, device, working_s
from planning.catalogue.protection_advice import load_protection_advice
from planning.catalogue.thresholds import Thresholds
from planning.evaluation.apart import apart_mm
from planning.evaluation.concern import PlanConcern
from planning.evaluation.structures import StructureRisk, surface_points
from planning.model.case import Case, Probe
from planning.model.clinical import Appearance
from planning.model.judgement import Judgement
from planning.model.zone import PredictedZone
from planning.quantities import length_text, level_text, time_text
from planning.tissue.classify import ICE_HIDDEN_ABOVE_HU
from planning.trajectory.clearance import clearance

MOST_CRYOPROBES = 25
"""That one system takes at once (literature knowledge; no citation on file)."""
_TOUCHING_MM = 1.0
"""Closer than the voxels of a usual CT can tell, two surfaces touch."""


def zone_flags(
    case: Case, zone: PredictedZone, thresholds: Thresholds, structures: Sequence[StructureRisk] = ()
) -> tuple[PlanConcern, ...]:
    """Return what is flagged of a plan and its zone.

    Parameters
    ----------
    case : Case
    zone : PredictedZone
    thresholds : Thresholds
    structures : sequence of StructureRisk
        What the zone does to each.
    """
    return (
        *_metal(case),
        *_dense_lesion(case, zone),
        *_weak_bone(case),
        *_skin(zone, thresholds, structures),
        *_too_many(case),
        *_too_long(case),
        *_ground_pads(case),
        *_dura(case),
        *_nerves_beside_hips(case, zone, thresholds),
        *_leaves_grid(zone, thresholds),
    )


def _electrodes(case: Case) -> list[tuple[Probe, Device]]:
    """The probes that are radiofrequency electrodes, with their devices."""
    found = [(probe, device(probe.device_id)) for probe in case.plan.probes]
    return [(probe, source) for probe, source in found if source.is_rf]


def _metal(case: Case) -> Iterator[PlanConcern]:
    """Metal that an electrode touches, or that lies in the way of a current to pads."""
    for implant in case.of_kind(StructureKind.METAL):
        for probe, source in _electrodes(case):
            gap_mm = clearance(implant, probe).distance_mm
            monopolar, touches = source.family is DeviceFamily.RF_MONOPOLAR, gap_mm <= _TOUCHING_MM
            if not (touches or monopolar):
                continue
            where = "touches metal" if touches else f"lies {length_text(gap_mm)} from metal"
            yield PlanConcern(
                id=probe.id,
                sentence=f"{probe.name} {where}{' and is monopolar' if monopolar else ''}.",
                reason="Screws that touched an electrode grew hot (metajournal 71129); a study near metal was stopped at 42 °C "
                "(epostersonline asrapain2015/117). Monopolar electrodes near osteosynthesis are to be avoided, bipolar ones "
                "preferred (openradiology.org).",
                judgement=Judgement.ALARM if touches else Judgement.CAUTION,
            )


def _dense_lesion(case: Case, zone: PredictedZone) -> Iterator[PlanConcern]:
    """Radiofrequency in sclerotic bone, and ice that a CT will not show."""
    lesions, hu, said = case.of_kind(StructureKind.LESION), zone.lesion_hu, case.clinical.appearance
    if not lesions:
        return
    read = f"reads as sclerotic, {hu:.0f} HU in the mean," if hu is not None else "reads as sclerotic"
    # What somebody said of it counts more than its density.
    sclerotic = zone.lesion_class == "sclerotic" if said is None else said is Appearance.SCLEROTIC
    if sclerotic and _electrodes(case):
        border = "" if said is not None else " The border of 250 HU has no published source."
        yield PlanConcern(
            id=lesions[0].id,
            sentence=f"The lesion {read if said is None else 'is sclerotic'} and it is to be heated by radiofrequency.",
            reason="Radiofrequency does little in purely osteoblastic bone, whose impedance is high: cryoablation, or microwaves, "
            f"are the other ways (Tomasian, radfyi.org cold-comfort).{border}",
            judgement=Judgement.CAUTION,
        )
    if hu is not None and zone.cold and hu > ICE_HIDDEN_ABOVE_HU:
        yield PlanConcern(
            id=lesions[0].id,
            sentence=f"CT will hardly show the ice in this lesion, {hu:.0f} HU in the mean.",
            reason="Ice is poorly seen in dense bone (Tomasian, radfyi.org cold-comfort): go by thermocouples and time. The border of "
            f"{ICE_HIDDEN_ABOVE_HU:.0f} HU has no published source.",
            judgement=Judgement.CAUTION,
        )


def _weak_bone(case: Case) -> Iterator[PlanConcern]:
    """Bone that wants to be made firm, and no cement."""
    clinical, lesions = case.clinical, case.of_kind(StructureKind.LESION)
    why = "is fractured" if clinical.fracture else "is under axial load" if clinical.weight_bearing else ""
    if why and not case.plan.cements:
        yield PlanConcern(
            id=lesions[0].id if lesions else "lesion",
            sentence=f"The bone {why}, and no cement is planned: ablation weakens it further.",
            reason="Under axial load, or fractured, bone is made firm with cement, with or without screws, after the ablation "
            "(literature knowledge, medium confidence).",
            judgement=Judgement.CAUTION,
        )


def _skin(zone: PredictedZone, thresholds: Thresholds, structures: Sequence[StructureRisk]) -> Iterator[PlanConcern]:
    """A zone that comes to the skin, or nearer than ice is known to have done no harm."""
    mild_c = max(thresholds.isotherms(zone.mode).isotherms_c, key=lambda c: -abs(c - zone.body_c))
    rule = load_protection_advice().need_of(StructureKind.SKIN)
    for skin in (s for s in structures if s.kind is StructureKind.SKIN):
        away_mm = skin.isotherm_mm.get(mild_c)
        if away_mm is None:
            continue
        near_mm = rule.ice_within_mm if rule is not None and zone.cold else None
        if away_mm <= 0:
            sentence, judgement = f"The zone reaches the skin at {level_text(mild_c)}.", Judgement.ALARM
        elif near_mm is not None and away_mm < near_mm:
            sentence, judgement = f"Ice comes {length_text(away_mm)} near the skin.", Judgement.CAUTION
        else:
            continue
        source = "" if rule is None else f" {rule.source}."
        yield PlanConcern(
            id=skin.id,
            sentence=sentence,
            reason=f"No published level of harm to skin is on file.{source} Gas beneath it, or warmth on it, protects.",
            judgement=judgement,
        )


def _too_many(case: Case) -> Iterator[PlanConcern]:
    """More cryoprobes than work at once."""
    cryo = [p for p in case.plan.probes if device(p.device_id).is_cold]
    if len(cryo) > MOST_CRYOPROBES:
        yield PlanConcern(
            id=cryo[MOST_CRYOPROBES].id,
            sentence=f"{len(cryo)} cryoprobes are planned, and up to {MOST_CRYOPROBES} work at once.",
            reason="Number of probes of one cryoablation system (literature knowledge; no citation on file). Take some away, or plan two sessions.",
            judgement=Judgement.ALARM,
        )


def _too_long(case: Case) -> Iterator[PlanConcern]:
    """Probes that work longer than their usual schedule lets them: nothing published says what they do then."""
    for probe in {p.device_id: p for p in reversed(case.plan.probes)}.values():
        source = device(probe.device_id)
        planned_s, usual_s = working_s(case.plan.phases), working_s(source.default_schedule)
        if planned_s > usual_s:
            yield PlanConcern(
                id=probe.id,
                sentence=f"{source.name} is to {'freeze' if source.is_cold else 'heat'} for {time_text(planned_s)} in all, and its usual "
                f"schedule for {time_text(usual_s)}.",
                reason=f"Usual schedule: {source.origin_of('default_schedule')}. What a longer one does nobody has published: "
                "only the model says it.",
                judgement=Judgement.CAUTION,
            )


def _ground_pads(case: Case) -> Iterator[PlanConcern]:
    """Where current leaves by the skin."""
    between = {probe_id for shared in case.plan.generators if shared.against_ids for probe_id in shared.probe_ids}
    alone = [p for p, source in _electrodes(case) if source.family is DeviceFamily.RF_MONOPOLAR and p.id not in between]
    if alone:
        yield PlanConcern(
            id=alone[0].id,
            sentence=f"{case.probe_names([p.id for p in alone])} {'needs' if len(alone) == 1 else 'need'} ground pads: the "
            "skin under them is not predicted.",
            reason="Burns under ground pads: severe in 0.1 to 3.2 %, of first degree in 5 to 33 % (PMID 22654258).",
            judgement=Judgement.NOT_ASSESSED,
        )


def _dura(case: Case) -> Iterator[PlanConcern]:
    """A lesion against the sac or in the canal, and heat."""
    if not _electrodes(case):
        return
    for lesion in case.of_kind(StructureKind.LESION)[:1]:
        for kind, what in ((StructureKind.THECAL_SAC, "the thecal sac"), (StructureKind.CANAL, "the canal")):
            for structure in case.of_kind(kind):
                gap_mm = apart_mm(lesion, structure, within_mm=_TOUCHING_MM)
                if gap_mm is None:
                    continue
                where = "reaches into" if gap_mm < 0 else "touches"
                yield PlanConcern(
                    id=lesion.id,
                    sentence=f"The lesion {where} {what}, and it is to be heated.",
                    reason="Nothing insulates the dura from tumour that lies on it: radiofrequency of epidural tumour risks "
                    "cord and roots; cryoablation with protection, radiotherapy or surgery are the other ways (decision "
                    "logic, ESCC; literature knowledge, medium confidence).",
                    judgement=Judgement.ALARM,
                )
                return


_SOURCE_GAP = "Protect when the gap to a neural structure is 1 cm or less (Nakatsuka 2009, PMID 18661176)"


def _nerves_beside_hips(case: Case, zone: PredictedZone, thresholds: Thresholds) -> Iterator[PlanConcern]:
    """Zones in a hip bone come near to nerves that are not marked."""
    if case.of_kind(StructureKind.NERVE):
        return
    mild_c = max(thresholds.isotherms(zone.mode).isotherms_c, key=lambda c: -abs(c - zone.body_c))
    for hip in case.of_kind(StructureKind.ILIUM):
        reached_c = sample(zone.extreme_c, zone.grid, surface_points(hip.shape), outside=zone.body_c)
        if (reached_c <= mild_c).any() if zone.cold else (reached_c >= mild_c).any():
            yield PlanConcern(
                id=hip.id,
                sentence=f"The zone reaches {hip.name} at {level_text(mild_c)}: sciatic and lateral femoral cutaneous nerve "
                "are not marked, and not assessed.",
                reason=f"{_SOURCE_GAP}. Mark the nerve along the bone, or take it as at risk.",
                judgement=Judgement.NOT_ASSESSED,
            )


def _leaves_grid(zone: PredictedZone, thresholds: Thresholds) -> Iterator[PlanConcern]:
    """A zone that goes on beyond what was computed."""
    mild_c = max(thresholds.isotherms(zone.mode).isotherms_c, key=lambda c: -abs(c - zone.body_c))
    shell = np.ones(zone.grid.shape_kji, bool)
    shell[1:-1, 1:-1, 1:-1] = False
    beyond = zone.extreme_c[shell] <= mild_c if zone.cold else zone.extreme_c[shell] >= mild_c
    if beyond.any():
        yield PlanConcern(
            id="zone",
            sentence=f"The zone goes on beyond the computed box at {level_text(mild_c)}: what lies there is not assessed.",
            reason="Volumes, margins and distances end at the box.",
            judgement=Judgement.ALARM,
        )
