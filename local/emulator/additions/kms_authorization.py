"""What a KMS call must be allowed to do: one or two actions, each on a key's ARN, with its condition keys.

- ReEncrypt is kms:ReEncryptFrom on the source key, found in the ciphertext where SourceKeyId is absent, and
  kms:ReEncryptTo on the destination key, each with its own encryption context.
- An alias is authorized as the key it points to, and its own operations on alias and key.

AWS documentation: "ReEncrypt" (required permissions), AWS KMS API Reference; "AWS KMS condition keys" and
"Control access to aliases", AWS KMS Developer Guide.
"""

import json

from ministack.core.responses import get_account_id
from ministack.services import kms

from .kms_keys import keys_named_by

_ALIAS_OPERATIONS = frozenset({"CreateAlias", "UpdateAlias", "DeleteAlias"})


def checks(iam_action: str, body: bytes, resource_arn: str) -> list[tuple[str, str, dict]]:
    """``(action, resource ARN, condition keys)`` of everything the call must be allowed.

    ``resource_arn`` is the emulator's reading of the resource, kept where no such key exists.
    """
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return [(iam_action, resource_arn, {})]
    operation = iam_action.partition(":")[2]
    found = keys_named_by(operation, data)
    if operation == "ReEncrypt":
        return _re_encrypt(data, found)
    conditions = _conditions(data, found[0] if found else None, data.get("EncryptionContext"), data.get("KeyId", ""))
    if operation in _ALIAS_OPERATIONS:
        named = [kms._alias_arn(data.get("AliasName", "")), *(rec["Arn"] for rec in found)]
        return [(iam_action, arn, conditions) for arn in dict.fromkeys(named)]
    return [(iam_action, found[0]["Arn"] if found else resource_arn, conditions)]


def _re_encrypt(data: dict, found: list[dict]) -> list[tuple[str, str, dict]]:
    destination = kms._resolve_key(data.get("DestinationKeyId", ""))
    source = next((rec for rec in found if rec is not destination), None)
    if source is None and destination is not None and len(found) == 2:
        source = destination
    same = {"kms:ReEncryptOnSameKey": "true" if source is not None and source is destination else "false"}
    sides = (
        ("kms:ReEncryptFrom", source, data.get("SourceEncryptionContext"), data.get("SourceKeyId", "")),
        ("kms:ReEncryptTo", destination, data.get("DestinationEncryptionContext"), data.get("DestinationKeyId", "")),
    )
    return [
        (action, rec["Arn"] if rec else "*", {**_conditions(data, rec, context, named), **same})
        for action, rec, context, named in sides
    ]


def _conditions(data: dict, rec: dict | None, context, named: str) -> dict:
    conditions = {"kms:CallerAccount": get_account_id(), **encryption_context_conditions(context)}
    if named.rpartition(":")[2].startswith("alias/"):
        conditions["kms:RequestAlias"] = named.rpartition(":")[2]
    if "PendingWindowInDays" in data:
        conditions["kms:ScheduleKeyDeletionPendingWindowInDays"] = str(data["PendingWindowInDays"])
    if rec is not None:
        aliases = [arn.rpartition(":")[2] for arn, key_id in kms._aliases.items() if key_id == rec["KeyId"]]
        conditions |= {
            "kms:KeySpec": rec["KeySpec"],
            "kms:KeyUsage": rec["KeyUsage"],
            "kms:KeyOrigin": rec["Origin"],
            "kms:MultiRegion": "true" if rec.get("MultiRegion") else "false",
            **({"kms:ResourceAliases": aliases} if aliases else {}),
        }
    return conditions


def encryption_context_conditions(context) -> dict:
    """kms:EncryptionContext:<name> of each pair and kms:EncryptionContextKeys; none without a context."""
    if not isinstance(context, dict) or not context:
        return {}
    pairs = {f"kms:EncryptionContext:{name}": str(value) for name, value in context.items()}
    return {**pairs, "kms:EncryptionContextKeys": list(context)}
