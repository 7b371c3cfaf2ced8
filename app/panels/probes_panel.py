"""Step 3: choose a device, place probes, read depth and angles."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QVBoxLayout

from app.controllers.checking import Checking
from app.controllers.plan_keeping import PlanKeeping
from app.controllers.plans import Plans
from app.controllers.session import Session
from app.controllers.ways import Ways
from app.controllers.ways_in import WaysIn
from app.panels.aim_rows import AimRows, PlaceByAngles
from app.panels.base import Panel, RunCommand
from app.panels.check_section import CheckSection
from app.panels.clearance_section import ClearanceSection
from app.panels.generator_section import GeneratorSection
from app.panels.isotherm_section import IsothermSection
from app.panels.needle_section import NeedleSection
from app.panels.object_row import name_label, object_buttons
from app.panels.plan_list_section import PlanListSection
from app.panels.plans_section import PlansSection
from app.panels.protection_section import ProtectionSection
from app.panels.room_section import RoomSection
from app.panels.way_section import WaySection
from app.panels.ways_in_section import WaysInSection
from app.tokens import probe_colour
from app.widgets.basics import Row, Section, button, clear, icon_button, judgement_label, row, swatch_label, text
from app.widgets.facts import Facts
from planning.catalogue import load_devices
from planning.catalogue.devices import device
from planning.catalogue.number_words import number_words
from planning.catalogue.user_files import user_file_findings
from planning.evaluation import Judgement
from planning.evaluation.feasibility import short_shafts
from planning.model import Probe
from planning.operations.placing import place_sooner
from planning.operations.probes import change_device
from planning.quantities import length_text, lps_text
from planning.trajectory.console import room_numbers

_FIRST_DEVICE = "icesphere-1.5"


class ProbesPanel(Panel):
    """Devices, probes, the numbers for the CT room, and what a shaft passes."""

    def __init__(
        self, session: Session, run: RunCommand, keeping: PlanKeeping, ways: Ways, ways_in: WaysIn, plans: Plans,
        checking: Checking,
    ) -> None:  # fmt: skip
        super().__init__("Probes", session, run)
        self._kept = PlanListSection(session, keeping, run)
        self.add_section(self._kept)
        place = self.add_section(Section("Device"))
        self._devices = QComboBox()
        # A long name is cut in the box, not at the edge of the window.
        self._devices.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._devices.setMinimumContentsLength(24)
        self._offered: tuple[str, ...] = ()
        self._offer(_FIRST_DEVICE)
        self._devices.currentIndexChanged.connect(self._choose)
        place.add(self._devices)
        self._note = text("", "label", wrap=True)
        place.add(self._note)
        self._place = button("Place probe", lambda: self.view.use_tool("probe"), primary=True, icon_name="plus")
        self._place.setToolTip("Click the target, then the entry (P)")
        self._manage = button("Devices…", lambda: run("devices"))
        self._manage.setToolTip("List all devices, and add your own (Ctrl+D)")
        self.snap = QCheckBox("Snap")
        self.snap.setToolTip(
            "Draw needles under the mouse to the slice, the vertical and suggested ways within 3° (Shift+A)"
        )
        self.snap.clicked.connect(lambda _: run("snap"))
        place.add(row(self._place, self._manage, 1, self.snap))
        self._hint = text("", "label", wrap=True)
        place.add(self._hint)
        self._by_angles = PlaceByAngles(session, run)
        place.add(self._by_angles)
        self._left_out = QVBoxLayout()
        self._left_out.setSpacing(4)
        place.add(self._left_out)
        self._findings: object = None
        listed = self.add_section(Section("In order of placement", "skin to tip"))
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        listed.add(self._list)
        self.ways_in_section = WaysInSection(session, ways_in, run)
        self.add_section(self.ways_in_section)
        self.plans_section = PlansSection(session, plans, run)
        self.add_section(self.plans_section)
        self._generators = GeneratorSection(session)
        self.add_section(self._generators)
        self._room = self.add_section(Section("CT room"))
        self._aim = AimRows(session)
        self._room.add(self._aim)
        self._facts = Facts()
        self._room.add(self._facts)
        self._needle = NeedleSection(session, run)
        self.add_section(self._needle)
        self.ways = ways
        self._near = ClearanceSection(session, self.ways)
        self.add_section(self._near)
        self._way = WaySection(session, self.ways)
        self.add_section(self._way)
        self._check = CheckSection(session, checking, run)
        self.add_section(self._check)
        self._patient = RoomSection(session, run)
        self.add_section(self._patient)
        self._isotherms = IsothermSection()
        self.add_section(self._isotherms)
        self._protection = ProtectionSection(session)
        self.add_section(self._protection)
        # What the two lists show: they are made anew when it changes, not for every move of a drag.
        self._listed: object = None
        self._depths: list[tuple[QLabel, QLabel]] = []
        session.view.toolChanged.connect(lambda _: self.refresh())
        self._choose()

    def refresh(self) -> None:
        self._kept.refresh()
        if tuple(load_devices()) != self._offered:
            self._offer(self.view.device_id)
        self._show_findings()
        case = self.session.case
        self._place.setEnabled(case is not None)
        self.snap.setChecked(self.view.snaps)
        placing = self.view.tool == "probe"
        words = "Click the target, then towards the entry; it is set on the skin. Or set the angles. Esc cancels."
        self._hint.setText(words if placing else "")
        self._hint.setVisible(placing)
        self._by_angles.setVisible(placing)
        probes = case.plan.probes if case else ()
        self._list_probes(case.plan.in_order if case else ())
        self.ways_in_section.refresh()
        self.plans_section.refresh()
        self._patient.refresh()
        self._generators.refresh()
        chosen = next((p for p in probes if p.id == self.view.selected), probes[0] if probes else None)
        self._room.setVisible(chosen is not None)
        self._needle.refresh()
        self._check.refresh()
        self._way.show_probe(chosen)
        self._near.show_probe(chosen)
        self._protection.refresh()
        if chosen is not None:
            self._show_device(chosen.device_id)
            self._show(chosen)
        self._isotherms.show_device(self.view.device_id)

    def _offer(self, device_id: str) -> None:
        """Fill the box with all devices, and choose one of them."""
        self._offered = tuple(load_devices())
        self._devices.blockSignals(True)
        self._devices.clear()
        for key, applicator in load_devices().items():
            self._devices.addItem(applicator.label, key)
        self._devices.setCurrentIndex(max(self._devices.findData(device_id), 0))
        self._devices.blockSignals(False)

    def _show_findings(self) -> None:
        """Say which files of the user's own were left out."""
        findings = user_file_findings()
        if findings == self._findings:
            return
        self._findings = findings
        clear(self._left_out)
        for finding in findings:
            words = text(finding.message, "secondary", wrap=True)
            words.setToolTip(finding.where)
            line = row(judgement_label(Judgement.CAUTION), words)
            line.setStretch(1, 1)
            self._left_out.addLayout(line)

    def _list_probes(self, probes: Sequence[Probe]) -> None:
        listed = (
            self.view.selected,
            [(p.id, p.name, p.device_id, p.locked, p.colour, p.id in self.view.hidden) for p in probes],
        )
        if listed != self._listed:
            self._listed = listed
            clear(self._list)
            self._depths = []
            for n, probe in enumerate(probes):
                self._list.addWidget(self._row(probe, n, len(probes)))
            if not probes:
                self._list.addWidget(text("No probe is placed yet.", "label"))
        case = self.session.case
        short = {c.id: c for c in short_shafts(case)} if case is not None else {}
        for (shown, alarm), probe in zip(self._depths, probes, strict=True):
            shown.setText(length_text(probe.depth_mm))
            alarm.setVisible(probe.id in short)
            alarm.setToolTip(f"{short[probe.id].sentence} {short[probe.id].reason}" if probe.id in short else "")

    def _row(self, probe: Probe, number: int, count: int) -> Row:
        applicator = device(probe.device_id)
        sooner = icon_button(
            "chevron-up", f"Place {probe.name} sooner: the sheet for the CT room lists probes in this order",
            lambda: self._place_sooner(probe, 1), size=16,
        )  # fmt: skip
        later = icon_button("chevron-down", f"Place {probe.name} later", lambda: self._place_sooner(probe, -1), size=16)
        sooner.setEnabled(number > 0)
        later.setEnabled(number < count - 1)
        depth = text("", "", right=True)
        alarm = judgement_label(Judgement.ALARM)
        alarm.hide()
        self._depths.append((depth, alarm))
        line = Row(
            swatch_label(probe_colour(probe)), name_label(probe.name), text(applicator.name, "secondary"), 1, alarm, depth,
            *((sooner, later) if count > 1 else ()), *object_buttons(self.session, probe),
            selected=probe.id == self.view.selected,
        )  # fmt: skip
        line.holds(probe.id)
        line.clicked.connect(lambda: self._select(probe))
        return line

    def _show(self, probe: Probe) -> None:
        self._aim.show_probe(probe)
        self._room.aside.setText(probe.name)
        case = self.session.case
        self._facts.show_rows(
            [
                *(room_numbers(case, probe) if case is not None else []),
                ("Entry", lps_text(probe.entry_mm), ""),
                ("Tip", lps_text(probe.tip_mm), ""),
            ]
        )

    def _show_device(self, device_id: str) -> None:
        """Show a probe's device without choosing it anew."""
        if device_id != self._devices.currentData() and self.view.tool != "probe":
            self._devices.blockSignals(True)
            self._devices.setCurrentIndex(self._devices.findData(device_id))
            self._devices.blockSignals(False)
            self._describe(device_id)

    def choose_device(self, device_id: str) -> None:
        """Take a device for the next probe, and for the selected one, as the box does."""
        self._devices.setCurrentIndex(self._devices.findData(device_id))

    def _choose(self) -> None:
        self._describe(self._devices.currentData())
        applicator = device(self.view.device_id)
        case = self.session.case
        chosen = next((p for p in case.plan.probes if p.id == self.view.selected), None) if case else None
        if chosen is not None and chosen.device_id != self.view.device_id:
            wanted = self.view.device_id
            words = f"Change {chosen.name} to {applicator.name}"
            if not self.session.apply(words, lambda c: change_device(c, chosen.id, wanted)):
                self._show_device(chosen.device_id)

    def _describe(self, device_id: str) -> None:
        """Take a device for the next probe, and say what is known of it."""
        self.view.device_id = device_id
        applicator = device(device_id)
        size = f"Ø {applicator.diameter_mm:g} mm, active {applicator.active_length_mm:g} mm"
        if applicator.tines is not None:
            size += f", {applicator.tines.words}"
        named = ", ".join(number_words(key) for key in applicator.assumptions)
        assumed = f" Assumed, without a published value: {named}." if named else ""
        self._isotherms.show_device(device_id)
        self.plans_section.refresh()
        self._note.setText(f"{size}. {applicator.zone_note.capitalize()}.{assumed}")
        self._note.setToolTip(
            "\n".join(f"{k}: {v}" for k, v in {**applicator.sources, **applicator.assumptions}.items())
        )

    def _select(self, probe: Probe) -> None:
        self.view.select(probe.id)
        self.view.reveal(probe.tip_mm)
        self._devices.setCurrentIndex(self._devices.findData(probe.device_id))
        self.refresh()

    def _place_sooner(self, probe: Probe, steps: int) -> None:
        words = f"Place {probe.name} {'sooner' if steps > 0 else 'later'}"
        self.session.apply(words, lambda case: place_sooner(case, probe.id, steps))
