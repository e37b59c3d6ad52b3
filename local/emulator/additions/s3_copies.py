"""CopyObject: conditions on the destination, and what a copy keeps, drops and computes anew.

- If-Match and If-None-Match are judged against the destination (412, or 404 where If-Match finds nothing).
- The copy has the storage class that is asked for, STANDARD otherwise; the source's locks are not copied; the
  headers' are applied.
- The ETag of a copy is the MD5 of its content, as of any object written in one request, and its checksum is
  full-object; a copy onto itself that changes nothing is InvalidRequest.

AWS documentation: "CopyObject", Amazon S3 API Reference; "Copying, moving, and renaming objects", "Checking object
integrity in Amazon S3" and "Locking objects with Object Lock", Amazon S3 User Guide.
"""

import hashlib

from ministack.services import s3

from .cloudtrail_names import bucket_and_key
from .s3_writes import record_change

_CHANGES = ("x-amz-storage-class", "x-amz-website-redirect-location", "x-amz-server-side-encryption",
            "x-amz-checksum-algorithm")


def install() -> None:
    """Wraps CopyObject."""
    copy_object = s3._copy_object

    def copy(bucket_name, key, headers):
        bucket = s3._buckets.get(bucket_name)
        if bucket is not None:
            refused = s3._check_put_preconditions(headers, bucket["objects"].get(key))
            if refused is not None or (refused := _unchanged(bucket_name, key, headers)) is not None:
                return refused
        return _copy(copy_object, bucket_name, key, headers)

    s3._copy_object = copy


def _copy(copy_object, bucket_name, key, headers):
    algorithm = headers.get("x-amz-checksum-algorithm", "").upper()
    sent = {**headers, "x-amz-storage-class": headers.get("x-amz-storage-class") or "STANDARD"}

    def describe(record):
        if "-" in record["etag"]:
            record["etag"] = f'"{hashlib.md5(record["body"]).hexdigest()}"'
        names = [algorithm] if algorithm else list(record["checksums"])
        record["checksums"] = {name: value for name in names
                               if (value := s3._compute_s3_checksum(name, record["body"]))}
        record["checksum_type"] = "FULL_OBJECT" if record["checksums"] else None

    token = record_change.set(describe)
    try:
        status, answer, content = copy_object(bucket_name, key, sent)
    finally:
        record_change.reset(token)
    if status != 200:
        return status, answer, content
    record = s3._buckets[bucket_name]["objects"][key]
    version_id = record.get("version_id")
    if s3._bucket_versioning.get(bucket_name) not in ("Enabled", "Suspended"):
        describe(record)
    for store in (s3._object_retention, s3._object_legal_hold):
        store.pop((bucket_name, key, version_id), None)
    s3._apply_object_lock_from_headers(bucket_name, key, headers, version_id)
    return status, answer, _result(record)


def _result(record: dict) -> bytes:
    root = s3.Element("CopyObjectResult", xmlns=s3.S3_NS)
    s3.SubElement(root, "LastModified").text = record["last_modified"]
    s3.SubElement(root, "ETag").text = record["etag"]
    for name, value in record["checksums"].items():
        s3.SubElement(root, f"Checksum{name}").text = value
    if record["checksums"]:
        s3.SubElement(root, "ChecksumType").text = record["checksum_type"]
    return s3._xml_body(root)


def _unchanged(bucket_name: str, key: str, headers: dict):
    source, _, query = headers.get("x-amz-copy-source", "").partition("?")
    replaces = headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE"
    onto_itself = bucket_and_key("/" + s3.url_unquote(source).removeprefix("/")) == (bucket_name, key)
    if not onto_itself or replaces or query or any(headers.get(name) for name in _CHANGES):
        return None
    return s3._error("InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself "
                     "without changing the object's metadata, storage class, website redirect location or encryption "
                     "attributes.", 400)
