"""The product's own source, for tests that read it: files, and their syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("api", "changes", "cmdb", "incidents", "integrations", "itsm_site", "orgs", "problems", "timeline")


@cache
def modules() -> tuple[Path, ...]:
    """Every module of the product except migrations, which are records of the past."""
    found = (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")))
    return tuple(path for path in found if "migrations" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name(path: Path) -> str:
    """How a file is called in a message."""
    return path.relative_to(ROOT).as_posix()


def where(path: Path, node: ast.AST) -> str:
    """A place in a module, as an editor understands it."""
    return f"{name(path)}:{getattr(node, 'lineno', 1)}"


def calls(path: Path) -> Iterator[ast.Call]:
    """Every call in a module."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


@cache
def tracked_texts() -> tuple[Path, ...]:
    """Every file that git keeps or would keep and that is text."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = (ROOT / line for line in listed)
    return tuple(path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4096])
