"""Requests that a REST API meets in the wild and must answer cleanly (list E of the reliability page), as data."""

from __future__ import annotations

# E5: what may stand where an id belongs.
IDENTS = [
    "0",
    "-1",
    str(2**63),
    "%00",
    "..%2f..%2fetc",
    "1e1",
    "%7Bid%7D",
    "{7f0c1f0e-8d5b-4a55-9c39-0f2a3c2a6a11}",
    "7f0c1f0e8d5b4a559c390f2a3c2a6a11",
    "urn:uuid:7f0c1f0e-8d5b-4a55-9c39-0f2a3c2a6a11",
    "INC-20261120-",
    "INC-%F0%9F%98%80",
    "INC-" + "9" * 300,
    "%ff%fe",
    "%E2%80%8B",
    "null",
    "None",
    "true",
    "*",
    "a" * 2000,
]

# E17: titles that are none.
TITLES = ["", " ", "\t\n", "\u200b", "\u200b\u2060\ufeff", "\u00a0", "\u2800", "x" * 501]

# E31: what may stand in If-Match, and what it means for a record at version 7.
IF_MATCH = [
    ("*", 200),
    ('"7"', 200),
    ('"6"', 412),
    ('"8"', 412),
    ('W/"7"', 412),
    ('"abc"', 412),
    ('""', 412),
    ("7", 400),
    ('"7', 400),
    ('"7", "8"', 400),
    ("", 400),
    ('"' + "9" * 400 + '"', 412),
]

# E32: what may not stand in Idempotency-Key.
IDEMPOTENCY_KEYS = ["", " ", "k" * 256, "ké", "😀", "a\tb", " leading", "trailing "]

# E38: Accept headers that JSON satisfies, and that it does not.
ACCEPTED = ["*/*", "application/json", "application/*", "text/html, application/json;q=0.1", "application/problem+json"]
UNACCEPTABLE = ["application/xml", "text/html", "application/json;q=0", "nonsense", "a/b;q=zz, " * 500]

# E40 to E50: query strings. Each must be refused, or (the second list) answer an ordinary page.
QUERIES_REFUSED = [
    "status[]=open",
    "status=",
    "status=OPEN%00",
    "limit=1&limit=2",
    "cursor=x",
    "cursor=" + "A" * 900,
    "cursor=eJxLBAAAQgBC%3Aaaaa%3Abbbb",
    "ordering=password",
    "created_after=NaN",
    "created_after=2026-02-30",
    "created_after=2026-11-20T25:00:00Z",
    "created_after=2026-11-20T08:00:00",
    "created_after=2026-11-20T08:00:00%2B99:99",
    "created_after=0000-01-01",
    "created_after=10000-01-01",
    "created_after=99999999999",
    "q=",
    "q=%00",
    "q=" + "x" * 201,
    "created_at__gte=2026-01-01",
    "&".join(f"p{n}=1" for n in range(500)),
]
QUERIES_TAKEN = [
    "status=open&status=closed",
    "q=%25",
    "q=_",
    "q='",
    "q=%5C",
    "q=%22%29%20OR%201%3D1",
    "q=%F0%9F%98%80",
    "created_after=2026-11-20",
    "created_after=2026-11-20T08:00:00Z",
    "created_after=2026-11-20T08:00:00+02:00",
    "created_after=2026-11-20T08:00:00-16:29",
    "created_before=2026-11-20T08:00:00%2B23:59",
    "created_after=0002-01-01&created_before=9998-12-31",
]
