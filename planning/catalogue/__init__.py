"""Devices, tissues and thresholds as data: typed, validated at load, every value with its source."""

from planning.catalogue.devices import (
    CryoDrive,
    Device,
    DeviceFamily,
    LaserDrive,
    MicrowaveDrive,
    Phase,
    RfControl,
    RfDrive,
    device,
    load_devices,
    read_device,
)
from planning.catalogue.own_thresholds import load_thresholds
from planning.catalogue.thresholds import (
    LesionGoal,
    Level,
    Limit,
    Mode,
    StructureThresholds,
    Thresholds,
)
from planning.catalogue.tissues import FrozenRecord, SourcedValue, TissueRecord, TissueTable, load_tissues

__all__ = [
    "CryoDrive",
    "Device",
    "DeviceFamily",
    "FrozenRecord",
    "LaserDrive",
    "LesionGoal",
    "Level",
    "Limit",
    "MicrowaveDrive",
    "Mode",
    "Phase",
    "RfControl",
    "RfDrive",
    "SourcedValue",
    "StructureThresholds",
    "Thresholds",
    "TissueRecord",
    "TissueTable",
    "device",
    "load_devices",
    "load_thresholds",
    "load_tissues",
    "read_device",
]
