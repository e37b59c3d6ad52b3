"""Ranges and response overrides on a read that names a version, which the emulator answers whole; the tags of a
version that a delete marker hides, which it does not find.

AWS documentation: "GetObject" (Range, versionId, response-* parameters) and "GetObjectTagging" (versionId), Amazon S3
API Reference.
"""

from ministack.services import s3


def install() -> None:
    """Wraps GetObject and GetObjectTagging."""
    get_object, get_object_tagging = s3._get_object, s3._get_object_tagging

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

    def get_tagging(bucket_name, key, query_params=None):
        bucket, version = s3._ensure_bucket(bucket_name), s3._qp(query_params or {}, "versionId")
        if bucket is None or not version or key in bucket["objects"]:
            return get_object_tagging(bucket_name, key, query_params)
        gone = s3._no_such_version(bucket_name, key, query_params)
        if gone is not None:
            return gone
        root = s3.Element("Tagging", xmlns=s3.S3_NS)
        tag_set = s3.SubElement(root, "TagSet")
        for name, value in s3._object_tags.get((bucket_name, key, version), {}).items():
            tag = s3.SubElement(tag_set, "Tag")
            s3.SubElement(tag, "Key").text, s3.SubElement(tag, "Value").text = name, value
        return 200, {"Content-Type": "application/xml", "x-amz-version-id": version}, s3._xml_body(root)

    s3._get_object, s3._get_object_tagging = get, get_tagging
