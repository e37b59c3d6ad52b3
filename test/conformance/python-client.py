"""Drives the official Python client: a request as JSON on each line in, an answer as JSON on each line out.

A request names a verb (put, get, delete), bucket, key, the ARN of the wrapping key, and what the client shall be
configured with; `put` reads the file at `path`, `get` writes it. Endpoint, Region and credentials come from the
environment.
"""

import json
import os
import sys

import boto3
from botocore.config import Config
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import AlgorithmSuite, CommitmentPolicy

KMS = boto3.client("kms")
CONFIGURED_BY = (
    "keyring",
    "legacyWrapping",
    "legacyContent",
    "delayedAuthentication",
    "commitmentPolicy",
    "algorithm",
)
CLIENTS: dict[str, S3EncryptionClient] = {}


def client_for(request: dict) -> S3EncryptionClient:
    """The client of this configuration. Each hooks into a client of its own, which it keeps."""
    configuration = json.dumps([request.get(name) for name in CONFIGURED_BY])
    if configuration not in CLIENTS:
        CLIENTS[configuration] = new_client(request)
    return CLIENTS[configuration]


def new_client(request: dict) -> S3EncryptionClient:
    legacy_wrapping = request.get("legacyWrapping", False)
    keyring = KmsKeyring(
        kms_client=KMS,
        kms_key_id=request["keyring"]["keyId"],
        enable_legacy_wrapping_algorithms=legacy_wrapping,
    )
    options = {
        "enable_legacy_unauthenticated_modes": request.get("legacyContent", False),
        "enable_delayed_authentication": request.get("delayedAuthentication", False),
    }
    if "commitmentPolicy" in request:
        options["commitment_policy"] = CommitmentPolicy[request["commitmentPolicy"]]
    if "algorithm" in request:
        options["encryption_algorithm"] = AlgorithmSuite[request["algorithm"]]
    s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
    return S3EncryptionClient(
        wrapped_s3_client=s3, config=S3EncryptionClientConfig(keyring=keyring, **options)
    )


def put(client: S3EncryptionClient, request: dict, target: dict) -> dict:
    if request.get("multipart"):
        with open(request["path"], "rb") as content:
            client.upload_fileobj(content, target.pop("Bucket"), target.pop("Key"), **target)
    else:
        with open(request["path"], "rb") as content:
            client.put_object(Body=content.read(), Metadata=request.get("metadata", {}), **target)
    return {"bytes": os.path.getsize(request["path"])}


def get(client: S3EncryptionClient, request: dict, target: dict) -> dict:
    if "instructionFileSuffix" in request:
        target["InstructionFileSuffix"] = request["instructionFileSuffix"]
    opened = client.get_object(**target)["Body"].read()
    with open(request["path"], "wb") as file:
        file.write(opened)
    return {"bytes": len(opened)}


def delete(client: S3EncryptionClient, request: dict, target: dict) -> dict:
    client.delete_object(Bucket=target["Bucket"], Key=target["Key"])
    return {"bytes": 0}


def answer(request: dict) -> dict:
    target = {"Bucket": request["bucket"], "Key": request["key"]}
    if request.get("context"):
        target["EncryptionContext"] = request["context"]
    try:
        verb = {"put": put, "get": get, "delete": delete}[request["verb"]]
        return {"ok": True, **verb(client_for(request), request, target)}
    except Exception as error:  # Whatever the client throws is its answer.
        return {"ok": False, "error": f"{type(error).__name__}: {error}", "bytes": 0}


for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps({"id": asked["id"], **answer(asked)}), flush=True)
