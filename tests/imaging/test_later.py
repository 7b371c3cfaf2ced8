"""A library that is loaded later is the library itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from imaging import later

ROOT = Path(__file__).parents[2]


def test_what_stands_for_a_library_gives_what_the_library_gives():
    from scipy import ndimage

    assert later.ndimage.label is ndimage.label
    assert "label" in dir(later.ndimage)
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = later.ndimage.nothing_of_the_kind
    assert np.isclose(later.stats.norm.ppf(0.5), 0)


def test_the_window_starts_without_what_it_does_not_show_yet():
    """Each takes a tenth of a second or more, before anything is seen."""
    code = (
        "import sys, app.application; late = ('scipy.ndimage', 'scipy.stats', 'scipy.spatial', 'skimage', 'SimpleITK', 'pydicom',"
        " 'reportlab', 'pypdfium2', 'vtkmodules.vtkRenderingCore', 'vtkmodules.vtkCommonCore', 'imaging.phantom', 'app.export.sheet');"
        " sys.exit(' '.join(name for name in late if name in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
