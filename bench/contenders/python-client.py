"""The driver of the official Python client; driver-protocol.ts says what it reads and writes.

Endpoints, Region and credentials come from the environment.
"""

import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring

bucket = os.environ["BENCH_BUCKET"]
key_arn = os.environ["BENCH_KEY_ARN"]
part_size_bytes = int(os.environ["BENCH_PART_SIZE_BYTES"])
objects_at_once = int(os.environ["BENCH_OBJECTS_AT_ONCE"])

pool = Config(max_pool_connections=objects_at_once)
kms = boto3.client("kms", config=pool)


def create_client(*, delayed_authentication: bool) -> S3EncryptionClient:
    s3 = boto3.client("s3", config=pool.merge(Config(s3={"addressing_style": "path"})))
    config = S3EncryptionClientConfig(
        keyring=KmsKeyring(kms_client=kms, kms_key_id=key_arn),
        enable_delayed_authentication=delayed_authentication,
    )
    return S3EncryptionClient(wrapped_s3_client=s3, config=config)


client = create_client(delayed_authentication=False)
streaming_client = create_client(delayed_authentication=True)


def seal_file(key: str, path: str) -> int:
    client.upload_file(path, bucket, key, multipart_chunksize=part_size_bytes)
    return os.path.getsize(path)


def open_file(key: str, path: str) -> int:
    # By default the client holds the whole object in memory until it is verified.
    body = client.get_object(Bucket=bucket, Key=key)["Body"]
    with open(path, "xb") as file:
        shutil.copyfileobj(body, file, 1024 * 1024)
    return os.path.getsize(path)


def open_stream(key: str) -> int:
    body = streaming_client.get_object(Bucket=bucket, Key=key)["Body"]
    return sum(len(chunk) for chunk in body.iter_chunks(1024 * 1024))


def seal_many(executor: ThreadPoolExecutor, key: str, objects: int, object_bytes: int) -> int:
    content = b"s" * object_bytes

    def seal(index: int) -> int:
        client.put_object(Bucket=bucket, Key=f"{key}{index}", Body=content)
        return len(content)

    return sum(executor.map(seal, range(objects)))


def open_many(executor: ThreadPoolExecutor, key: str, objects: int) -> int:
    def open_one(index: int) -> int:
        return len(client.get_object(Bucket=bucket, Key=f"{key}{index}")["Body"].read())

    return sum(executor.map(open_one, range(objects)))


def main() -> None:
    with ThreadPoolExecutor(objects_at_once) as executor:
        for line in sys.stdin:
            workload, key, path, objects, object_bytes = line.rstrip("\n").split("\t")
            perform = {
                "seal-file": lambda: seal_file(key, path),
                "open-file": lambda: open_file(key, path),
                "open-stream": lambda: open_stream(key),
                "seal-many": lambda: seal_many(executor, key, int(objects), int(object_bytes)),
                "open-many": lambda: open_many(executor, key, int(objects)),
            }[workload]
            try:
                started_at = time.perf_counter()
                moved = perform()
                milliseconds = (time.perf_counter() - started_at) * 1000
                print(f"done\t{milliseconds}\t{moved}", flush=True)
            except Exception as error:
                message = " ".join(f"{type(error).__name__}: {error}".split())
                print(f"failed\t{message}", flush=True)


if __name__ == "__main__":
    main()
