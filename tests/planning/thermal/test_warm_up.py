"""Kernels are compiled ahead, and it is known when they are."""

from __future__ import annotations

from planning.thermal import warm_up


def test_after_a_warm_up_it_is_warm(monkeypatch, tmp_path):
    warm_up.warm_up()
    assert warm_up.is_warm()


def test_an_empty_cache_is_not_warm(monkeypatch, tmp_path):
    class Stats:
        cache_path = str(tmp_path / "nothing")

    class Never:
        stats = Stats()

    monkeypatch.setattr(warm_up, "advance", Never())
    assert not warm_up.is_warm()
