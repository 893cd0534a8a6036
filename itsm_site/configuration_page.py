"""The page that documents the settings, made from the table that they are read by."""

from itertools import groupby

from itsm_site.environment import Variable, variables

_HEAD = """# Configuration

Opsledger is configured by environment variables alone. A file `.env` beside `manage.py` is read first; what the
environment itself says wins over it. Every command honours the same variables.

A variable that starts with `ITSM_` and is not listed here, or a value that cannot be read, stops the start with one
sentence and exit code 2. With `ITSM_ENV=production` the start is also refused while `ITSM_DEBUG` is on, the secret key
is missing, short or an example, a host is `*`, the public URL is not https, or the database password is a default one.

This page is written by `manage.py configuration --write`; a test keeps it equal to the code.
"""


def page() -> str:
    """The Markdown text of docs/configuration.md."""
    parts = [_HEAD]
    for group, rows in groupby(variables(), key=lambda row: row.group):
        parts.append(f"\n## {group}\n\n| variable | default | what it does |\n| --- | --- | --- |\n")
        parts.extend(_row(row) for row in rows)
    return "".join(parts)


def example() -> str:
    """The text of .env.example: every variable with its default, commented out."""
    lines = ["# Copy to .env and uncomment what you change. docs/configuration.md explains each.\n"]
    for group, rows in groupby(variables(), key=lambda row: row.group):
        lines.append(f"\n# {group}\n")
        lines.extend(f"#{row.name}={row.default}\n" for row in rows if row.name != "ITSM_ENV_FILE")
    return "".join(lines)


def _row(row: Variable) -> str:
    default = f"`{row.default}`" if row.default else ""
    return f"| `{row.name}` | {default} | {row.meaning.replace('|', '&#124;')} |\n"
