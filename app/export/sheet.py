"""x"""


def write_sheet_png(path, given, scale=1): ...
