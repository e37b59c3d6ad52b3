"""How CloudTrail names an event, its parameters and its resources.

AWS documentation: "Logging AWS KMS API calls with AWS CloudTrail", AWS KMS Developer Guide; "Amazon S3
CloudTrail events", Amazon S3 User Guide.
"""

import json
from urllib.parse import unquote

from ministack import app
from ministack.core import iam_actions

from . import kms_keys

# Members that hold plaintext, ciphertext or key material; CloudTrail leaves them out.
_LEFT_OUT = frozenset({
    "Plaintext", "CiphertextBlob", "Message", "Mac", "EncryptedKeyMaterial", "ImportToken", "Recipient", "GrantTokens",
})

_KMS_READ_ONLY = frozenset({
    "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac", "Sign", "Verify", "GenerateRandom",
})

# (method, sub-resource) of requests on an object, in the order in which S3 tells them apart.
_OBJECT_EVENTS = (
    ("GET", "uploadId", "ListParts"), ("GET", "tagging", "GetObjectTagging"),
    ("GET", "retention", "GetObjectRetention"),
    ("GET", "legal-hold", "GetObjectLegalHold"), ("GET", "acl", "GetObjectAcl"),
    ("GET", "attributes", "GetObjectAttributes"), ("PUT", "tagging", "PutObjectTagging"),
    ("PUT", "retention", "PutObjectRetention"), ("PUT", "legal-hold", "PutObjectLegalHold"),
    ("PUT", "acl", "PutObjectAcl"), ("POST", "uploads", "CreateMultipartUpload"),
    ("POST", "uploadId", "CompleteMultipartUpload"), ("POST", "restore", "RestoreObject"),
    ("DELETE", "uploadId", "AbortMultipartUpload"), ("DELETE", "tagging", "DeleteObjectTagging"),
)
_OBJECT_METHODS = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}


def bucket_and_key(path: str) -> tuple[str, str]:
    """The bucket and the key, exactly as it is, of a path-style S3 request."""
    bucket, _, key = path.removeprefix("/").partition("/")
    return bucket, key


def event_name(request) -> str:
    """The API operation: S3's by method, sub-resource and copy source; other services' as the emulator has it."""
    if request.service != "s3":
        return app._ct_event_name(request.service, request.method, request.path, request.headers,
                                  app._routing_params(request.method, request.path, request.headers, request.body,
                                                      request.query_params))
    bucket, key = bucket_and_key(request.path)
    if not key:
        if request.method == "POST" and "delete" in request.query_params:
            return "DeleteObjects"
        if request.method == "GET" and "versions" in request.query_params:
            return "ListObjectVersions"
        if any(name in iam_actions._S3_BUCKET_QUERY_ACTIONS or name in iam_actions._S3_QUERY_ACTIONS
               for name in request.query_params):
            return iam_actions._s3_action(request.method, f"/{bucket}", request.query_params) or ""
        return app._ct_event_name("s3", request.method, f"/{bucket}", request.headers, request.query_params)
    copies = "x-amz-copy-source" in request.headers
    if request.method == "PUT" and "partNumber" in request.query_params:
        return "UploadPartCopy" if copies else "UploadPart"
    for method, sub_resource, name in _OBJECT_EVENTS:
        if request.method == method and sub_resource in request.query_params:
            return name
    if request.method == "PUT" and copies:
        return "CopyObject"
    return _OBJECT_METHODS.get(request.method, "PutObject")


def request_parameters(request, name: str) -> dict:
    """The requestParameters element, without plaintext, ciphertext or key material."""
    if request.service == "s3":
        bucket, key = bucket_and_key(request.path)
        parameters = {"bucketName": bucket, "key": key}
        version = request.query_params.get("versionId")
        if version:
            parameters["versionId"] = version[0]
        if "x-amz-copy-source" in request.headers:
            parameters["x-amz-copy-source"] = unquote(request.headers["x-amz-copy-source"])
        return {name: value for name, value in parameters.items() if value}
    parameters = app._ct_request_params(request.headers, request.body, request.query_params)
    if request.service != "kms" or not isinstance(parameters, dict):
        return parameters
    return {member[0].lower() + member[1:]: value for member, value in parameters.items() if member not in _LEFT_OUT}


def resources(request, name: str) -> list[dict]:
    """The resources a LookupEvents caller can search by: key ARNs for KMS, bucket and object ARNs for S3."""
    if request.service == "kms":
        try:
            data = json.loads(request.body or b"{}")
        except ValueError:
            return []
        arns = dict.fromkeys(rec["Arn"] for rec in kms_keys.keys_named_by(name, data))
        return [{"ResourceType": "AWS::KMS::Key", "ResourceName": arn} for arn in arns]
    if request.service == "s3":
        bucket, key = bucket_and_key(request.path)
        found = [{"ResourceType": "AWS::S3::Bucket", "ResourceName": f"arn:aws:s3:::{bucket}"}] if bucket else []
        if key:
            found.append({"ResourceType": "AWS::S3::Object", "ResourceName": f"arn:aws:s3:::{bucket}/{key}"})
        return found
    return app._ct_resources(request.service, request.method, request.path, request.body)


def is_read_only(method: str, name: str) -> bool:
    """Whether CloudTrail counts the event as one that changes nothing; KMS's cryptographic ones are."""
    return method in ("GET", "HEAD") or name in _KMS_READ_ONLY or name.startswith(("Get", "List", "Describe", "Head"))
