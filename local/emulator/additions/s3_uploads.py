"""Multipart uploads: full-object checksums, tags and locks given at the start, part sizes and part order.

- ChecksumType FULL_OBJECT: the checksum of the whole content, verified at completion where it is sent; SHA-1 and
  SHA-256 have none (InvalidRequest), CRC64NVME has no other.
- Every part but the last has at least 5 MiB (EntityTooSmall); parts are listed in ascending order
  (InvalidPartOrder).

AWS documentation: "Checking object integrity in Amazon S3" and "Amazon S3 multipart upload limits", Amazon S3
User Guide; "CreateMultipartUpload" and "CompleteMultipartUpload", Amazon S3 API Reference.
"""

import re

from ministack.services import s3

from .s3_writes import record_change

_LEAST_PART_BYTES = 5 * 1024 * 1024
_UPLOAD_ID = re.compile(rb"<UploadId>([^<]+)</UploadId>")
_PART_NUMBER = re.compile(rb"<PartNumber>\s*(\d+)\s*</PartNumber>")
_KEPT_HEADERS = ("x-amz-tagging", "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date",
                 "x-amz-object-lock-legal-hold")


def install() -> None:
    """Wraps CreateMultipartUpload and CompleteMultipartUpload."""
    create_upload, complete_upload = s3._create_multipart_upload, s3._complete_multipart_upload

    def create(bucket_name, key, headers):
        algorithm, refused = s3._resolve_multipart_checksum_algorithm(headers)
        kind = headers.get("x-amz-checksum-type", "").upper() or (
            "FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE")
        if refused is None and algorithm and (kind == "FULL_OBJECT") == algorithm.startswith("SHA") and (
                kind == "FULL_OBJECT"):
            return s3._error("InvalidRequest", f"The {kind} checksum type cannot be used with the {algorithm.lower()} "
                             "checksum algorithm.", 400)
        status, answer, body = create_upload(bucket_name, key, headers)
        if status == 200:
            upload = s3._multipart_uploads[_UPLOAD_ID.search(body).group(1).decode()]
            upload["kept_headers"] = {name: headers[name] for name in _KEPT_HEADERS if headers.get(name)}
            upload["checksum_type"] = kind if algorithm else None
            if algorithm:
                answer["x-amz-checksum-type"] = kind
        return status, answer, body

    def complete(bucket_name, key, body, query_params, headers=None):
        headers = headers or {}
        upload = s3._multipart_uploads.get(s3._qp(query_params, "uploadId"))
        if upload is None:
            return complete_upload(bucket_name, key, body, query_params, headers)
        refused = _parts_refusal(upload, body) or _checksum_refusal(upload, body, headers)
        if refused is not None:
            return refused
        return _complete(complete_upload, upload, bucket_name, key, body, query_params, headers)

    s3._create_multipart_upload, s3._complete_multipart_upload = create, complete


def _complete(complete_upload, upload, bucket_name, key, body, query_params, headers):
    algorithm, full = upload["checksum_algorithm"], upload.get("checksum_type") == "FULL_OBJECT"
    checksum = _full_checksum(upload, body) if full else None
    if full:
        upload["checksum_algorithm"] = None
        headers = {name: value for name, value in headers.items() if not name.startswith("x-amz-checksum-")}

    def add_checksum(record):
        if checksum:
            record["checksums"], record["checksum_type"] = {algorithm: checksum}, "FULL_OBJECT"

    token = record_change.set(add_checksum)
    try:
        status, answer, content = complete_upload(bucket_name, key, body, query_params, headers)
    finally:
        record_change.reset(token)
        upload["checksum_algorithm"] = algorithm
    if status != 200:
        return status, answer, content
    if checksum:
        added = (f"<Checksum{algorithm}>{checksum}</Checksum{algorithm}><ChecksumType>FULL_OBJECT</ChecksumType>"
                 "</CompleteMultipartUploadResult>").encode()
        content = content.replace(b"</CompleteMultipartUploadResult>", added)
    version_id = s3._buckets[bucket_name]["objects"][key].get("version_id")
    kept = upload.get("kept_headers", {})
    if kept.get("x-amz-tagging"):
        tags = s3._parse_qs(kept["x-amz-tagging"], keep_blank_values=True)
        s3._object_tags[(bucket_name, key, version_id)] = {name: values[0] for name, values in tags.items()}
    s3._apply_object_lock_from_headers(bucket_name, key, kept, version_id)
    response = (status, answer, content)
    s3._completed_multipart_uploads[s3._qp(query_params, "uploadId")] = {"key": key, "response": response}
    return response


def _listed_parts(upload: dict, body: bytes) -> list[dict]:
    numbers = [int(number) for number in _PART_NUMBER.findall(body)]
    return [upload["parts"][number] for number in numbers if number in upload["parts"]]


def _full_checksum(upload: dict, body: bytes) -> str | None:
    content = b"".join(part["body"] for part in _listed_parts(upload, body))
    return s3._compute_s3_checksum(upload["checksum_algorithm"], content)


def _parts_refusal(upload: dict, body: bytes):
    numbers = [int(number) for number in _PART_NUMBER.findall(body)]
    if numbers != sorted(set(numbers)):
        return s3._error("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by "
                         "part number.", 400)
    if any(part["size"] < _LEAST_PART_BYTES for part in _listed_parts(upload, body)[:-1]):
        return s3._error("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400)
    return None


def _checksum_refusal(upload: dict, body: bytes, headers: dict):
    kind, algorithm = headers.get("x-amz-checksum-type", "").upper(), upload.get("checksum_algorithm")
    if kind and upload.get("checksum_type") and kind != upload["checksum_type"]:
        return s3._error("BadDigest", f"The checksum type {kind} did not match the upload's.", 400)
    if upload.get("checksum_type") != "FULL_OBJECT":
        return None
    sent = headers.get(f"x-amz-checksum-{str(algorithm).lower()}")
    if sent and sent != _full_checksum(upload, body):
        return s3._error("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.", 400)
    return None
