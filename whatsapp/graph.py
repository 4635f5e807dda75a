"""Meta's Graph API: send a message, mark as read, files, templates, phone numbers.

Sources: Meta's pages Service messages, Template management, Login security.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO
from urllib.parse import parse_qsl, quote, urlsplit

import orjson
import requests
from tenacity import retry_if_exception
from urllib3.filepost import encode_multipart_formdata

from whatsapp.graph_answers import SendAnswer, clear_answer, send_answer
from whatsapp.graph_failures import GraphFailure, Refused
from whatsapp.graph_media import MediaFacts, check_media_url, download, media_facts
from whatsapp.items import Json
from whatsapp.wire_values import objects
from wire.exchange import UNTIL_IT_LEAVES, WatchedBody, build_session, exchange
from wire.failures import NotSent, OutcomeUnknown
from wire.files import Downloaded
from wire.values import string

__all__ = [
    "GraphClient",
    "GraphFailure",
    "NotSent",
    "OutcomeUnknown",
    "Refused",
    "SendAnswer",
    "build_session",
]

TEMPLATE_FIELDS = "id,name,language,status,category,quality_score,parameter_format,components"
TEMPLATES_A_PAGE = 100
JSON_TYPE = "application/json"
MOST_PAGES = 100
"""An account has 250 templates at first and some thousands at most: more pages than this is a loop."""


class GraphClient:
    """The calls of one channel. As thread-safe as its session: share one session, make clients freely."""

    def __init__(
        self,
        *,
        base_url: str,
        version: str,
        access_token: str,
        app_secret: str | None,
        session: requests.Session | None = None,
        connect_timeout: float = 3.05,
        read_timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
        gives_up: Callable[[], bool] = lambda: False,
    ) -> None:
        """Keep what every call needs.

        Args:
            base_url: such as https://graph.facebook.com, without version.
            version: such as v26.0; an unversioned call would float.
            access_token: the system user's; blanks and line ends that came with pasting are dropped.
            app_secret: of the app that issued the token; given, every call proves its knowledge.
            session: to share connections; None makes one.
            connect_timeout: seconds; a little above 3, the first repeat of a lost SYN.
            read_timeout: seconds between bytes of the answer; must end well within a task's time limit.
            clock: Unix seconds; Meta refuses a proof that is five minutes off.
            gives_up: asked before what did not leave is tried again; True when the process is stopping.
        """
        self._base_url = f"{base_url.rstrip('/')}/{version}"
        self._access_token = "".join(access_token.split())
        self._app_secret = app_secret
        self._session = build_session() if session is None else session
        self._timeouts = (connect_timeout, read_timeout)
        self._clock = clock
        self._retrying = UNTIL_IT_LEAVES.copy(
            retry=retry_if_exception(lambda error: isinstance(error, NotSent) and not gives_up())
        )

    def __repr__(self) -> str:
        return f"GraphClient({self._base_url})"

    def send_message(self, phone_number_id: str, payload: Json) -> SendAnswer:
        """Send one message; `payload` is as `whatsapp.outgoing` builds it.

        Raises:
            NotSent: it did not leave, three times, or once when the process is stopping.
            OutcomeUnknown: it may have been sent. There is no idempotency key: do not repeat it blindly.
            Refused: Meta refused it.
        """
        return send_answer(self._until_it_leaves("POST", (phone_number_id, "messages"), {}, orjson.dumps(payload)))

    def message_templates(self, waba_id: str) -> list[Json]:
        """Return all templates of an account, every page.

        Raises:
            NotSent, OutcomeUnknown, Refused: as for a send; also OutcomeUnknown when a page points elsewhere.
        """
        path = (waba_id, "message_templates")
        parameters = {"fields": TEMPLATE_FIELDS, "limit": str(TEMPLATES_A_PAGE)}
        templates: list[Json] = []
        for _ in range(MOST_PAGES):
            page = self._get(path, parameters)
            templates.extend(objects(page.get("data")))
            following = _next_page(page)
            if following is None:
                return templates
            parameters |= {"after": self._cursor(following)}
        raise OutcomeUnknown("endless_pages")

    def phone_number(self, phone_number_id: str, fields: Sequence[str]) -> Json:
        """Return fields of a number. Ask for few: one that Meta does not know is error 100.

        Raises:
            NotSent, OutcomeUnknown, Refused: as for a send.
        """
        return self._get((phone_number_id,), {"fields": ",".join(fields)})

    def mark_read(self, phone_number_id: str, mark: Json) -> None:
        """Mark a customer's message as read; `mark` is as `whatsapp.outgoing_contents.read_mark` builds it.

        Raises:
            NotSent, OutcomeUnknown, Refused: as for a send; a repetition does no harm.
        """
        clear_answer(self._until_it_leaves("POST", (phone_number_id, "messages"), {}, orjson.dumps(mark)))

    def media(self, media_id: str) -> MediaFacts:
        """Return a file's facts with an address that lives five minutes.

        Raises:
            NotSent, OutcomeUnknown, Refused: as for a send; Refused also when the id has expired.
        """
        return media_facts(self._get((media_id,), {}))

    def download_media(self, facts: MediaFacts, into: IO[bytes], *, limit: int) -> Downloaded:
        """Write a file's bytes; arguments and errors as `whatsapp.graph_media.download`, and MediaRefusedError for an
        address that is not Meta's."""
        check_media_url(facts.url, self._base_url)
        return download(self._session, facts.url, self._access_token, into, limit=limit, timeouts=self._timeouts)

    def upload_media(self, phone_number_id: str, content: bytes, mime_type: str, filename: str) -> str:
        """Upload a file; return its id, which may be sent for 30 days.

        Raises:
            NotSent, OutcomeUnknown, Refused: as for a send; a repetition only makes another id.
        """
        body, content_type = encode_multipart_formdata(
            [("messaging_product", "whatsapp"), ("type", mime_type), ("file", (filename, content, mime_type))]
        )
        answer = clear_answer(self._until_it_leaves("POST", (phone_number_id, "media"), {}, body, content_type))
        media_id = string(answer.get("id"))
        if media_id is None:
            raise OutcomeUnknown("no_media_id")
        return media_id

    def _get(self, path: Sequence[str], parameters: Mapping[str, str]) -> Json:
        return clear_answer(self._until_it_leaves("GET", path, parameters, None))

    def _until_it_leaves(
        self,
        method: str,
        path: Sequence[str],
        parameters: Mapping[str, str],
        body: bytes | None,
        content_type: str = JSON_TYPE,
    ) -> requests.Response:
        return self._retrying(self._once, method, path, parameters, body, content_type)

    def _once(
        self,
        method: str,
        path: Sequence[str],
        parameters: Mapping[str, str],
        body: bytes | None,
        content_type: str,
    ) -> requests.Response:
        request = requests.Request(
            method,
            "/".join((self._base_url, *(quote(part, safe="") for part in path))),
            headers=self._headers(content_type),
            params={**parameters, **self._proof()},
            data=None if body is None else WatchedBody(body),
        )
        return exchange(self._session, request, self._timeouts)

    def _headers(self, content_type: str) -> dict[str, str | bytes]:
        return {
            "Authorization": f"Bearer {self._access_token}".encode(),
            "Content-Type": content_type,
            "Accept": JSON_TYPE,
            "User-Agent": "paperboy",
        }

    def _proof(self) -> dict[str, str]:
        """Return proof of the app secret; it is valid for five minutes, hence made for each attempt."""
        if not self._app_secret:
            return {}
        now = str(int(self._clock()))
        proof = hmac.new(self._app_secret.encode(), f"{self._access_token}|{now}".encode(), hashlib.sha256)
        return {"appsecret_proof": proof.hexdigest(), "appsecret_time": now}

    def _cursor(self, following: str) -> str:
        """Return the next page's cursor. The URL is data from outside and may hold a token: never called."""
        ours = urlsplit(self._base_url)
        if not following.startswith(f"{ours.scheme}://{ours.netloc}/"):
            raise OutcomeUnknown("foreign_page")
        after = dict(parse_qsl(urlsplit(following).query)).get("after")
        if after is None:
            raise OutcomeUnknown("page_without_cursor")
        return after


def _next_page(page: Json) -> str | None:
    paging = page.get("paging")
    return string(paging.get("next")) if isinstance(paging, dict) else None
