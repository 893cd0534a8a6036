"""No template carries a script, a style or a handler inline, and none calls a text safe."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))

INLINE = {
    "an inline handler": re.compile(r"""<[^>]*\son\w+\s*=\s*["']""", re.IGNORECASE),
    "an inline style": re.compile(r"""<[^>]*\sstyle\s*=""", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "an expression for htmx to evaluate": re.compile(r"""hx-on|hx-vals\s*=\s*["']js:|hx-trigger="[^"]*\["""),
    "a text called safe": re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off|\|\s*safeseq\b"),
    "something from elsewhere": re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//"""),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_has_nothing_inline(path):
    text = path.read_text(encoding="utf-8")
    found = [what for what, pattern in INLINE.items() if pattern.search(text)]
    assert not found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_posting_form_carries_our_token(path):
    text = path.read_text(encoding="utf-8")
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL):
        parts = [form, *((ROOT / "templates" / name).read_text() for name in re.findall(r'include "([\w/.]+)"', form))]
        assert any("{% csrf_token %}" in part for part in parts)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_writes_no_markup_and_evaluates_nothing(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// "), "say on the first line what the script is for"
    assert not re.search(r"innerHTML\s*=|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)


def test_the_stylesheets_reach_for_nothing_elsewhere():
    for path in (ROOT / "static" / "css").glob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*['\"]?(?:https?:|//|data:)", text)
