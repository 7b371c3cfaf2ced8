"""Building the package: the manual of docs/ and its pictures go with it, so that an installed program has them."""

from pathlib import Path
from shutil import copyfile

from setuptools import setup
from setuptools.command.build_py import build_py

DOCS = Path(__file__).parent / "docs"


class BuildWithManual(build_py):
    """Copies the manual beside the other resources; a checkout reads it where it stands."""

    def run(self) -> None:
        """Build, and copy."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib) / "resources" / "manual"
        for source in (DOCS / "manual.md", *sorted((DOCS / "pictures" / "manual").glob("*.png"))):
            to = target / source.relative_to(DOCS)
            to.parent.mkdir(parents=True, exist_ok=True)
            copyfile(source, to)


setup(cmdclass={"build_py": BuildWithManual})
