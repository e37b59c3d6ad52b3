"""Ranges and response overrides on a read that names a version, which the emulator answers whole.

AWS documentation: "GetObject" (Range, versionId, response-* parameters), Amazon S3 API Reference.
"""

from ministack.services import s3


def install() -> None:
    """Wraps GetObject."""
    get_object = s3._get_object

    def get(bucket_name, key, headers, query_params=None):
        query_params = query_params or {}
        status, answer, body = get_object(bucket_name, key, headers, query_params)
        if status != 200 or not s3._qp(query_params, "versionId"):
            return status, answer, body
        s3._apply_response_overrides(answer, query_params)
        wanted = headers.get("range", "")
        if not wanted:
            return status, answer, body
        found = s3._parse_range(wanted, len(body))
        if found is None:
            return 416, {"Content-Type": "application/xml", "Content-Range": f"bytes */{len(body)}"}, s3._xml_body(
                s3._range_error_xml(bucket_name, key))
        first, last = found
        answer = {name: value for name, value in answer.items() if not name.startswith("x-amz-checksum-")}
        answer["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
        answer["Content-Length"] = str(last - first + 1)
        return 206, answer, body[first:last + 1]

    s3._get_object = get
