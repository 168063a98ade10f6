"""Draw `docs/pictures/*.svg`, one for each machine; with `--check`, only say which are stale.

May not draw anything that a test does not compare. Non-obvious choice: the DOT text is what is compared, kept beside each
picture, because Graphviz's coordinates may differ between its builds while the machine has not changed.
"""

import sys
from pathlib import Path

from parcelflow.diagrams import dot, machine_picture, render
from parcelflow.machines import catalogue

FOLDER = Path(__file__).parent / "pictures"


def stale() -> list[str]:
    """Machines whose kept DOT text is not what they are now."""
    found: list[str] = []
    for kind, table in catalogue().items():
        file = FOLDER / f"{kind}.dot"
        if not file.is_file() or file.read_text() != dot(machine_picture(table)) or not file.with_suffix(".svg").is_file():
            found.append(kind)
    return found


def main() -> int:
    """Draw, or check."""
    if "--check" in sys.argv[1:]:
        found = stale()
        for kind in found:
            print(f"docs/pictures/{kind} is stale; run `make pictures`")
        return 1 if found else 0
    FOLDER.mkdir(exist_ok=True)
    for kind, table in catalogue().items():
        picture = machine_picture(table)
        (FOLDER / f"{kind}.dot").write_text(dot(picture))
        (FOLDER / f"{kind}.svg").write_bytes(render(picture))
    return 0


if __name__ == "__main__":
    sys.exit(main())
