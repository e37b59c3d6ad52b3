"""Keys of another account, for the operations that may use one, by ARN; ``kms_keys`` finds those of a ciphertext.

The key's policy and the caller's own policies must both allow the call. The root user of an account, whom the emulator
asks nothing, is not asked here either.

AWS documentation: "Allowing users in other accounts to use a KMS key", AWS KMS Developer Guide; "Permissions for other
accounts" in the Permissions reference, the same.
"""

from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import kms

from . import current_request

_OPERATIONS = frozenset({
    "CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetKeyRotationStatus",
    "GetPublicKey", "ListGrants", "ReEncrypt", "RetireGrant", "RevokeGrant", "Sign", "Verify", "VerifyMac",
})


def install() -> None:
    """Wraps the finding of a key, its policy and what is said of it."""
    resolve, key_policy, metadata = kms._resolve_key, kms.key_policy_for_arn, kms._key_metadata

    def resolve_anywhere(key_id):
        return resolve(key_id) or (_foreign(key_id) if _may_cross() else None)

    def key_policy_of_owner(resource_arn):
        found = key_policy(resource_arn)
        return found and (found[0], parse_arn(resource_arn).account_id)

    def metadata_of_owner(rec):
        with request_scope(parse_arn(rec["Arn"]).account_id, get_region()):
            return metadata(rec)

    kms._resolve_key, kms.key_policy_for_arn, kms._key_metadata = (
        resolve_anywhere, key_policy_of_owner, metadata_of_owner)


def _may_cross() -> bool:
    request = current_request.get()
    return request is not None and (
        request.service != "kms" or request.headers.get("x-amz-target", "").rpartition(".")[2] in _OPERATIONS)


def _foreign(key_id: str) -> dict | None:
    try:
        arn = parse_arn(key_id or "")
    except ArnParseError:
        return None
    if arn.service != "kms" or arn.region != get_region() or arn.account_id == get_account_id():
        return None
    name = arn.resource.removeprefix("key/")
    if name == arn.resource:
        name = kms._aliases.get_scoped(arn.account_id, arn.region, key_id)
    return kms._keys.get_scoped(arn.account_id, arn.region, name)
