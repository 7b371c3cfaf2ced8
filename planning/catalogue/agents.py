"""What protects: gases and fluids, with the temperature they are given at and what forbids them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from imaging.structures import StructureKind
from planning.catalogue.thresholds import Level, Mode
from planning.catalogue.tissues import SourcedValue, load_tissues
from planning.catalogue.toml_file import STRICT, read_toml
from planning.errors import PlanError
from resources import resource

Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class AgentWarning:
    """Why an agent is wrong in one mode: ``sentence`` follows the pocket's name."""

    mode: Mode
    level: Level
    sentence: Text
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class Agent:
    """A gas or fluid.

    Attributes
    ----------
    tissue : str
        Whose thermal and electrical properties it has, in the tissue table.
    kinds : tuple of StructureKind
        What it protects.
    insulates : bool
        A wall around it keeps electrical current out.
    outside_body : bool
        It lies on the skin and takes the place of air, not of tissue.
    temperature_heat_c, temperature_cold_c : SourcedValue or None
        At which it is given, with heat and with cold; None where no source says.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    name: Text
    state: Literal["gas", "fluid"]
    tissue: Text
    use: Text
    source: Text
    kinds: Annotated[tuple[StructureKind, ...], Field(min_length=1)]
    insulates: bool = False
    outside_body: bool = False
    temperature_heat_c: SourcedValue | None = None
    temperature_cold_c: SourcedValue | None = None
    warnings: tuple[AgentWarning, ...] = ()

    @model_validator(mode="after")
    def _known_tissue(self) -> Agent:
        if self.tissue not in load_tissues().tissues:
            raise ValueError(f"there is no tissue '{self.tissue}' in the table")
        return self

    def allowed(self, mode: Mode) -> bool:
        """Whether nothing speaks against it in a mode."""
        return not any(warning.mode is mode for warning in self.warnings)

    def temperature_c(self, mode: Mode) -> float | None:
        """Return the temperature it is given at, or None where no source says."""
        given = self.temperature_cold_c if mode is Mode.COLD else self.temperature_heat_c
        return None if given is None else given.value


@dataclass(frozen=True, slots=True, kw_only=True, config=STRICT)
class _AgentFile:
    agents: Annotated[tuple[Agent, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _unique(self) -> _AgentFile:
        ids = [a.id for a in self.agents]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"agent {', '.join(twice)} is given twice")
        return self


def read_agents(file: Traversable | Path) -> Mapping[str, Agent]:
    """Return the agents of one file by id; raises DomainError naming file, key and reason."""
    return MappingProxyType({a.id: a for a in read_toml(file, _AgentFile).agents})


@cache
def load_agents() -> Mapping[str, Agent]:
    """Return the agents that ship with the program, by id."""
    return read_agents(resource("protection", "agents.toml"))


def agent(agent_id: str) -> Agent:
    """Return one agent.

    Raises
    ------
    PlanError
        ``agent-unknown``, with the ids that exist.
    """
    agents = load_agents()
    if agent_id not in agents:
        raise PlanError(
            f"There is no gas or fluid '{agent_id}'.", code="agent-unknown", hint=f"Known are: {', '.join(agents)}."
        )
    return agents[agent_id]
