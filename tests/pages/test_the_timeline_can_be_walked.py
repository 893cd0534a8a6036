"""The timeline: every event has its words and its address, long ones come in pages, and it can be read as of a moment."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine

from incidents import commands
from incidents.models import Incident, IncidentEvent
from incidents.views.timeline import PAGE_SIZE
from incidents.wording import KINDS, describe, kind_of
from orgs.clock import now
from orgs.tenancy import org_scope
from timeline.payloads import known_codes

NUMBER = re.compile(r'id="e(\d+)"')
MANY = 50_000


def numbers(client, url):
    return [int(found) for found in NUMBER.findall(client.get(url).content.decode())]


def stretched(world, row, count):
    """The same incident with a very long stream; the chain does not matter to a reader."""
    with org_scope(world.org):
        last = row.events.order_by("-seq").first()
        payload = {
            "signal_id": str(uuid4()), "key": "k", "signal_type": "ALERT", "source": "s", "summary": "Again",
            "correlation_key": "", "trace_id": "", "service_name": "", "environment": "", "data": "null",
            "ts": last.payload.get("ts") or "2026-01-01T00:00:00.000000Z", "firing": True,
        }  # fmt: skip
        events = [
            IncidentEvent(
                org_id=world.org.pk, aggregate_id=row.pk, seq=last.seq + at, type="INCIDENT_SIGNAL_INGESTED",
                payload=payload, personal_digest="", actor_kind="integration", actor_ref="s",
                occurred_at=last.recorded_at, recorded_at=last.recorded_at, hash="x",
            )
            for at in range(1, count + 1)
        ]  # fmt: skip
        IncidentEvent.objects.bulk_create(events, batch_size=2_000)
    return last.seq + count


def test_every_event_type_has_words(world):
    spoken = {kind_of(name) for name in known_codes() if name.startswith("INCIDENT_")}
    assert spoken == set(KINDS)
    with org_scope(world.org):
        for event in IncidentEvent.objects.all():
            words = describe(event)
            assert words.what
            assert words.what != event.type


def test_every_event_of_a_record_is_on_its_timeline(world, ada):
    row = world.incidents["rich"]
    with org_scope(world.org):
        last = Incident.objects.get(pk=row.pk).version
    assert numbers(ada, f"/incidents/{row.reference}") == list(range(last, 0, -1))


def test_filters_show_their_kind_and_nothing_else(world, ada):
    row = world.incidents["rich"]
    with org_scope(world.org):
        kinds = {event.seq: kind_of(event.type) for event in row.events.all()}
    for kind in KINDS:
        found = numbers(ada, f"/incidents/{row.reference}?show={kind}")
        assert found == sorted((seq for seq, of in kinds.items() if of == kind), reverse=True), kind


@pytest.mark.parametrize("query", ["?show=x", "?before=x", "?event=-1", "?tab=x", "?as_of=yesterday", "?offset=1e9"])
def test_an_odd_address_is_refused(world, ada, query):
    assert ada.get(f"/incidents/{world.incidents['rich'].reference}{query}").status_code == 400


@pytest.mark.slow
def test_a_timeline_of_fifty_thousand_events_comes_in_pages(world, ada, django_assert_max_num_queries):
    row = world.incidents["other"]
    last = stretched(world, row, MANY)
    with django_assert_max_num_queries(16):
        answer = ada.get(f"/incidents/{row.reference}")
    first = [int(found) for found in NUMBER.findall(answer.content.decode())]
    assert first == list(range(last, last - PAGE_SIZE, -1))
    assert len(answer.content) < 100_000
    older = re.search(r'href="([^"]+)" rel="next"', answer.content.decode())[1]
    assert numbers(ada, older.replace("&amp;", "&"))[0] == first[-1] - 1


def test_a_permanent_address_shows_its_event_wherever_it_is(world, ada):
    row = world.incidents["other"]
    stretched(world, row, 3 * PAGE_SIZE)
    for number in (1, 2, PAGE_SIZE, 2 * PAGE_SIZE, 3 * PAGE_SIZE):
        assert number in numbers(ada, f"/incidents/{row.reference}?event={number}"), number


def test_runs_of_signals_are_folded_but_not_hidden(world, ada):
    row = world.incidents["other"]
    stretched(world, row, 10)
    page = ada.get(f"/incidents/{row.reference}").content.decode()
    assert "10 signals, numbers" in page
    assert len(NUMBER.findall(page)) == row.version + 10


def test_as_of_a_moment_the_record_is_what_was_known_then(world, ada):
    start = now() - timedelta(hours=2)
    with time_machine.travel(start, tick=False) as clock:
        row = commands.create_incident(actor=world.actor, title="First title", severity="P3")
        clock.shift(timedelta(minutes=10))
        commands.change_severity(actor=world.actor, incident=row.pk, to="P1")
        clock.shift(timedelta(minutes=10))
        commands.update_incident(actor=world.actor, incident=row.pk, changes={"title": "Second title"})
    url = f"/incidents/{row.reference}"
    for minutes, title, severity in ((5, "First title", "P3"), (15, "First title", "P1"), (25, "Second title", "P1")):
        at = (start + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        for query in (f"?as_of={at}", f"?offset={minutes * 60}"):
            page = ada.get(url + query).content.decode()
            assert f"<h1>{title}</h1>" in page
            assert f'class="sev {severity}"' in page
            assert "Nothing can be changed here." in page
            assert "/do" not in page
    assert ada.get(f"{url}?as_of=2020-01-01T00:00:00Z").status_code == 404


def test_why_a_deadline_stands_where_it_does_is_told_step_by_step(world, ada):
    page = ada.get(f"/incidents/{world.incidents['rich'].reference}/why").content.decode()
    for words in ("opened it as P1 Critical", "acknowledged it", "put it on hold"):
        assert words in page


def test_the_ledger_mark_tells_the_truth(world, ada):
    row = world.incidents["rich"]
    assert "Ledger verified" in ada.get(f"/incidents/{row.reference}/verified").content.decode()
    with org_scope(world.org):
        Incident.objects.filter(pk=row.pk).update(title="Forged", head_hash="0" * 64)
    assert "does not verify" in ada.get(f"/incidents/{row.reference}/verified").content.decode()


def test_raw_events_are_shown_as_they_stand(world, ada):
    row = world.incidents["rich"]
    page = ada.get(f"/incidents/{row.reference}?tab=events").content.decode()
    with org_scope(world.org):
        for event in row.events.all():
            assert event.hash in page
    assert page.count("<details") >= row.version


def test_a_signal_shows_its_payload_and_why_it_is_here(world, ada):
    row = world.incidents["rich"]
    assert "The incident was opened by it." in ada.get(f"/incidents/{row.reference}?tab=signals").content.decode()
    page = ada.get(f"/incidents/{row.reference}/signals/{world.signal}").content.decode()
    assert json.dumps("x").replace('"', "&quot;") in page


def test_a_room_hears_only_of_news(world, ada):
    row = world.incidents["open"]
    url = f"/incidents/{row.reference}/pulse"
    assert ada.get(url, {"since": row.version}).status_code == 204
    commands.acknowledge(actor=world.actor, incident=row.pk)
    news = ada.get(url, {"since": row.version}).content.decode()
    assert "1 new, show" in news
    assert "st-acknowledged" in news
    assert f"since={row.version + 1}" in news
