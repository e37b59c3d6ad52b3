"""SSE-KMS as its callers meet it: key ids, the default key, its permissions and its state.

The emulator stores an object's encryption as a header and asks KMS nothing. Here S3 uses the key on the
caller's behalf: kms:GenerateDataKey to write, kms:Decrypt to read and to upload parts, with kms:ViaService,
kms:CallerAccount and the context aws:s3:arn (the object's ARN, or the bucket's with an S3 Bucket Key). A HEAD
needs the key only where it asks for the checksum.

AWS documentation: "Using server-side encryption with AWS KMS keys (SSE-KMS)" and "Setting default server-side
encryption behavior for Amazon S3 buckets", Amazon S3 User Guide; "Uploading and copying objects using multipart
upload" (permissions), the same; "kms:ViaService", AWS KMS Developer Guide.
"""

import functools
from urllib.parse import parse_qs, unquote

from ministack.core.responses import get_account_id
from ministack.services import kms, s3

from . import current_request
from .cloudtrail_names import bucket_and_key
from .kms_authorization import encryption_context_conditions

_ALGORITHM = "x-amz-server-side-encryption"
_KEY = "x-amz-server-side-encryption-aws-kms-key-id"
_NO_CONTENT = frozenset({"tagging", "retention", "legal-hold", "acl", "annotation", "uploadId"})


def install() -> None:
    """Wraps the resolution of a write's encryption, and the S3 handler for the state of the key."""
    resolve, serve = s3._resolve_sse_write_headers, s3.handle_request

    def resolve_write_headers(headers, bucket_name):
        if headers.get(_ALGORITHM) == "aws:kms" and not headers.get(_KEY):
            headers = {**headers, _KEY: "alias/aws/s3"}
        resolved, refused = resolve(headers, bucket_name)
        if refused is not None:
            return resolved, refused
        if not resolved:
            return {_ALGORITHM: "AES256"}, None
        if resolved.get(_ALGORITHM) == "aws:kms":
            named = resolved.get(_KEY) or "alias/aws/s3"
            rec = kms._resolve_key(named)
            resolved[_KEY] = rec["Arn"] if rec else named
        return resolved, None

    @functools.wraps(serve)
    async def handle_request(method, path, headers, body, query_params, *args, **kwargs):
        request = current_request.get()
        for use in request.service_uses if request is not None else ():
            refused = _key_refusal(use.resource_arn)
            if refused is not None:
                return refused
        return await serve(method, path, headers, body, query_params, *args, **kwargs)

    s3._resolve_sse_write_headers, s3.handle_request = resolve_write_headers, handle_request


def _key_refusal(key_arn: str):
    rec = kms._resolve_key(key_arn)
    if rec is None:
        return s3._error("KMS.NotFoundException", f"Key '{key_arn}' does not exist", 400)
    if rec["KeyState"] == "Disabled":
        return s3._error("KMS.DisabledException", f"{key_arn} is disabled.", 400)
    if rec["KeyState"] != "Enabled":
        return s3._error("KMS.KMSInvalidStateException", f"{key_arn} is {rec['KeyState']}.", 400)
    return None


def key_uses(method: str, path: str, headers: dict, query_params: dict, region: str) -> list:
    """The calls to KMS that S3 makes for this request; none for objects that are not under SSE-KMS."""
    bucket, key = bucket_and_key(path)
    if not key or s3._buckets.get(bucket) is None:
        return []
    uses = []
    if "x-amz-copy-source" in headers:
        source, _, query = headers["x-amz-copy-source"].partition("?")
        from_bucket, from_key = bucket_and_key("/" + unquote(source).removeprefix("/"))
        uses.append(("kms:Decrypt", from_bucket, from_key, _stored(from_bucket, from_key, parse_qs(query))))
    upload_id = s3._qp(query_params, "uploadId")
    if upload_id and method in ("PUT", "POST"):
        uses.append(("kms:Decrypt", bucket, key, (s3._multipart_uploads.get(upload_id) or {}).get("preserved_headers")))
    elif not query_params.keys() & _NO_CONTENT and (method == "PUT" or "uploads" in query_params and method == "POST"):
        uses.append(("kms:GenerateDataKey", bucket, key, s3._resolve_sse_write_headers(headers, bucket)[0]))
    elif not query_params.keys() & _NO_CONTENT and (
            method == "GET" or method == "HEAD" and headers.get("x-amz-checksum-mode", "").upper() == "ENABLED"):
        uses.append(("kms:Decrypt", bucket, key, _stored(bucket, key, query_params)))
    return [_use(action, used_bucket, used_key, stored[_KEY], region)
            for action, used_bucket, used_key, stored in uses if stored and stored.get(_ALGORITHM) == "aws:kms"]


def _stored(bucket: str, key: str, query_params: dict) -> dict | None:
    version = s3._qp(query_params, "versionId")
    record = (s3._buckets.get(bucket) or {"objects": {}})["objects"].get(key)
    if version:
        record = next((entry for entry in s3._object_versions.get((bucket, key), [])
                       if entry["version_id"] == version), record)
    return (record or {}).get("preserved_headers")


def _use(action: str, bucket: str, key: str, key_arn: str, region: str):
    bucket_key = "<BucketKeyEnabled>true" in str(s3._bucket_encryption.get(bucket) or "")
    context = {"aws:s3:arn": f"arn:aws:s3:::{bucket}" if bucket_key else f"arn:aws:s3:::{bucket}/{key}"}
    conditions = {
        "kms:ViaService": f"s3.{region}.amazonaws.com",
        "kms:CallerAccount": get_account_id(),
        **encryption_context_conditions(context),
    }
    return current_request.ServiceUse(action, key_arn, conditions, context)
