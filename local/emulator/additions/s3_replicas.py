"""One replica: what the rule's role must be allowed, and what is carried over to the destination.

- The replica has the source's version id, date, ETag, metadata and locks, and the storage class of the rule. Its tags
  are left behind where the role may not read or replicate them.
- The role is judged by its own policies and by the bucket policies, each side in its bucket's Region, and must trust
  s3.amazonaws.com.

AWS documentation: "Setting up permissions for live replication", "What does Amazon S3 replicate?" and "Using Object
Lock with replication", Amazon S3 User Guide.
"""

import copy
from dataclasses import dataclass

from ministack.core.responses import get_account_id, request_scope
from ministack.services import s3

from . import service_roles


class Impossible(Exception):
    """The destination cannot take the replica; the message says why."""


@dataclass(frozen=True)
class Version:
    """A version of an object, or a delete marker, in the account of the request."""

    bucket: str
    key: str
    version_id: str

    def __str__(self) -> str:
        return f"arn:aws:s3:::{self.bucket}/{self.key} (version {self.version_id})"


def find(version: Version) -> dict | None:
    """The stored version; None where it has been deleted."""
    entries = s3._object_versions.get((version.bucket, version.key), [])
    return next((entry for entry in entries if entry["version_id"] == version.version_id), None)


def under_kms(record: dict) -> bool:
    """Whether an object is encrypted with a key of KMS."""
    return str(record["preserved_headers"].get("x-amz-server-side-encryption")).startswith("aws:kms")


def write(version: Version, entry: dict, rule: dict, role_arn: str) -> None:
    """Makes the replica in the rule's destination.

    Raises ``Impossible`` and ``RoleRefused``.
    """
    found = s3._replication_destination(version.bucket, version.key, rule, role_arn)
    if found is None:
        raise Impossible(f"{rule['Destination']['Bucket']} does not exist, is not versioned, or is closed to the role")
    destination, account, bucket = found
    is_marker = entry.get("is_delete_marker", False)
    if not is_marker and under_kms(entry):
        raise Impossible("objects under SSE-KMS are not replicated here")
    may = _Permissions(version, role_arn, destination, bucket.get("region"))
    may.require_source(is_marker)
    may.require_destination("s3:ReplicateDelete" if is_marker else "s3:ReplicateObject")
    kept = _kept(version) if not is_marker else {}
    if kept.get("_object_tags") and not may.carry_tags():
        del kept["_object_tags"]
    with s3._in_account(account):
        _store(version, destination, bucket, _replica(entry, rule))
        if not is_marker:
            s3._apply_object_lock_from_headers(destination, version.key, {}, version.version_id)
        for name, value in kept.items():
            getattr(s3, name)[(destination, version.key, version.version_id)] = value


class _Permissions:
    """What the role may do on either side."""

    def __init__(self, version: Version, role_arn: str, destination: str, region: str | None) -> None:
        self._version, self._destination = version, destination
        source = f"arn:aws:s3:::{version.bucket}"
        self._source, self._source_region = source, s3.bucket_region(version.bucket)
        self._region = region or self._source_region
        self._role = service_roles.ServiceRole(role_arn, "s3.amazonaws.com", source, get_account_id())

    def require_source(self, is_marker: bool) -> None:
        for action in ("s3:GetReplicationConfiguration", "s3:ListBucket"):
            self._require(action, self._source, self._source_region)
        if is_marker:
            return
        actions = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"]
        if s3._bucket_object_lock.get(self._version.bucket):
            actions += ["s3:GetObjectRetention", "s3:GetObjectLegalHold"]
        for action in actions:
            self._require(action, f"{self._source}/{self._version.key}", self._source_region)

    def require_destination(self, action: str) -> None:
        self._require(action, f"arn:aws:s3:::{self._destination}/{self._version.key}", self._region)

    def carry_tags(self) -> bool:
        try:
            self._require("s3:GetObjectVersionTagging", f"{self._source}/{self._version.key}", self._source_region)
            self.require_destination("s3:ReplicateTags")
        except service_roles.RoleRefused:
            return False
        return True

    def _require(self, action: str, resource_arn: str, region: str) -> None:
        with request_scope(get_account_id(), region):
            service_roles.require(self._role, action, resource_arn)


def _kept(version: Version) -> dict:
    """What the emulator keeps of a version beside its record, by the name of the store."""
    names = ("_object_tags", "_object_acl", "_object_retention", "_object_legal_hold")
    found = {name: getattr(s3, name).get((version.bucket, version.key, version.version_id)) for name in names}
    return {name: copy.deepcopy(value) for name, value in found.items() if value}


def _replica(entry: dict, rule: dict) -> dict:
    if entry.get("is_delete_marker"):
        return dict(entry)
    storage_class = rule["Destination"].get("StorageClass") or entry["storage_class"]
    return {**copy.deepcopy(entry), "storage_class": storage_class, "replication_status": "REPLICA"}


def _store(version: Version, destination: str, bucket: dict, replica: dict) -> None:
    versions = s3._object_versions.setdefault((destination, version.key), [])
    s3._preserve_null_version(destination, version.key, versions, bucket["objects"].get(version.key))
    for entry in versions:
        entry["is_latest"] = False
    versions.append({**replica, "is_latest": True})
    if replica.get("is_delete_marker"):
        bucket["objects"].pop(version.key, None)
    else:
        bucket["objects"][version.key] = s3._object_record_from_version(versions[-1])
