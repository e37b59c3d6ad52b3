"""Seals or opens one object with the official Python client; says how it went as JSON on standard output.

Usage: python-client.py seal|open BUCKET KEY KEY_ARN CONTEXT_JSON FILE

Endpoint, Region and credentials come from the environment. `seal` reads FILE, `open` writes it.
"""

import json
import os
import sys

import boto3
from botocore.config import Config
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring


def main() -> None:
    verb, bucket, key, key_arn, context_json, path = sys.argv[1:]
    s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
    keyring = KmsKeyring(kms_client=boto3.client("kms"), kms_key_id=key_arn)
    client = S3EncryptionClient(wrapped_s3_client=s3, config=S3EncryptionClientConfig(keyring=keyring))
    target = {"Bucket": bucket, "Key": key, "EncryptionContext": json.loads(context_json)}
    if verb == "seal":
        with open(path, "rb") as content:
            client.put_object(Body=content.read(), **target)
    else:
        response = client.get_object(**target)
        with open(path, "wb") as opened:
            opened.write(response["Body"].read())
    print(json.dumps({"done": verb, "bytes": os.path.getsize(path)}))


if __name__ == "__main__":
    main()
