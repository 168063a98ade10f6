"""Build the wheel and unpack it into `build/typing`, where the type checker finds `parcelflow` as a user's would.

May not install anything. Non-obvious choice: an editable install of a mapped namespace package is a finder hook that no type
checker can follow, and checking tests against the wheel proves the package list besides.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "build" / "typing"


def main() -> None:
    """Build and unpack."""
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, str(ROOT))
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command line
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(TARGET)
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)


if __name__ == "__main__":
    main()
