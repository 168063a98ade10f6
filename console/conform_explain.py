"""`parcelflow conform explain`: a check, a finding or a row in sentences.

May not judge a server, nor reach one. Non-obvious choice: what is no code is answered with all the checks there are; whoever asks
has a report before them, and mistyped.
"""

import click

from ..conformance.findings import CHECKS
from ..conformance.report import explained
from ..machines import BadSettingsError


@click.command()
@click.argument("code", metavar="CODE")
def explain(code: str) -> None:
    """Explain a check, a finding's id, or a row as D09: what must hold, and which line of the document says so."""
    sentences = list(explained(code))
    if not sentences:
        raise BadSettingsError(f"{code!r} is no check and no row; the checks are: {', '.join(CHECKS)}")
    for what, text in sentences:
        click.echo(f"{what:<12} {text}")
