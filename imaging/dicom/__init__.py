"""DICOM series in and out: find them, judge their geometry, read and write them."""

from imaging.dicom.glance import Glance, first_glance
from imaging.dicom.read import read_series
from imaging.dicom.scan import Series, choose_series, is_dicom_file, scan_folder
from imaging.dicom.validate import Slice

__all__ = ["Glance", "Series", "Slice", "choose_series", "first_glance", "is_dicom_file", "read_series", "scan_folder"]
