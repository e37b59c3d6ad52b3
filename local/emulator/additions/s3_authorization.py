"""The permissions an S3 request needs besides its main one, and 403 for what a caller may not list.

- A tag set sent with a write needs s3:PutObjectTagging, a retention s3:PutObjectRetention, a legal hold
  s3:PutObjectLegalHold. A copy that carries a tagged source's tags over needs s3:GetObjectTagging (or
  s3:GetObjectVersionTagging) on the source and s3:PutObjectTagging on the destination.
- Reading a key that does not exist answers 404 to a caller with s3:ListBucket on the bucket, else 403.
- With SSE-KMS, the caller's own permissions on the key, through S3 (see ``s3_encryption``).

AWS documentation: "Required permissions for Amazon S3 API operations", Amazon S3 User Guide; "GetObject",
"HeadObject", "PutObject" and "CopyObject" (permissions), Amazon S3 API Reference.
"""

import functools
from urllib.parse import parse_qs, unquote

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import s3

from . import current_request, s3_encryption
from .cloudtrail_names import bucket_and_key


def install() -> None:
    """Wraps the emulator's list of additional checks and its S3 handler."""
    additional_checks, serve = iam_actions.s3_additional_checks, s3.handle_request

    def checks(method, path, headers, body, query_params):
        found = additional_checks(method, path, headers, body, query_params)
        bucket, key = bucket_and_key(path)
        if key:
            found = [*found, *_write_checks(method, bucket, key, headers, query_params)]
        request = current_request.get()
        if request is not None:
            request.service_uses = s3_encryption.key_uses(method, path, headers, query_params, request.region)
            found = [*found, *((use.action, use.resource_arn) for use in request.service_uses)]
        return found

    @functools.wraps(serve)
    async def handle_request(method, path, headers, body, query_params, *args, **kwargs):
        response = await serve(method, path, headers, body, query_params, *args, **kwargs)
        if response[0] == 404 and _hides_absence(method, path, headers, query_params):
            return s3._error("AccessDenied", "Access Denied", 403, path)
        return response

    iam_actions.s3_additional_checks, s3.handle_request = checks, handle_request


def _write_checks(method, bucket, key, headers, query_params) -> list[tuple[str, str]]:
    creates = (method == "PUT" and not query_params.keys() & {
        "partNumber", "tagging", "retention", "legal-hold", "acl", "annotation"}) or (
        method == "POST" and "uploads" in query_params)
    if not creates:
        return []
    arn, found = f"arn:aws:s3:::{bucket}/{key}", []
    copies = "x-amz-copy-source" in headers
    replaces_tags = not copies or headers.get("x-amz-tagging-directive", "COPY").upper() == "REPLACE"
    if headers.get("x-amz-tagging") and replaces_tags:
        found.append(("s3:PutObjectTagging", arn))
    if headers.get("x-amz-object-lock-mode") or headers.get("x-amz-object-lock-retain-until-date"):
        found.append(("s3:PutObjectRetention", arn))
    if headers.get("x-amz-object-lock-legal-hold"):
        found.append(("s3:PutObjectLegalHold", arn))
    if copies and not replaces_tags:
        found += _copied_tags_checks(headers["x-amz-copy-source"], arn)
    return found


def _copied_tags_checks(copy_source: str, destination_arn: str) -> list[tuple[str, str]]:
    path, _, query = copy_source.partition("?")
    bucket, key = bucket_and_key("/" + unquote(path).removeprefix("/"))
    versions = parse_qs(query).get("versionId")
    if not s3.object_tags_for_condition(bucket, key, {"versionId": versions} if versions else {}):
        return []
    read = "s3:GetObjectVersionTagging" if versions else "s3:GetObjectTagging"
    return [(read, f"arn:aws:s3:::{bucket}/{key}"), ("s3:PutObjectTagging", destination_arn)]


def _hides_absence(method, path, headers, query_params) -> bool:
    """Whether a read found nothing and its caller may not list the bucket."""
    request = current_request.get()
    bucket, key = bucket_and_key(path)
    copies = method == "PUT" and "x-amz-copy-source" in headers
    if request is None or request.service != "s3" or not key or not (method in ("GET", "HEAD") or copies):
        return False
    if copies:
        bucket = unquote(headers["x-amz-copy-source"]).lstrip("/").partition("/")[0]
    if s3._buckets.get(bucket) is None or "uploadId" in query_params:
        return False
    access_key = app.extract_access_key_id(request.headers, request.query_params)
    refused = (request.refused_action, request.refused_resource)
    denied = bool(access_key) and iam_evaluator.enforce(
        access_key, "s3:ListBucket", "s3", request.region, resource_arn=f"arn:aws:s3:::{bucket}") is not None
    request.refused_action, request.refused_resource = refused
    return denied
