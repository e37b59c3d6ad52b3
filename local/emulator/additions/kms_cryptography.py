"""KMS's operations on symmetric keys: Encrypt, Decrypt, ReEncrypt and the two that generate data keys.

They take the place of the emulator's, whose ciphertexts know one key material only and whose Decrypt does
not compare the key it is given with the one the ciphertext was made under; asymmetric and HMAC keys stay with
the emulator.

AWS documentation: "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey" and "GenerateDataKeyWithoutPlaintext",
AWS KMS API Reference; "Testing your permissions" (DryRun), AWS KMS Developer Guide.
"""

import base64
import functools
import json
import os

from ministack.core.responses import error_response_json, json_response
from ministack.services import kms

from . import current_request, kms_ciphertexts
from .kms_keys import Refused, blob, find, of_ciphertext, require_usable

_ALGORITHM = "SYMMETRIC_DEFAULT"
_DATA_KEY_BYTES = {"AES_256": 32, "AES_128": 16}


def install() -> None:
    """Wraps the emulator's KMS handler."""
    serve = kms.handle_request

    @functools.wraps(serve)
    async def handle_request(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        handler = _OPERATIONS.get(operation)
        if handler is None:
            return await serve(method, path, headers, body, query_params)
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            return error_response_json("SerializationException", "Invalid JSON", 400)
        try:
            answer = handler(data)
        except Refused as refused:
            return refused.answer
        # None: not a symmetric key.
        return answer if answer is not None else await serve(method, path, headers, body, query_params)

    kms.handle_request = handle_request


def _note_material(**ids: str) -> None:
    request = current_request.get()
    if request is not None:
        request.key_uses.update(ids)


def _refuse_dry_run(data: dict) -> None:
    if data.get("DryRun"):
        raise Refused("DryRunOperationException",
                      "The request would have succeeded, but the DryRun option is set.")


def _open(data: dict, key_id: str | None, context: dict) -> tuple[dict, kms_ciphertexts.Parsed, bytes]:
    ciphertext = blob(data, "CiphertextBlob")
    named = find(key_id) if key_id else None
    parsed = kms_ciphertexts.parse(ciphertext)
    if parsed is None:
        if named is not None:
            require_usable(named)
        raise Refused("InvalidCiphertextException")
    rec = of_ciphertext(ciphertext)
    if named is not None and (rec is None or named["KeyId"] != rec["KeyId"]):
        require_usable(named)
        raise Refused("IncorrectKeyException",
                      "The key ID in the request does not identify a CMK that can perform this operation.")
    if rec is None:
        raise Refused("AccessDeniedException", "The ciphertext refers to a customer master key that does not "
                      "exist, does not exist in this region, or you are not allowed to access.")
    plaintext = kms_ciphertexts.decrypt(require_usable(rec), parsed, context)
    if plaintext is None:
        raise Refused("InvalidCiphertextException")
    return rec, parsed, plaintext


def _symmetric(rec: dict) -> bool:
    return rec.get("KeySpec") == _ALGORITHM and rec.get("KeyUsage") == "ENCRYPT_DECRYPT"


def encrypt(data: dict):
    """Encrypt; None where the key is not a symmetric encryption key."""
    rec = find(data.get("KeyId", ""))
    if not _symmetric(rec):
        return None
    require_usable(rec)
    _refuse_dry_run(data)
    sealed = kms_ciphertexts.encrypt(rec, blob(data, "Plaintext"), data.get("EncryptionContext") or {})
    return json_response({"KeyId": rec["Arn"], "CiphertextBlob": base64.b64encode(sealed).decode(),
                          "EncryptionAlgorithm": _ALGORITHM})


def decrypt(data: dict):
    """Decrypt; None where the request names an asymmetric key."""
    if data.get("KeyId") and not _symmetric(find(data["KeyId"])):
        return None
    rec, parsed, plaintext = _open(data, data.get("KeyId"), data.get("EncryptionContext") or {})
    _refuse_dry_run(data)
    _note_material(keyMaterialId=parsed.material_id)
    return json_response({"KeyId": rec["Arn"], "Plaintext": base64.b64encode(plaintext).decode(),
                          "EncryptionAlgorithm": _ALGORITHM, "KeyMaterialId": parsed.material_id})


def re_encrypt(data: dict):
    """ReEncrypt between symmetric keys; the plaintext stays inside."""
    destination = find(data.get("DestinationKeyId", ""))
    ignores_ciphertext = data.get("DryRun") and "IGNORE_CIPHERTEXT" in (data.get("DryRunModifiers") or [])
    if ignores_ciphertext:
        require_usable(destination)
        _refuse_dry_run(data)
    source, parsed, plaintext = _open(data, data.get("SourceKeyId"), data.get("SourceEncryptionContext") or {})
    require_usable(destination)
    if not _symmetric(destination):
        raise Refused("InvalidKeyUsageException", f"{destination['Arn']} is not a symmetric encryption key.")
    _refuse_dry_run(data)
    sealed = kms_ciphertexts.encrypt(destination, plaintext, data.get("DestinationEncryptionContext") or {})
    material = kms_ciphertexts.material_id(destination)
    _note_material(sourceKeyMaterialId=parsed.material_id, destinationKeyMaterialId=material)
    return json_response({
        "CiphertextBlob": base64.b64encode(sealed).decode(),
        "SourceKeyId": source["Arn"], "KeyId": destination["Arn"],
        "SourceEncryptionAlgorithm": _ALGORITHM, "DestinationEncryptionAlgorithm": _ALGORITHM,
        "SourceKeyMaterialId": parsed.material_id, "DestinationKeyMaterialId": material,
    })


def generate_data_key(data: dict, with_plaintext: bool = True):
    """GenerateDataKey, and GenerateDataKeyWithoutPlaintext."""
    rec = require_usable(find(data.get("KeyId", "")))
    if not _symmetric(rec):
        raise Refused("InvalidKeyUsageException", f"{rec['Arn']} key usage is {rec['KeyUsage']} which is not valid "
                      "for GenerateDataKey.")
    if ("KeySpec" in data) == ("NumberOfBytes" in data):
        raise Refused("ValidationException", "Please specify either number of bytes or key spec.")
    length = data.get("NumberOfBytes") or _DATA_KEY_BYTES.get(data.get("KeySpec", ""), 0)
    if not 1 <= length <= 1024:
        raise Refused("ValidationException", "Value at 'keySpec' or 'numberOfBytes' failed to satisfy constraint.")
    _refuse_dry_run(data)
    data_key = os.urandom(length)
    sealed = kms_ciphertexts.encrypt(rec, data_key, data.get("EncryptionContext") or {})
    answer = {"KeyId": rec["Arn"], "CiphertextBlob": base64.b64encode(sealed).decode(),
              "KeyMaterialId": kms_ciphertexts.material_id(rec)}
    _note_material(keyMaterialId=answer["KeyMaterialId"])
    if with_plaintext:
        answer["Plaintext"] = base64.b64encode(data_key).decode()
    return json_response(answer)


_OPERATIONS = {
    "Encrypt": encrypt,
    "Decrypt": decrypt,
    "ReEncrypt": re_encrypt,
    "GenerateDataKey": generate_data_key,
    "GenerateDataKeyWithoutPlaintext": functools.partial(generate_data_key, with_plaintext=False),
}
