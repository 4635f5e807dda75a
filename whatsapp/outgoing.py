"""Bodies of `POST /{phone-number-id}/messages` (Meta: Service messages, Template messages)."""

from collections.abc import Mapping, Sequence

from whatsapp.items import Json

CALLBACK_DATA_LIMIT = 512
"""Characters of biz_opaque_callback_data. Every app on the account gets it back: no personal data."""


def template_message(
    to: str | None,
    name: str,
    language: str,
    *,
    header: Json | None = None,
    body_parameters: Sequence[str] | Mapping[str, str] = (),
    buttons: Sequence[Json] = (),
    callback_data: str | None = None,
    context_wamid: str | None = None,
    recipient: str | None = None,
) -> Json:
    """Return a template message, the only kind that may start a conversation.

    Args:
        to: phone number, E.164; None when only a BSUID is known.
        name: of the approved template.
        language: exactly the code it was approved in, else error 132001.
        header: one of text_header, image_header, video_header, document_header.
        body_parameters: the values in order, or by name for a template whose parameters are named.
        buttons: url_button, quick_reply_button and flow_button, in any order.
        callback_data: what receipts shall bring back; at most 512 characters.
        context_wamid: the message this answers.
        recipient: BSUID; used only without `to`.

    Raises:
        ValueError: neither `to` nor `recipient`, or too long callback data.
    """
    template: Json = {"name": name, "language": {"code": language}}
    components = [
        *([{"type": "header", "parameters": [header]}] if header else ()),
        *([{"type": "body", "parameters": _text_parameters(body_parameters)}] if body_parameters else ()),
        *buttons,
    ]
    if components:
        template["components"] = components
    return _message(to, recipient, "template", template, callback_data=callback_data, context_wamid=context_wamid)


def text_message(
    to: str | None,
    body: str,
    *,
    preview_url: bool = False,
    callback_data: str | None = None,
    context_wamid: str | None = None,
    recipient: str | None = None,
) -> Json:
    """Return a text of at most 4,096 characters; allowed for 24 hours after the customer wrote.

    Raises:
        ValueError: neither `to` nor `recipient`, or too long callback data.
    """
    text = {"body": body, "preview_url": preview_url}
    return _message(to, recipient, "text", text, callback_data=callback_data, context_wamid=context_wamid)


def addressed(
    content: Json,
    *,
    to: str | None,
    recipient: str | None,
    callback_data: str,
    context_wamid: str | None = None,
) -> Json:
    """Return a stored message body with its addressee.

    Args:
        content: {"type": T, T: {…}}, as it is kept of a message.
        to, recipient, callback_data, context_wamid: as for `template_message`.

    Raises:
        ValueError: neither `to` nor `recipient`, or too long callback data.
    """
    kind = content["type"]
    return _message(to, recipient, kind, content[kind], callback_data=callback_data, context_wamid=context_wamid)


def text_header(text: str, parameter_name: str | None = None) -> Json:
    """Return the value of a text header's one variable."""
    return _text_parameter(text, parameter_name)


def image_header(link: str) -> Json:
    """Return an image header; Meta fetches the link."""
    return {"type": "image", "image": {"link": link}}


def video_header(link: str) -> Json:
    """Return a video header; Meta fetches the link."""
    return {"type": "video", "video": {"link": link}}


def document_header(link: str, filename: str | None = None) -> Json:
    """Return a document header: PDF only, no caption. Meta fetches the link and keeps it for ten minutes."""
    return {"type": "document", "document": {"link": link, **({"filename": filename} if filename else {})}}


def url_button(index: int, suffix: str) -> Json:
    """Return the variable end of a URL button's address, percent-encoded; Meta inserts it as it is."""
    return _button("url", index, {"type": "text", "text": suffix})


def quick_reply_button(index: int, payload: str) -> Json:
    """Return what a quick-reply button sends back; at most 256 characters."""
    return _button("quick_reply", index, {"type": "payload", "payload": payload})


def flow_button(index: int, flow_token: str) -> Json:
    """Return a button that opens a flow."""
    return _button("flow", index, {"type": "action", "action": {"flow_token": flow_token}})


def _button(sub_type: str, index: int, parameter: Json) -> Json:
    return {"type": "button", "sub_type": sub_type, "index": str(index), "parameters": [parameter]}


def _text_parameters(parameters: Sequence[str] | Mapping[str, str]) -> list[Json]:
    if isinstance(parameters, Mapping):
        return [_text_parameter(text, name) for name, text in parameters.items()]
    return [_text_parameter(text, None) for text in parameters]


def _text_parameter(text: str, name: str | None) -> Json:
    return {"type": "text", **({"parameter_name": name} if name else {}), "text": text}


def _message(
    to: str | None,
    recipient: str | None,
    kind: str,
    content: Json,
    *,
    callback_data: str | None,
    context_wamid: str | None,
) -> Json:
    message: Json = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_addressee(to, recipient),
        "type": kind,
        kind: content,
    }
    if context_wamid:
        message["context"] = {"message_id": context_wamid}
    if callback_data:
        if len(callback_data) > CALLBACK_DATA_LIMIT:
            raise ValueError(f"callback data is longer than {CALLBACK_DATA_LIMIT} characters")
        message["biz_opaque_callback_data"] = callback_data
    return message


def _addressee(to: str | None, recipient: str | None) -> Json:
    """A number without `+` would get the sending number's own country code put before it."""
    if to:
        return {"to": f"+{to.removeprefix('+')}"}
    if recipient:
        return {"recipient": recipient}
    raise ValueError("a message needs a phone number or a BSUID")
