"""The headers that tell a browser what it must not do, on every response alike."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from itsm_site.middleware.types import GetResponse

# No inline script or style anywhere, so neither a nonce nor a hash is needed.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_NO_STORE = "no-store"


class SecurityHeaders:
    """Set the headers above, HSTS on secure responses, and no-store on what only its reader may see."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in _ALWAYS.items():
            response[name] = value
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            response["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        if "Cache-Control" not in response and _is_personal(request):
            response["Cache-Control"] = _NO_STORE
        return response


def _is_personal(request: HttpRequest) -> bool:
    """Whether the request carried anything that says who asks, or the page may set it (sign-in)."""
    if request.path.startswith(settings.STATIC_URL):
        return False
    carries = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
    return carries or not request.path.startswith(("/api/schema", "/api/docs"))
