"""Limits and answers of S3 writes, and their events, which leave once the write is finished.

- A key of more than 1,024 bytes is KeyTooLongError; user metadata of more than 2,048 bytes is MetadataTooLarge.
- PutObject answers with the checksum it verified.
- An event leaves after the object's tags and locks are set, so that a reader it wakes finds them.
- User metadata outside ASCII reads back as an RFC 2047 encoded word.

AWS documentation: "Naming Amazon S3 objects", "Working with object metadata" and "Event message structure",
Amazon S3 User Guide; "PutObject", Amazon S3 API Reference; "Error responses", the same.
"""

import base64
import contextvars
import functools

from ministack.services import s3

_MOST_KEY_BYTES = 1_024
_MOST_METADATA_BYTES = 2_048
_held_events: contextvars.ContextVar[list | None] = contextvars.ContextVar("held_events", default=None)
# What a write still has to change in its record before its version is kept: a function of the record.
record_change: contextvars.ContextVar = contextvars.ContextVar("record_change", default=None)


def install() -> None:
    """Wraps the S3 router, its events, its version bookkeeping and its response headers."""
    dispatch, fire, put_object = s3._dispatch, s3._fire_s3_event_async, s3._put_object
    record_version, response_headers = s3._record_object_version, s3._object_response_headers

    @functools.wraps(dispatch)
    def limited_dispatch(method, bucket, key, headers, body, query_params):
        refused = _limit_refusal(method, key, headers)
        if refused is not None:
            return refused
        held: list = []
        token = _held_events.set(held)
        try:
            return dispatch(method, bucket, key, headers, body, query_params)
        finally:
            _held_events.reset(token)
            for args, kwargs in held:
                _fire_current(fire, args, kwargs)

    def hold_event(*args, **kwargs):
        held = _held_events.get()
        if held is None:
            fire(*args, **kwargs)
        else:
            held.append((args, kwargs))

    def put(bucket_name, key, body, headers):
        status, answer, content = put_object(bucket_name, key, body, headers)
        if status == 200:
            answer.update(checksum_headers(s3._buckets[bucket_name]["objects"][key]))
        return status, answer, content

    def record_changed_version(bucket_name, key, prior_obj, obj, data):
        change = record_change.get()
        if change is not None:
            change(obj)
        version_id = record_version(bucket_name, key, prior_obj, obj, data)
        versions = s3._object_versions.get((bucket_name, key))
        if versions:
            versions[-1]["checksum_type"] = obj.get("checksum_type")
        return version_id

    def encoded_response_headers(obj, *args, **kwargs):
        found = response_headers(obj, *args, **kwargs)
        return {name: _encoded_word(value) if name.startswith("x-amz-meta-") else value
                for name, value in found.items()}

    s3._dispatch, s3._fire_s3_event_async, s3._put_object = limited_dispatch, hold_event, put
    s3._record_object_version, s3._object_response_headers = record_changed_version, encoded_response_headers
    _keep_checksum_type()


def checksum_headers(record: dict) -> dict:
    """The x-amz-checksum-* headers that describe a stored object."""
    stored = record.get("checksums") or {}
    found = {f"x-amz-checksum-{name.lower()}": value for name, value in stored.items()}
    return {**found, "x-amz-checksum-type": record.get("checksum_type") or "FULL_OBJECT"} if found else {}


def _keep_checksum_type() -> None:
    from_version = s3._object_record_from_version

    def record_from_version(version):
        return {**from_version(version), "checksum_type": version.get("checksum_type"), "parts": version.get("parts")}

    s3._object_record_from_version = record_from_version


def _fire_current(fire, args, kwargs) -> None:
    """Fires an event with the ETag the object has now, which a copy may have changed since."""
    bucket_name, key, event_name = args[:3]
    record = (s3._buckets.get(bucket_name) or {"objects": {}})["objects"].get(key)
    if event_name.startswith("s3:ObjectCreated:") and record and "etag" in kwargs:
        kwargs = {**kwargs, "etag": record["etag"]}
    fire(*args, **kwargs)


def _limit_refusal(method: str, key: str, headers: dict):
    if len(key.encode()) > _MOST_KEY_BYTES:
        return s3._error("KeyTooLongError", "Your key is too long", 400)
    if method not in ("PUT", "POST"):
        return None
    metadata = s3._extract_user_metadata(headers)
    size = sum(len(name.removeprefix("x-amz-meta-").encode()) + len(value.encode()) for name, value in metadata.items())
    if size > _MOST_METADATA_BYTES:
        return s3._error("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", 400)
    return None


def _encoded_word(value: str) -> str:
    return value if value.isascii() else f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="
