"""`backdrop admin`: what operators do with their own AWS credentials."""

from __future__ import annotations

import click

from backdrop_cli.admin.erase import erase
from backdrop_cli.admin.restore import restore


@click.group()
def admin() -> None:
    """Look after a stack as its operator, with your own AWS credentials."""


admin.add_command(erase)
admin.add_command(restore)
