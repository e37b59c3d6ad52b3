"""Keys with imported material: what may be imported again, rotation by a second import, replicas, expiry.

- Once a key has material, only the same may be imported again (IncorrectKeyMaterialException), or new material with
  ImportType NEW_KEY_MATERIAL, which waits until RotateKeyOnDemand makes it the current one.
- A key that lacks one of its materials is PendingImport and opens nothing. A replica begins so: material is imported
  into each key of a multi-Region key. Material that has expired is gone.

The emulator keeps one material and one expiry for a key, and takes any.

AWS documentation: "Importing key material for AWS KMS keys", "Delete imported key material" and "Perform on-demand key
rotation", AWS KMS Developer Guide; "ImportKeyMaterial" and "DeleteImportedKeyMaterial", AWS KMS API Reference.
"""

import json
import time

from ministack.core.responses import json_response, request_scope
from ministack.services import kms
from ministack.services.cloudformation import provisioners

from .kms_cryptography import _OPERATIONS
from .kms_keys import Refused, find


def install() -> None:
    """Adds the operations, and wraps ReplicateKey and the finding of a key."""
    _OPERATIONS["ImportKeyMaterial"] = import_key_material
    _OPERATIONS["DeleteImportedKeyMaterial"] = delete_imported_key_material
    _OPERATIONS["EnableKey"] = _OPERATIONS["DisableKey"] = refuse_without_material
    resolve, replicate = kms._resolve_key, kms._replicate_key

    def resolve_unexpired(key_id):
        rec = resolve(key_id)
        if rec is not None and rec["KeyState"] == "Enabled" and 0 < float(rec.get("ValidTo") or 0) <= time.time():
            del rec["ValidTo"]
            kms._delete_imported_key_material({"KeyId": rec["Arn"]})
            _forget(rec, *_imported(rec))
        return rec

    def replicate_without_material(data):
        response = replicate(data)
        primary = kms._resolve_key(data.get("KeyId", ""))
        if response[0] == 200 and _takes_imports(primary):
            arn = json.loads(response[2])["ReplicaKeyMetadata"]["Arn"].split(":")
            with request_scope(arn[4], arn[3]):
                replica = kms._keys[primary["KeyId"]]
            replica["_imported"] = dict.fromkeys(_imported(primary))
            _settle(replica)
        return response

    apply_props = provisioners._kms_apply_key_props

    def apply_without_material(rec, props):
        waits = rec["KeyState"] == "PendingImport"
        apply_props(rec, props)
        # CloudFormation enables no key that has no material.
        if waits:
            rec.update({"KeyState": "PendingImport", "Enabled": False})

    kms._resolve_key, kms._replicate_key = resolve_unexpired, replicate_without_material
    provisioners._kms_apply_key_props = apply_without_material


def take_pending(rec: dict) -> bytes:
    """The new material that a rotation on demand is to use.

    Raises ``Refused`` with KMSInvalidStateException where none has been imported.
    """
    material = rec.pop("_pending_material", None)
    if material is None:
        raise Refused("KMSInvalidStateException", f"{rec['Arn']} has no key material that is pending rotation.")
    rec["_imported"] = {**_imported(rec), _id(rec, material): material}
    return material


def import_key_material(data: dict):
    """ImportKeyMaterial; None where the key is not a symmetric one with imported material."""
    rec = find(data.get("KeyId", ""))
    if not _takes_imports(rec):
        return None
    before = dict(rec)
    response = kms._import_key_material(data)
    if response[0] != 200:
        return response
    material, known = rec["_symmetric_key"], _imported(before)
    is_new = (data.get("ImportType") or ("EXISTING_KEY_MATERIAL" if known else "NEW_KEY_MATERIAL")).startswith("NEW")
    pending = before.get("_pending_material")
    if is_new == (_id(rec, material) in known) and material != pending:
        rec.clear()
        rec.update(before)
        raise Refused("IncorrectKeyMaterialException", "The key material is not that which the request's ImportType "
                      "asks for.")
    if known and is_new or material == pending:
        rec["_pending_material"] = material
        rec["_imported"] = known
    else:
        rec["_imported"] = {**known, _id(rec, material): material}
    _settle(rec)
    return response


def delete_imported_key_material(data: dict):
    """DeleteImportedKeyMaterial, of the current material or of the one that is named."""
    rec = find(data.get("KeyId", ""))
    if not _takes_imports(rec) or not _imported(rec):
        return None
    named = data.get("KeyMaterialId") or next(reversed(_imported(rec)))
    if "_pending_material" in rec and named == _id(rec, rec["_pending_material"]):
        del rec["_pending_material"]
        return json_response({"KeyId": rec["Arn"], "KeyMaterialId": named})
    if named not in _imported(rec):
        raise Refused("NotFoundException", f"{rec['Arn']} has no key material {named}.")
    status, headers, body = kms._delete_imported_key_material(data)
    if status != 200:
        return status, headers, body
    _forget(rec, named)
    return json_response({"KeyId": rec["Arn"], "KeyMaterialId": named})


def refuse_without_material(data: dict):
    """EnableKey and DisableKey; None, so that the emulator does it, unless the key waits for its material."""
    rec = find(data.get("KeyId", ""))
    if rec["KeyState"] == "PendingImport":
        raise Refused("KMSInvalidStateException", f"{rec['Arn']} is pending import.")
    return None


def _takes_imports(rec: dict | None) -> bool:
    return rec is not None and rec.get("Origin") == "EXTERNAL" and rec["KeySpec"] == "SYMMETRIC_DEFAULT"


def _imported(rec: dict) -> dict:
    """The key's materials by id, the current one last; None for one that is to be imported again."""
    return rec.get("_imported", {})


def _id(rec: dict, material: bytes) -> str:
    return kms._key_material_id({"KeyId": rec["KeyId"], "_symmetric_key": material})


def _forget(rec: dict, *ids: str) -> None:
    rec["_imported"] = {name: None if name in ids else material for name, material in _imported(rec).items()}
    _settle(rec)


def _settle(rec: dict) -> None:
    """Makes the key's materials and state those that its imports amount to."""
    present = {name: material for name, material in _imported(rec).items() if material is not None}
    current = next(reversed(_imported(rec)), "")
    rec.pop("_symmetric_key", None)
    if current in present:
        rec["_symmetric_key"] = present[current]
    rec["_retired_materials"] = {name: material for name, material in present.items() if name != current}
    if rec["KeyState"] in ("Enabled", "PendingImport"):
        rec["Enabled"] = bool(present) and len(present) == len(_imported(rec))
        rec["KeyState"] = "Enabled" if rec["Enabled"] else "PendingImport"
