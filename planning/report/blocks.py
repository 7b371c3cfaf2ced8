"""The parts of a report, without how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from planning.evaluation import Judgement
from planning.trajectory.angle_views import AngleView


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text.

    Attributes
    ----------
    lead : str
        A first sentence that stands out.
    text : str
    judgement : Judgement or None
        Whose glyph stands before it.
    alert : bool
        It stands on the ground of presumed injury.
    """

    text: str
    lead: str = ""
    judgement: Judgement | None = None
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; ``share`` is its part of the table's width."""

    title: str
    share: float
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Cells of one row, and the judgements whose glyphs stand in some of them, by cell."""

    cells: tuple[str, ...]
    marks: tuple[tuple[int, Judgement], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under column titles; a note stands below."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values, one pair a line."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Shares of the lesion's surface by margin, in bins of one millimetre.

    Attributes
    ----------
    start_mm : float
        Lower edge of the first bin.
    shares : tuple of float
        Of the surface, one a bin; together 1.
    goal_mm : float
    """

    start_mm: float
    shares: tuple[float, ...]
    goal_mm: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PlacingCard:
    """All that is needed to place one probe.

    Attributes
    ----------
    title : str
    views : tuple of AngleView
        Where its two angles are drawn.
    facts : tuple of (str, str)
    way : str
        What the shaft passes, in a sentence.
    checkpoints : tuple of (str, str, str)
        Depth, what is met there, and the angle to its normal.
    """

    title: str
    views: tuple[AngleView, AngleView]
    facts: tuple[tuple[str, str], ...]
    way: str
    checkpoints: tuple[tuple[str, str, str], ...]


Block = Paragraph | Table | Facts | Histogram | PlacingCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of a report; ``key`` names it for programs, ``own_page`` has it begin a page."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    own_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report.

    Attributes
    ----------
    title, subtitle : str
    alert : str
        The sentence that stands above everything where roots of both sides are at risk; else empty.
    sections : tuple of Section
    """

    title: str
    subtitle: str
    alert: str
    sections: tuple[Section, ...]

    def section(self, key: str) -> Section:
        """Return a section by its key."""
        return next(s for s in self.sections if s.key == key)
