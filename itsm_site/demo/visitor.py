"""Somebody who comes over HTTP: a small client that keeps cookies as a browser does, or presents a key."""

from __future__ import annotations

import contextlib
import http.client
import json
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT = 15.0
MOST_REDIRECTS = 5


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 where nothing did, with the reason as its body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        with contextlib.suppress(ValueError):
            return json.loads(self.body)
        return None


class Visitor:
    """One client of one installation; ``key`` is an API key, without it only cookies tell who it is."""

    def __init__(self, host: str, port: int, key: str = "") -> None:
        self.host, self.port, self.key = host, port, key
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        """Read, following redirects."""
        answer = self.call("GET", path)
        for _ in range(MOST_REDIRECTS):
            if answer.status not in (301, 302, 303, 307):
                break
            target = urlsplit(answer.headers.get("location", "/"))
            answer = self.call("GET", target.path + (f"?{target.query}" if target.query else ""))
        return answer

    def send(self, method: str, path: str, value: Any) -> Answer:
        """Send a JSON value."""
        return self.call(method, path, json.dumps(value).encode(), "application/json")

    def submit(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form as a page of this host would."""
        return self.call("POST", path, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def call(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Answer:
        """One request and its answer, as it comes."""
        headers = {"Host": f"localhost:{self.port}"}
        if content_type:
            headers["Content-Type"] = content_type
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers["Origin"] = f"http://localhost:{self.port}"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            came = connection.getresponse()
            self._keep(came.headers.get_all("Set-Cookie") or [])
            return Answer(came.status, {name.lower(): value for name, value in came.getheaders()}, came.read())
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, {}, str(error).encode())
        finally:
            connection.close()

    def _keep(self, given: list[str]) -> None:
        for line in given:
            for name, morsel in SimpleCookie(line).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden" and given.get("name"):
            self.found[str(given["name"])] = given.get("value") or ""


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms, the token against forged requests among them."""
    parser = _Fields()
    parser.feed(page)
    return parser.found
