"""Pages of ListKeys and ListAliases, which the emulator cuts without a marker, or answers whole.

AWS documentation: "ListKeys" and "ListAliases", AWS KMS API Reference.
"""

import json
import sys

from ministack.core.responses import error_response_json, json_response
from ministack.services import kms


def install() -> None:
    """Wraps both operations, with their own default and largest length of a page."""
    kms._list_keys = _paged(kms._list_keys, "Keys", default=100, most=1000)
    kms._list_aliases = _paged(kms._list_aliases, "Aliases", default=50, most=100)


def _paged(list_all, member: str, default: int, most: int):
    def answer(data):
        limit, marker = data.get("Limit") or default, data.get("Marker") or "0"
        if not 1 <= limit <= most:
            return error_response_json("ValidationException", f"1 validation error detected: Value '{limit}' at "
                                       "'limit' failed to satisfy constraint.", 400)
        if not marker.isdecimal():
            return error_response_json("InvalidMarkerException", "The marker is not one of this list.", 400)
        status, headers, body = list_all({**data, "Limit": sys.maxsize})
        if status != 200:
            return status, headers, body
        start, items = int(marker), json.loads(body)[member]
        page = {member: items[start:start + limit], "Truncated": start + limit < len(items)}
        if page["Truncated"]:
            page["NextMarker"] = str(start + limit)
        return json_response(page)

    return answer
