"""What a plan's cement does: when it sets, and how warm it makes everything around it."""

from __future__ import annotations

from dataclasses import dataclass

from planning.model.zone import PredictedZone


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingTimes:
    """When cement has reacted by half and by nine tenths, in seconds from its injection.

    Attributes
    ----------
    half_centre_s, set_centre_s : float or None
        In its middle, of several the latest; None if not within the time that was computed.
    half_last_s, set_last_s : float or None
        In the cell that is the last to do so: the coldest.
    """

    half_centre_s: float | None
    set_centre_s: float | None
    half_last_s: float | None
    set_last_s: float | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CementCourse:
    """The heat of a plan's cement, after its ablation and for comparison without it.

    Attributes
    ----------
    after : PredictedZone
        Hottest temperatures from the injection on, after the ablation. Its dose counts that of the ablation too, where
        that heats.
    alone : PredictedZone
        The same cement in tissue at body temperature.
    times, times_alone : SettingTimes
    at_body_s : float
        Time to half at a constant body temperature.
    place_coldest_c, place_mean_c : float
        Of the tissue in the place of the cement, at the injection.
    place_frozen_frac : float
        Share of that place that is below its freezing range's upper end.
    peak_c, peak_at_s : float
        Hottest place in the cement, and when.
    peak_alone_c : float
        The same without the ablation.
    least_cured_frac : float
        Of the cell that cured least, at the end.
    minutes_after, computed_s : float
        From the ablation to the injection, and from there to the end of the computation.
    digest : str
        Over everything it depends on.
    """

    after: PredictedZone
    alone: PredictedZone
    times: SettingTimes
    times_alone: SettingTimes
    at_body_s: float
    place_coldest_c: float
    place_mean_c: float
    place_frozen_frac: float
    peak_c: float
    peak_at_s: float
    peak_alone_c: float
    least_cured_frac: float
    minutes_after: float
    computed_s: float
    digest: str
