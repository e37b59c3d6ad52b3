"""The error code and message of an answer, in whichever of AWS's protocols it is written."""

import json
import re

_XML_CODE = re.compile(r"<Code>([^<]*)</Code>")
_XML_MESSAGE = re.compile(r"<Message>([^<]*)</Message>")
_HEAD_CODES = {403: "AccessDenied", 404: "NoSuchKey", 412: "PreconditionFailed"}


def error_of(status: int, headers: dict, body) -> tuple[str, str] | None:
    """``(code, message)`` of a refusal, or None for an answer below 400."""
    if status < 400:
        return None
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    if text.startswith("{"):
        try:
            parsed = json.loads(text)
        except json.JSONDecodeError:
            parsed = {}
        code = str(parsed.get("__type", "")).rsplit("#", 1)[-1]
        message = str(parsed.get("message") or parsed.get("Message") or "")
    else:
        found, said = _XML_CODE.search(text), _XML_MESSAGE.search(text)
        code, message = found.group(1) if found else "", said.group(1) if said else ""
    if code.startswith("AccessDenied"):
        code = "AccessDenied"
    return code or _HEAD_CODES.get(status, str(status)), message
