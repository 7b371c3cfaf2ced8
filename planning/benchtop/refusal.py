"""The one way a bench-top experiment is refused: path of the key, and reason."""

from __future__ import annotations

from collections.abc import Iterable

from planning.errors import PlanError


def refusal(path: str, reason: str) -> PlanError:
    """Return the error for one key of a specification; an empty path is the whole file."""
    where = f"the key '{path}'" if path else "the file"
    return PlanError(
        f"The experiment cannot be run because of {where}: {reason}.",
        code="bench-top-invalid",
        context={"path": path, "reason": reason},
    )


def path_text(parts: Iterable[str | int]) -> str:
    """Return keys and indices as one path: ``regions[0].centre_mm[1]``."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
