"""The items of a Distributed Map: a listing, an S3 Inventory, or a JSON, JSON Lines or CSV file, read in its role.

AWS documentation: "ItemReader (Map)", AWS Step Functions Developer Guide; "Amazon S3 Inventory list" (manifest),
Amazon S3 User Guide. Inventory items hold the file's columns as they stand there: strings, their keys URL-encoded.
"""

import csv
import gzip
import io
import json
from datetime import datetime
from urllib.parse import unquote
from xml.etree import ElementTree

from ministack.services import stepfunctions

from . import states_roles
from .error_codes import error_of

_FAILED = "States.ItemReaderFailed"
_XMLNS = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def read(reader: dict, evaluate, at_path) -> list:
    """The items that an ItemReader names.

    ``evaluate`` resolves a template, ``at_path`` a path of the state's input. Raises ``_ExecutionError`` with
    States.ItemReaderFailed.
    """
    parameters = evaluate(reader.get("Parameters") or reader.get("Arguments") or {})
    config = reader.get("ReaderConfig") or {}
    most = at_path(config["MaxItemsPath"]) if config.get("MaxItemsPath") else evaluate(config.get("MaxItems"))
    if str(reader.get("Resource", "")).endswith("s3:listObjectsV2"):
        items = list_objects(parameters.get("Bucket", ""), parameters.get("Prefix") or "")
        if config.get("Transformation") == "LOAD_AND_FLATTEN":
            items = [entry for item in items for entry in _parse(
                get_object(parameters["Bucket"], item["Key"]), config)]
    else:
        content = get_object(parameters.get("Bucket", ""), parameters.get("Key", ""), parameters.get("VersionId"))
        items = _inventory(content) if config.get("InputType") == "MANIFEST" else _parse(content, config)
    if isinstance(items, dict):
        items = [{"Key": key, "Value": value} for key, value in items.items()]
    return items[:int(most)] if most else items


def list_objects(bucket: str, prefix: str) -> list[dict]:
    """Every object below the prefix, as ListObjectsV2 has it, page by page."""
    items, token = [], None
    while True:
        query = {"list-type": ["2"], "prefix": [prefix], "encoding-type": ["url"]}
        answer = _answer("GET", f"/{bucket}", {**query, "continuation-token": [token]} if token else query)
        page = ElementTree.fromstring(answer)
        for entry in page.iter(f"{_XMLNS}Contents"):
            items.append({
                "Etag": entry.findtext(f"{_XMLNS}ETag"),
                "Key": unquote(entry.findtext(f"{_XMLNS}Key") or ""),
                "LastModified": _epoch_seconds(entry.findtext(f"{_XMLNS}LastModified") or ""),
                "Size": int(entry.findtext(f"{_XMLNS}Size") or 0),
                "StorageClass": entry.findtext(f"{_XMLNS}StorageClass"),
            })
        token = page.findtext(f"{_XMLNS}NextContinuationToken")
        if not token:
            return items


def get_object(bucket: str, key: str, version_id: str | None = None) -> bytes:
    """An object's content, out of GZIP where it is compressed."""
    content = _answer("GET", f"/{bucket}/{key}", {"versionId": [version_id]} if version_id else {})
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def _answer(method: str, path: str, query: dict) -> bytes:
    status, headers, body = states_roles.send("s3", method, path, _FAILED, query_params=query)
    error = error_of(status, headers, body)
    if error is not None:
        raise stepfunctions._ExecutionError(_FAILED, f"{error[1]} (S3, {path}, Status Code: {status}, {error[0]})")
    return body if isinstance(body, bytes) else str(body).encode()


def _inventory(manifest: bytes) -> list[dict]:
    try:
        described = json.loads(manifest)
        if described["fileFormat"] != "CSV":
            raise stepfunctions._ExecutionError(_FAILED, f"Inventories of {described['fileFormat']} are not supported")
        columns = [column.strip() for column in described["fileSchema"].split(",")]
        bucket = described["destinationBucket"].rpartition(":")[2]
        keys = [file["key"] for file in described["files"]]
    except (ValueError, KeyError, TypeError) as error:
        raise stepfunctions._ExecutionError(_FAILED, f"The manifest cannot be read: {error}") from error
    return [dict(zip(columns, row)) for key in keys
            for row in csv.reader(io.StringIO(get_object(bucket, key).decode(), newline="")) if row]


def _parse(content: bytes, config: dict):
    try:
        return stepfunctions._parse_reader_items(content.decode("utf-8-sig"), config)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise stepfunctions._ExecutionError(_FAILED, f"The dataset cannot be read: {error}") from error


def _epoch_seconds(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp())
