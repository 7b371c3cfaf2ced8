"""Commands as data: one declaration gives menu, key, tooltip and when it can be used."""

from app.commands.registry import Command, Commands

__all__ = ["Command", "Commands"]
