"""x"""


def write_report(path, given): ...
