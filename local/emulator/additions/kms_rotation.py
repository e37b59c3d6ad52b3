"""Rotation of key material on demand, its list, and the dates in its status; replicas follow their primary.

AWS documentation: "Perform on-demand key rotation" and "Rotate AWS KMS keys", AWS KMS Developer Guide;
"RotateKeyOnDemand", "ListKeyRotations" and "GetKeyRotationStatus", AWS KMS API Reference; "Monitor KMS keys with Amazon
EventBridge", AWS KMS Developer Guide. Here a rotation is finished when RotateKeyOnDemand answers, and no automatic one
ever comes due. Keys with imported material and keys in custom key stores have no automatic rotation; the former are
rotated on demand to material that has been imported for it, where they are not multi-Region keys.
"""

import json
import os
import time

from ministack.core.arn import parse_arn
from ministack.core.responses import json_response, request_scope
from ministack.services import eventbridge, kms

from . import kms_ciphertexts, kms_imported_material
from .kms_cryptography import _OPERATIONS
from .kms_keys import Refused, find, require_usable

_MOST_ON_DEMAND = 25
_SECONDS_PER_DAY = 86_400


def install() -> None:
    """Adds the operations, and lets ReplicateKey carry the retired materials over."""
    _OPERATIONS["RotateKeyOnDemand"] = rotate_key_on_demand
    _OPERATIONS["ListKeyRotations"] = list_key_rotations
    _OPERATIONS["GetKeyRotationStatus"] = get_key_rotation_status
    _OPERATIONS["EnableKeyRotation"] = enable_key_rotation
    kms._KEY_MATERIAL_FIELDS = (*kms._KEY_MATERIAL_FIELDS, "_retired_materials", "_materials")


def _rotatable(data: dict) -> dict:
    rec = find(data.get("KeyId", ""))
    if rec.get("KeySpec") != "SYMMETRIC_DEFAULT":
        raise Refused("UnsupportedOperationException", f"{rec['Arn']} is not a symmetric encryption key.")
    return rec


def _materials(rec: dict) -> list[dict]:
    """The key's materials, oldest first, made up on first use."""
    if "_materials" not in rec and "_symmetric_key" in rec:
        rec["_materials"] = [{"KeyMaterialId": kms_ciphertexts.material_id(rec)}]
    return rec.get("_materials", [])


def rotate_key_on_demand(data: dict):
    """RotateKeyOnDemand: new data keys use the new material, the older ones still open."""
    rec = require_usable(_rotatable(data))
    imports = rec["Origin"] == "EXTERNAL" and not rec.get("MultiRegion")
    if rec.get("_mrk_type") == "REPLICA" or rec.get("_key_manager") == "AWS" or not (
            imports or rec["Origin"] == "AWS_KMS"):
        raise Refused("UnsupportedOperationException", f"{rec['Arn']} cannot be rotated on demand.")
    materials = _materials(rec)
    if sum(entry.get("RotationType") == "ON_DEMAND" for entry in materials) >= _MOST_ON_DEMAND:
        raise Refused("LimitExceededException", f"{rec['Arn']} has reached its limit of on-demand rotations.")
    new_key = kms_imported_material.take_pending(rec) if imports else os.urandom(32)
    retired = {**rec.get("_retired_materials", {}), kms_ciphertexts.material_id(rec): rec["_symmetric_key"]}
    rotated = {"RotationDate": int(time.time()), "RotationType": "ON_DEMAND"}
    members = [member for _, member in kms._mrk_members(rec)] or [rec]
    for member in members:
        member["_symmetric_key"], member["_retired_materials"] = new_key, retired
    materials = [*materials, {"KeyMaterialId": kms_ciphertexts.material_id(rec), **rotated}]
    for member in members:
        member["_materials"] = materials
        _announce(member)
    return json_response({"KeyId": rec["Arn"]})


def enable_key_rotation(data: dict):
    """EnableKeyRotation; None, so that the emulator does it, where the key can be rotated by schedule."""
    rec = _rotatable(data)
    if rec.get("_mrk_type") == "REPLICA" or rec["Origin"] != "AWS_KMS":
        raise Refused("UnsupportedOperationException", f"{rec['Arn']} cannot be rotated automatically.")
    return None


def _announce(rec: dict) -> None:
    """The event "KMS CMK Rotation" on the default bus of the key's Region."""
    arn = parse_arn(rec["Arn"])
    with request_scope(arn.account_id, arn.region):
        eventbridge._ensure_default_bus()
        eventbridge._put_events({"Entries": [{
            "Source": "aws.kms", "DetailType": "KMS CMK Rotation", "Resources": [rec["Arn"]],
            "Detail": json.dumps({"key-id": rec["KeyId"]}),
        }]}, allow_aws_source=True)


def list_key_rotations(data: dict):
    """ListKeyRotations, oldest first; the first material too with IncludeKeyMaterial ALL_KEY_MATERIAL."""
    rec = _rotatable(data)
    everything = data.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    current = kms_ciphertexts.material_id(rec) if "_symmetric_key" in rec else ""
    rotations = [
        {"KeyId": rec["Arn"], "KeyMaterialState": "CURRENT" if entry["KeyMaterialId"] == current else "NON_CURRENT",
         **entry}
        for entry in _materials(rec) if everything or "RotationDate" in entry
    ]
    if everything and "_pending_material" in rec:
        pending = kms._key_material_id({**rec, "_symmetric_key": rec["_pending_material"]})
        rotations.append({"KeyId": rec["Arn"], "KeyMaterialId": pending, "KeyMaterialState": "PENDING_ROTATION"})
    limit, start = data.get("Limit") or 100, int(data.get("Marker") or 0)
    answer = {"Rotations": rotations[start:start + limit], "Truncated": start + limit < len(rotations)}
    if answer["Truncated"]:
        answer["NextMarker"] = str(start + limit)
    return json_response(answer)


def get_key_rotation_status(data: dict):
    """GetKeyRotationStatus, with the key's ARN and the next date of an automatic rotation.

    While a key waits to be deleted its material is not rotated, and its status says so.
    """
    rec = _rotatable(data)
    enabled = bool(rec.get("KeyRotationEnabled")) and rec["KeyState"] != "PendingDeletion"
    answer = {"KeyId": rec["Arn"], "KeyRotationEnabled": enabled}
    if enabled:
        days = rec.get("RotationPeriodInDays", 365)
        answer["RotationPeriodInDays"] = days
        answer["NextRotationDate"] = int(rec["CreationDate"]) + int(days) * _SECONDS_PER_DAY
    return json_response(answer)
