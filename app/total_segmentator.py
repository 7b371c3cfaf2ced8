"""Run TotalSegmentator where it is installed with its weights; without it nothing is missing but its structures."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from app.label_import import LICENCE, ImportedStructures, structures_of_map
from imaging.errors import ImagingError
from imaging.files import write_volume
from imaging.progress import Progress
from imaging.volume import Volume

HOW_TO_GET_IT = (
    "TotalSegmentator is not installed here. Install sacroplan[totalsegmentator], then run "
    "'totalseg_download_weights -t total' once."
)
_WITHOUT_WEIGHTS = "TotalSegmentator is installed without its weights. Run 'totalseg_download_weights -t total' once."
BEFORE_RUNNING = (
    "TotalSegmentator looks for sacrum, hip bones, vertebrae, spinal cord, bladder, bowel and vessels. It takes minutes with a "
    "graphics card, and much longer without one; you can go on working and cancel it at any time.\n\n"
    f"{LICENCE}. It is not a medical device. What it finds stays unconfirmed until you confirm it.\n\n"
    "The CT stays on this computer, and TotalSegmentator's usage statistics are switched off for the run."
)
_COMMAND = "TotalSegmentator"
# totalsegmentator/map_tasks_config.py: the models of the task total on 1.5 mm, and the one on 3 mm.
_FINE_MODELS, _COARSE_MODEL = (291, 292, 293, 294, 295), 297
_ASK_EVERY_S, _GRACE_S = 0.2, 5.0
_LAST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Installed:
    """TotalSegmentator as it is installed here.

    Attributes
    ----------
    command : str
        Its executable; empty where there is none.
    weights : Path
    models : frozenset of int
        Numbers of the models whose weights are there.
    """

    command: str
    weights: Path
    models: frozenset[int]

    @property
    def why_not(self) -> str:
        """Why it cannot run, and how to change that; empty where it can."""
        if not self.command:
            return HOW_TO_GET_IT
        return "" if self.models.issuperset(_FINE_MODELS) or _COARSE_MODEL in self.models else _WITHOUT_WEIGHTS

    @property
    def options(self) -> tuple[str, ...]:
        """The finest task whose weights are there."""
        return () if self.models.issuperset(_FINE_MODELS) else ("--fast",)


def installed() -> Installed:
    """Look for the executable and its weights; nothing of it is imported."""
    beside = Path(sys.executable).parent
    command = shutil.which(_COMMAND) or shutil.which(_COMMAND, path=str(beside)) or ""
    home = Path(os.environ.get("TOTALSEG_HOME_DIR") or Path.home() / ".totalsegmentator")
    weights = Path(os.environ.get("TOTALSEG_WEIGHTS_PATH") or home / "nnunet" / "results")
    found = weights.glob("Dataset[0-9]*_*") if weights.is_dir() else ()
    numbers = (p.name[len("Dataset") :].partition("_")[0] for p in found if p.is_dir() and any(p.iterdir()))
    return Installed(command, weights, frozenset(int(n) for n in numbers if n.isdigit()))


def run_on(volume: Volume, progress: Progress) -> ImportedStructures:
    """Return the structures TotalSegmentator finds in a CT.

    Parameters
    ----------
    volume : Volume
    progress : Progress
        Cancelling it ends the run.

    Raises
    ------
    ImagingError
        ``totalsegmentator-missing``, ``totalsegmentator-failed`` with its last words, or what is wrong with its result.
    """
    there = installed()
    if there.why_not:
        raise ImagingError(there.why_not, code="totalsegmentator-missing", hint="Or import a label map.")
    progress.report(0.0, "Handing over the CT")
    with tempfile.TemporaryDirectory(prefix="sacroplan-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        ct, labels, home = folder / "ct.nii", folder / "labels.nii.gz", folder / "home"
        write_volume(ct, volume.hu, volume.grid)
        home.mkdir()
        settings = {"totalseg_id": "sacroplan", "send_usage_stats": False, "prediction_counter": 0}
        (home / "config.json").write_text(json.dumps(settings))
        words = [there.command, "-i", str(ct), "-o", str(labels), "--ml", "--task", "total", *there.options]
        own = {"TOTALSEG_HOME_DIR": str(home), "TOTALSEG_WEIGHTS_PATH": str(there.weights)}
        _run(words, folder / "said.txt", os.environ | own, progress.part(0.05, 0.8))
        if not labels.is_file():
            raise _failed("It wrote no label map.", folder / "said.txt")
        return structures_of_map(
            labels, volume, progress.part(0.8, 1.0), made_by=f"found by TotalSegmentator ({LICENCE})"
        )


def _run(words: list[str], said: Path, environment: dict[str, str], progress: Progress) -> None:
    """Run a command to its end; where the progress is cancelled, end it and what it started."""
    with said.open("wb") as stream:
        try:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, env=environment,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise ImagingError(
                f"TotalSegmentator cannot be started: {error.strerror or error}.",
                code="totalsegmentator-failed",
                hint="Install it again, or import a label map.",
            ) from error
        begun_s = time.monotonic()
        try:
            while process.poll() is None:
                minutes, seconds = divmod(int(time.monotonic() - begun_s), 60)
                # How long it will take is not known: the bar creeps on, and the time is told.
                progress.report(1 - 0.5 ** ((minutes + seconds / 60) / 3), f"running for {minutes} min {seconds:02d} s")
                time.sleep(_ASK_EVERY_S)
        finally:
            _end(process)
    if process.returncode != 0:
        raise _failed("TotalSegmentator ended with an error.", said)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started: kindly, then for good."""
    if process.poll() is not None:
        return
    if os.name != "posix":
        process.kill()
        process.wait()
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _failed(what: str, said: Path) -> ImagingError:
    words = " ".join(said.read_text(encoding="utf-8", errors="replace").split())
    return ImagingError(
        what,
        code="totalsegmentator-failed",
        hint=f"It said: …{words[-_LAST_WORDS:]}"
        if words
        else "It said nothing. Run it by itself to see what is wrong.",
        context={"said": words[-2000:]},
    )
