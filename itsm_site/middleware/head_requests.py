"""HEAD answers what GET would have, without the body."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from itsm_site.middleware.types import GetResponse


class HeadRequests:
    """Drop the body and keep its length; gunicorn drops it too, with a warning for each."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method != "HEAD":
            return response
        if isinstance(response, HttpResponse):
            length = response.get("Content-Length", str(len(response.content)))
            response.content = b""
            response["Content-Length"] = length
        elif isinstance(response, StreamingHttpResponse):
            response.streaming_content = []
        return response
