"""Rules of the house that no linter knows, read off the syntax trees of the product."""

import ast
import re

from tests.source import ROOT, calls, modules, name, tracked_texts, tree, where

LONGEST_MODULE = 400
QUERY_METHODS = {"filter", "exclude", "get", "order_by", "annotate"}
# Where the default, fail-closed manager is stepped around, and why that is right there.
ALL_ORGS = {
    "orgs/tenancy.py": "defines it",
    "orgs/authentication.py": "a token or a session says which organisation; before that there is none",
    "timeline/events.py": "defines the events' own, which refuses update and delete too",
    "cmdb/models/change.py": "defines the history's own",
    "changes/models/planning.py": "the same for the history of freezes",
    "incidents/deadlines.py": "one sweep over what is due anywhere; each row is then fired inside its organisation",
    "integrations/intake/retention.py": "retention covers every organisation's bodies",
    "api/base/idempotency.py": "keys belong to principals, and retention covers all of them",
    "api/health.py": "the state of the installation, without a word about any organisation",
    "api/metrics.py": "sums over the installation, labelled by priority and state alone",
    "integrations/intake/calm.py": "one sweep over the quiet periods that end; each is then settled in its scope",
    "integrations/intake/drain.py": "workers claim what waits anywhere; each body is then applied in its scope",
    "integrations/intake/handover.py": "the same for alerts whose incidents must hear of them",
    "problems/recurrence.py": "one sweep over what waits anywhere; each is then compared inside its organisation",
    "itsm_site/watch.py": "the watchdog looks at the installation as a whole",
}
# The one place that may call a text safe, and why.
SAFE_TEXT = {"incidents/markdown.py": "nh3 has just cleaned it"}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools"}
# Names of hosts in two parts, so that this file does not contain what it looks for.
PACKAGE_INDEXES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry.npm" + "js.org",
    "deb.deb" + "ian.org",
    "--index" + "-url",
    "--extra-index" + "-url",
]


def offences(found):
    """`found` (a function of a module that yields what is wrong in it) over all modules."""
    return [offence for path in modules() for offence in found(path)]


def test_every_module_says_what_belongs_there():
    def found(path):
        text = ast.get_docstring(tree(path)) or ""
        if not text.split("\n\n")[0].rstrip().endswith((".", "?", "…")):
            yield name(path)

    assert not offences(found), "a module opens with a sentence, and a sentence has an end"


def test_every_module_is_short_enough_to_read():
    def found(path):
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_MODULE:
            yield name(path)

    assert not offences(found), "this holds more than one noun"


def test_every_module_is_called_by_a_noun_of_its_own():
    def found(path):
        if FORBIDDEN_NAMES & {path.stem, *path.relative_to(ROOT).parts[:-1]}:
            yield name(path)

    assert not offences(found)


def test_imports_stand_at_the_top():
    def found(path):
        for function in ast.walk(tree(path)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        yield where(path, node)

    assert not offences(found), "imports inside a function hide the order of the apps"


def test_nothing_happens_by_signal():
    def found(path):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    imported = f"{getattr(node, 'module', '')}.{alias.name}"
                    if re.match(r"(django|celery)\b.*\.(signals|dispatch)\b", imported):
                        yield where(path, node)

    assert not offences(found), "what follows from a change is called by name: a command, or a reactor in the settings"


def test_queries_across_organisations_are_listed_here():
    def found(path):
        for node in ast.walk(tree(path)):
            word = getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "name", None)
            unscoped = word in {"all_orgs_unsafe", "scopes_disabled", "_base_manager"}
            if unscoped and name(path) not in ALL_ORGS:
                yield where(path, node)

    assert not offences(found), "say in ALL_ORGS why this must see every organisation"


def test_the_list_of_exceptions_is_current():
    texts = {name(path): path.read_text(encoding="utf-8") for path in modules()}
    used = {path for path, text in texts.items() if "all_orgs_unsafe" in text or "scopes_disabled" in text}
    assert set(ALL_ORGS) <= used, f"no longer needed: {set(ALL_ORGS) - used}"


def test_no_text_is_called_safe():
    def found(path):
        for node in ast.walk(tree(path)):
            word = getattr(node, "attr", None) or getattr(node, "name", None)
            if word in {"mark_safe", "SafeText"} and name(path) not in SAFE_TEXT:
                yield where(path, node)

    assert not offences(found), "use a template or format_html"


def test_only_our_own_constants_are_formatted():
    def found(path):
        for call in calls(path):
            if isinstance(call.func, ast.Attribute):
                foreign = call.func.attr == "format" and not _is_constant(call.func.value)
                if foreign or call.func.attr == "format_map":
                    yield where(path, call)

    assert not offences(found), "str.format on a text of someone else's reads attributes and fills the memory"


def test_no_task_waits_inside_the_broker():
    def found(path):
        for call in calls(path):
            if any(word.arg in {"eta", "countdown"} for word in call.keywords):
                yield where(path, call)

    assert not offences(found), "what is due later is a row with a due_at: a broker may run it five times or never"


def test_no_filter_is_made_of_what_a_request_says():
    asked = re.compile(r"request|query_params|GET|POST|validated_data|\.data\b")

    def found(path):
        for call in calls(path):
            words = call.keywords if getattr(call.func, "attr", "") in QUERY_METHODS else []
            if any(word.arg is None and asked.search(ast.unparse(word.value)) for word in words):
                yield where(path, call)

    assert not offences(found)


def test_no_serializer_takes_whatever_the_model_has():
    def found(path):
        if re.search(r"""fields\s*=\s*["']__all__["']|exclude\s*=\s*\(\s*\)""", path.read_text(encoding="utf-8")):
            yield name(path)

    assert not offences(found)


def test_nothing_is_left_for_later():
    def found(path):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError", path.read_text(encoding="utf-8")):
            yield name(path)

    assert not offences(found)


def test_status_changes_go_through_a_command():
    def found(path):
        for call in calls(path):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "update":
                on_rows = re.search(r"objects|filter\(|all_orgs_unsafe|QuerySet", ast.unparse(call.func.value))
                if on_rows and any(word.arg == "status" for word in call.keywords):
                    yield where(path, call)

    assert not offences(found), "a status that is updated past its command leaves no event"


def test_every_lint_exception_gives_its_reason():
    bare = re.compile(r"#\s*noqa(:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*)?\s*$")

    def found(path):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if bare.search(line):
                yield f"{name(path)}:{number}"

    assert not offences(found)


def test_no_file_names_a_package_index():
    found = [
        f"{name(path)}: {host}"
        for path in tracked_texts()
        for host in PACKAGE_INDEXES
        if host in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert not found


def _is_constant(node):
    """A literal, an upper-case name, or a choice between such."""
    if isinstance(node, ast.IfExp):
        return _is_constant(node.body) and _is_constant(node.orelse)
    if isinstance(node, ast.Name):
        return node.id.isupper()
    if isinstance(node, ast.Attribute):
        return node.attr.isupper()
    return isinstance(node, ast.Constant)
