"""The properties of AWS::S3::Bucket that the emulator's provisioner passes over.

BucketEncryption, LifecycleConfiguration, LoggingConfiguration, ObjectLockEnabled and ObjectLockConfiguration,
OwnershipControls, ReplicationConfiguration and Tags are stored through the emulator's S3 API; a bucket that is not
empty is not deleted.

AWS documentation: "AWS::S3::Bucket" and its property pages, CloudFormation Template Reference; the Put operations of
the same names, Amazon S3 API Reference.
"""

from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from .cloudformation_lifecycle import lifecycle_xml


def install() -> None:
    """Adds the properties, and keeps buckets with content from being deleted."""
    provisioners._S3_BUCKET_CONFIGURATIONS = (
        *provisioners._S3_BUCKET_CONFIGURATIONS,
        ("BucketEncryption", _encryption_xml, _put(s3._put_bucket_encryption), s3._delete_bucket_encryption),
        ("LifecycleConfiguration", lifecycle_xml, _put(s3._put_bucket_lifecycle), s3._delete_bucket_lifecycle),
        ("LoggingConfiguration", _logging_xml, _put(s3._put_bucket_logging), _keep),
        ("ObjectLockEnabled", bool, _enable_object_lock, _keep),
        ("ObjectLockConfiguration", _object_lock_xml, _put(s3._put_object_lock_configuration), _keep),
        ("OwnershipControls", _ownership_xml, _put(s3._put_bucket_ownership_controls),
         s3._delete_bucket_ownership_controls),
        ("ReplicationConfiguration", _replication_xml, _put(s3._put_bucket_replication), s3._delete_bucket_replication),
        ("Tags", list, _put_tags, s3._delete_bucket_tagging),
    )
    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    delete_bucket = handlers["delete"]

    def delete(physical_id, props):
        bucket = s3._buckets.get(physical_id)
        if bucket is not None and (bucket["objects"] or s3._bucket_has_versions(physical_id)):
            raise ValueError(f"The bucket you tried to delete is not empty: {physical_id}")
        delete_bucket(physical_id, props)

    handlers["delete"] = delete


def _put(operation):
    def put(name, body):
        status, _, answer = operation(name, body)
        if status >= 400:
            raise ValueError(f"AWS::S3::Bucket {name}: {answer!r}")

    return put


def _keep(name: str) -> None:
    """A property that is removed from the template and has nothing to undo."""


def _enable_object_lock(name: str, enabled: bool) -> None:
    if enabled:
        s3._bucket_versioning[name] = "Enabled"
        s3._bucket_object_lock.setdefault(name, {"enabled": True, "default_retention": None})


def _put_tags(name: str, tags: list) -> None:
    s3._bucket_tags[name] = {tag["Key"]: tag["Value"] for tag in tags}


def _text(parent: Element, name: str, value) -> None:
    if value is not None:
        SubElement(parent, name).text = str(value).lower() if isinstance(value, bool) else str(value)


def _encryption_xml(configuration: dict) -> bytes:
    root = Element("ServerSideEncryptionConfiguration", xmlns=s3.S3_NS)
    for rule in configuration.get("ServerSideEncryptionConfiguration") or []:
        element, default = SubElement(root, "Rule"), rule.get("ServerSideEncryptionByDefault") or {}
        chosen = SubElement(element, "ApplyServerSideEncryptionByDefault")
        _text(chosen, "SSEAlgorithm", default.get("SSEAlgorithm"))
        _text(chosen, "KMSMasterKeyID", default.get("KMSMasterKeyID"))
        _text(element, "BucketKeyEnabled", rule.get("BucketKeyEnabled"))
    return tostring(root)


def _logging_xml(configuration: dict) -> bytes:
    root = Element("BucketLoggingStatus", xmlns=s3.S3_NS)
    enabled = SubElement(root, "LoggingEnabled")
    _text(enabled, "TargetBucket", configuration.get("DestinationBucketName"))
    _text(enabled, "TargetPrefix", configuration.get("LogFilePrefix", ""))
    return tostring(root)


def _object_lock_xml(configuration: dict) -> bytes:
    root = Element("ObjectLockConfiguration", xmlns=s3.S3_NS)
    _text(root, "ObjectLockEnabled", configuration.get("ObjectLockEnabled", "Enabled"))
    retention = (configuration.get("Rule") or {}).get("DefaultRetention")
    if retention:
        default = SubElement(SubElement(root, "Rule"), "DefaultRetention")
        for name in ("Mode", "Days", "Years"):
            _text(default, name, retention.get(name))
    return tostring(root)


def _ownership_xml(configuration: dict) -> bytes:
    root = Element("OwnershipControls", xmlns=s3.S3_NS)
    for rule in configuration.get("Rules") or []:
        _text(SubElement(root, "Rule"), "ObjectOwnership", rule.get("ObjectOwnership"))
    return tostring(root)


_REPLICATION_NAMES = {"Rules": "Rule", "Id": "ID", "TagFilter": "Tag", "TagFilters": "Tag"}


def _replication_xml(configuration: dict) -> bytes:
    root = Element("ReplicationConfiguration", xmlns=s3.S3_NS)
    _members(root, configuration)
    return tostring(root)


def _members(parent: Element, members: dict) -> None:
    for name, value in members.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                _members(SubElement(parent, _REPLICATION_NAMES.get(name, name)), item)
            else:
                _text(parent, _REPLICATION_NAMES.get(name, name), item)
