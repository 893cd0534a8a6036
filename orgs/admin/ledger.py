"""The seals over an organisation's ledger, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from orgs.admin_base import ReadOnlyAdmin
from orgs.models import Checkpoint
from orgs.pages import PageRequest

HEADS_SHOWN = 100


@admin.register(Checkpoint)
class CheckpointAdmin(ReadOnlyAdmin):
    """Checkpoints are made by beat and never changed; a database trigger says the same."""

    view_action = "ledger.read"
    list_display = ("number", "sealed_at", "fingerprint")
    list_display_links = ("number",)
    ordering = ("-number",)
    fields = ("number", "sealed_at", "hash", "prev_hash")
    change_form_template = "admin/orgs/checkpoint/record.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the heads, of which a seal may hold twenty thousand."""
        return super().get_queryset(request).defer("heads")

    @admin.display(description="Hash")
    def fingerprint(self, row: Checkpoint) -> SafeString:
        """The first characters of the hash; the record has all of it."""
        return format_html('<span class="mono small">{}…</span>', row.hash[:20])

    def more_context(self, request: PageRequest, obj: Any) -> dict[str, Any]:
        """The records that were sealed, as far as a page goes."""
        heads = list(obj.heads.items())
        return {
            "title": f"Checkpoint {obj.number}",
            "heads": [
                {"record": pk, "kind": kind, "seq": seq, "hash": head} for pk, (kind, seq, head) in heads[:HEADS_SHOWN]
            ],
            "heads_in_all": len(heads),
        }
