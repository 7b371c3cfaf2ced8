"""The runs on a Dask cluster on this machine, as docs/cluster.md has it."""

from __future__ import annotations

import pytest

from app.demo import demo_case
from imaging.phantom import SMALL
from planning import services
from planning.catalogue import Phase
from planning.ensemble import run_ensemble

distributed = pytest.importorskip("distributed", reason="the development extra installs it")


@pytest.mark.slow
def test_a_cluster_gives_the_runs_that_this_thread_gives(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    case, volume = demo_case(parameters=SMALL)
    case = case.with_plan(schedule=(Phase(kind="on", duration_s=60.0),))
    zone = services.predict(case, volume)
    seen: list[int] = []
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        there = run_ensemble(
            case, volume, zone, members=16, alone=False, executor=client.get_executor(),
            on_partial=lambda e: seen.append(e.runs),
        )  # fmt: skip
    here = run_ensemble(case, volume, zone, members=16, alone=False)
    assert there.margin_mm == pytest.approx(here.margin_mm, abs=1e-4)
    assert there.extreme_c["root.S2.L"] == pytest.approx(here.extreme_c["root.S2.L"], abs=1e-3)
    assert seen == [8, 16]
