"""The admin's page of an import: choose files, see what they would change, commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from cmdb.commands import ImportReport, import_cis
from cmdb.imports import READERS, read
from cmdb.imports.batch import BODY_BYTES, RowFault
from orgs.errors import DomainError, Invalid
from orgs.neutral import neutral
from orgs.pages import PageRequest, refuse_other_organisation
from orgs.policy import allows

if TYPE_CHECKING:
    from orgs.admin_base import ReadOnlyAdmin

ROWS_SHOWN = 200
FORM_WORDS = {
    "json": "JSON, the product's own form",
    "csv": "CSV, the product's own form",
    "netbox": "NetBox pages",
    "servicenow": "ServiceNow answers",
    "backstage": "Backstage entities",
}


class _Files(forms.FileInput):
    """Several files at once: the pages of one listing."""

    allow_multiple_selected = True


class ImportForm(forms.Form):
    """What to import. What the files hold is judged by the import itself."""

    format = forms.CharField(
        label="Format", widget=forms.Select(choices=[(name, FORM_WORDS.get(name, name)) for name in READERS])
    )
    pages = forms.Field(
        label="Files",
        required=False,
        widget=_Files(attrs={"multiple": True}),
        help_text="All pages of one listing together, 5 MiB in all. After a preview, choose them again if they are gone.",
    )
    source = forms.CharField(
        label="Source", required=False, help_text="Its name, where there are several of one format. Usually empty."
    )
    complete = forms.BooleanField(
        label="Complete", required=False, help_text="Mark what the files no longer list as missing. Nothing is deleted."
    )
    strict = forms.BooleanField(label="All or nothing", required=False, help_text="Commit only when every row is good.")


def import_page(request: HttpRequest, model_admin: ReadOnlyAdmin) -> HttpResponse:
    """The form, and with files the report of a preview or of a commit."""
    page = cast(PageRequest, request)
    if not allows(page.actor, "ci.write"):
        raise PermissionDenied
    form = ImportForm(page.POST or None, auto_id="import-%s")
    context: dict[str, Any] = {
        "title": "Import configuration items",
        "form": form,
        "report": None,
        "refusal": None,
        "back": reverse("admin:cmdb_configurationitem_changelist"),
    }
    status = 200
    if page.method == "POST":
        refuse_other_organisation(page)
        try:
            context["report"] = _shown(_imported(page, form))
        except DomainError as refusal:
            context["refusal"], status = refusal, refusal.status
    request.current_app = model_admin.admin_site.name
    whole = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts, **context}
    return TemplateResponse(request, "admin/cmdb/configurationitem/import.html", whole, status=status)


def _imported(request: PageRequest, form: ImportForm) -> ImportReport:
    files = request.FILES.getlist("pages")
    if not files:
        raise Invalid.one("pages", "required", "Choose at least one file.")
    if not form.is_valid():
        raise Invalid.one("format", "required", "Choose a format.")
    wanted = form.cleaned_data
    batch = read(wanted["format"], [_bytes_of(file) for file in files], source=wanted["source"])
    return import_cis(
        actor=request.actor,
        batch=batch,
        commit=request.POST.get("do") == "commit",
        complete=wanted["complete"],
        strict=wanted["strict"],
    )


def _bytes_of(file: UploadedFile[Any]) -> bytes:
    content: bytes = file.read(BODY_BYTES + 1)
    return content


def _shown(report: ImportReport) -> dict[str, Any]:
    """The report for printing."""
    return {
        "committed": report.committed,
        "source": report.source,
        "counts": [{"word": action, "count": count} for action, count in report.counts.items()],
        "relations_added": report.relations_added,
        "relations_ended": report.relations_ended,
        "rows": [
            {
                "row": line.row or "",
                "name": neutral(line.name),
                "action": line.action,
                "fields": ", ".join(name.replace("_", " ") for name in line.changes),
            }
            for line in report.rows[:ROWS_SHOWN]
        ],
        "rows_left": max(0, sum(report.counts.values()) - report.counts["unchanged"] - ROWS_SHOWN),
        "faults": [_fault(fault) for fault in report.faults[:ROWS_SHOWN]],
        "faults_left": max(0, report.fault_count - ROWS_SHOWN),
        "notes": [_fault(note) for note in report.notes[:ROWS_SHOWN]],
    }


def _fault(fault: RowFault) -> dict[str, Any]:
    where = f"page {fault.page}, row {fault.row}" if fault.page > 1 else f"row {fault.row}"
    return {"where": where if fault.row else "", "field": neutral(fault.field), "message": neutral(fault.message)}
