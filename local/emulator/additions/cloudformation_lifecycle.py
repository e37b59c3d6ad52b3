"""A template's LifecycleConfiguration as the body of PutBucketLifecycleConfiguration.

AWS documentation: "AWS::S3::Bucket Rule", CloudFormation Template Reference; "PutBucketLifecycleConfiguration", Amazon
S3 API Reference. The emulator keeps the rules and lets nothing expire.
"""

from xml.etree.ElementTree import Element, SubElement, tostring


def lifecycle_xml(configuration: dict) -> bytes:
    """The rules in S3's form."""
    root = Element("LifecycleConfiguration")
    for number, rule in enumerate(configuration.get("Rules") or []):
        element = SubElement(root, "Rule")
        _values(element, {"ID": rule.get("Id") or f"rule-{number}", "Status": rule.get("Status")})
        _filter(SubElement(element, "Filter"), rule)
        _part(element, "Expiration", {
            "Days": rule.get("ExpirationInDays"),
            "Date": rule.get("ExpirationDate"),
            "ExpiredObjectDeleteMarker": rule.get("ExpiredObjectDeleteMarker"),
        })
        noncurrent = rule.get("NoncurrentVersionExpiration") or {}
        _part(element, "NoncurrentVersionExpiration", {
            "NoncurrentDays": noncurrent.get("NoncurrentDays", rule.get("NoncurrentVersionExpirationInDays")),
            "NewerNoncurrentVersions": noncurrent.get("NewerNoncurrentVersions"),
        })
        for transition in _listed(rule, "Transition"):
            _part(element, "Transition", {
                "Days": transition.get("TransitionInDays"),
                "Date": transition.get("TransitionDate"),
                "StorageClass": transition.get("StorageClass"),
            })
        for transition in _listed(rule, "NoncurrentVersionTransition"):
            _part(element, "NoncurrentVersionTransition", {
                "NoncurrentDays": transition.get("TransitionInDays"),
                "NewerNoncurrentVersions": transition.get("NewerNoncurrentVersions"),
                "StorageClass": transition.get("StorageClass"),
            })
        _part(element, "AbortIncompleteMultipartUpload", {
            "DaysAfterInitiation": (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation"),
        })
    return tostring(root)


def _listed(rule: dict, name: str) -> list[dict]:
    alone = rule.get(name)
    return [*(rule.get(f"{name}s") or []), *([alone] if alone else [])]


def _filter(element: Element, rule: dict) -> None:
    sizes = {name: rule.get(name) for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan")}
    tags = rule.get("TagFilters") or []
    conditions = [value for value in (rule.get("Prefix"), *sizes.values(), *tags) if value is not None]
    parent = SubElement(element, "And") if len(conditions) > 1 else element
    _values(parent, {"Prefix": rule.get("Prefix"), **sizes})
    for tag in tags:
        _values(SubElement(parent, "Tag"), {"Key": tag["Key"], "Value": tag["Value"]})


def _part(parent: Element, name: str, values: dict) -> None:
    if any(value is not None for value in values.values()):
        _values(SubElement(parent, name), values)


def _values(parent: Element, values: dict) -> None:
    for name, value in values.items():
        if value is not None:
            SubElement(parent, name).text = str(value).lower() if isinstance(value, bool) else str(value)
