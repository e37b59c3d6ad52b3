"""Which KMS key a request means: by key id, key ARN, alias, or by what its ciphertext carries.

AWS documentation: "Key identifiers (KeyId)", AWS KMS Developer Guide; "Decrypt" and "ReEncrypt", AWS KMS API
Reference.
"""

import base64
import binascii

from ministack.core.responses import error_response_json, get_region
from ministack.services import kms

from . import kms_ciphertexts


class Refused(Exception):
    """A KMS error: its code and message become the answer."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message)
        self.answer = error_response_json(code, message, 400)


def find(key_id: str) -> dict:
    """The key that ``key_id`` names in the request's Region.

    Raises ``Refused`` with NotFoundException where there is none.
    """
    rec = kms._resolve_key(key_id)
    if rec is None:
        kind = "Alias" if "alias/" in key_id else "Key"
        raise Refused("NotFoundException", f"{kind} '{key_id}' does not exist")
    return rec


def require_usable(rec: dict) -> dict:
    """The key, where its state allows cryptographic operations by a direct call.

    Raises ``Refused`` with DisabledException, KMSInvalidStateException or, for an AWS managed key, which only
    its service may use, AccessDeniedException.
    """
    if rec.get("_key_manager") == "AWS":
        raise Refused("AccessDeniedException", f"{rec['Arn']} is managed by AWS and can be used by its service only.")
    refused = kms._check_key_state(rec)
    if refused is None and rec["KeyState"] == "PendingReplicaDeletion":
        raise Refused("KMSInvalidStateException", f"{rec['Arn']} is pending replica deletion.")
    if refused is not None:
        error = Refused("KMSInvalidStateException")
        error.answer = refused
        raise error
    return rec


def blob(data: dict, member: str) -> bytes:
    """A base64 member of the request, decoded; empty where it is absent or is no base64."""
    try:
        return base64.b64decode(data.get(member) or "", validate=True)
    except (binascii.Error, ValueError, TypeError):
        return b""


def of_ciphertext(ciphertext: bytes) -> dict | None:
    """The key, of whichever account, that a ciphertext was made under, in the request's Region; None without one."""
    parsed = kms_ciphertexts.parse(ciphertext)
    if parsed is None:
        return None
    return kms._keys.get(parsed.key_id) or next(
        (rec for (_, region, key_id), rec in kms._keys.to_dict().items()
         if (region, key_id) == (get_region(), parsed.key_id)), None)


def keys_named_by(operation: str, data: dict) -> list[dict]:
    """Every key that a request is about, those that exist; for authorization and for CloudTrail."""
    if operation == "ReEncrypt":
        source = kms._resolve_key(data["SourceKeyId"]) if data.get("SourceKeyId") else of_ciphertext(
            blob(data, "CiphertextBlob"))
        found = [source, kms._resolve_key(data.get("DestinationKeyId", ""))]
    elif operation in ("CreateAlias", "UpdateAlias", "DeleteAlias"):
        found = [kms._resolve_key(data.get("AliasName", "")), kms._resolve_key(data.get("TargetKeyId", ""))]
    elif data.get("KeyId"):
        found = [kms._resolve_key(data["KeyId"])]
    elif operation == "Decrypt":
        found = [of_ciphertext(blob(data, "CiphertextBlob"))]
    else:
        found = []
    return [rec for rec in found if rec is not None]
