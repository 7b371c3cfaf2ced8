"""The `sacroplan` command. Sub-commands never import Qt; without one the window opens."""

from app.cli.main import main

__all__ = ["main"]
