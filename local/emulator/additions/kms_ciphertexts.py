"""Symmetric ciphertexts under a key's materials: AES-256-GCM, bound to the key, the material and the context.

The form is the emulator's own, as KMS's is KMS's own; it is as long as KMS's, so that what is counted in
object metadata counts as it does on AWS (184 bytes for a 32-byte data key). Materials that a rotation has
retired stay with their key and keep opening what was made under them.

AWS documentation: "Encryption context" and "Rotate AWS KMS keys", AWS KMS Developer Guide.
"""

import json
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ministack.services import kms

_VERSION = b"\x01"
_KEY_ID_BYTES = 36
_MATERIAL_ID_BYTES = 32
_NONCE_BYTES = 12
_PADDING_BYTES = 55
_HEADER_BYTES = len(_VERSION) + _KEY_ID_BYTES + _MATERIAL_ID_BYTES + _PADDING_BYTES


@dataclass(frozen=True)
class Parsed:
    """What a ciphertext says of itself: the key's id, the material's id in hex, and its parts."""

    key_id: str
    material_id: str
    header: bytes
    nonce: bytes
    sealed: bytes


def parse(ciphertext: bytes) -> Parsed | None:
    """The parts of a ciphertext of ours, or None for anything else."""
    if len(ciphertext) < _HEADER_BYTES + _NONCE_BYTES + 17 or ciphertext[:1] != _VERSION:
        return None
    try:
        key_id = ciphertext[1:1 + _KEY_ID_BYTES].decode("ascii")
    except UnicodeDecodeError:
        return None
    header, rest = ciphertext[:_HEADER_BYTES], ciphertext[_HEADER_BYTES:]
    material = header[1 + _KEY_ID_BYTES:1 + _KEY_ID_BYTES + _MATERIAL_ID_BYTES]
    return Parsed(key_id, material.hex(), header, rest[:_NONCE_BYTES], rest[_NONCE_BYTES:])


def material_id(rec: dict) -> str:
    """The id, 64 hex digits, of the key's current material."""
    return kms._key_material_id(rec)


def encrypt(rec: dict, plaintext: bytes, context: dict) -> bytes:
    """Encrypts under the key's current material, bound to the context."""
    header = _VERSION + rec["KeyId"].encode("ascii") + bytes.fromhex(material_id(rec)) + os.urandom(_PADDING_BYTES)
    nonce = os.urandom(_NONCE_BYTES)
    return header + nonce + AESGCM(rec["_symmetric_key"]).encrypt(nonce, plaintext, header + _canonical(context))


def decrypt(rec: dict, parsed: Parsed, context: dict) -> bytes | None:
    """Decrypts under the material the ciphertext names; None where it does not open with this context."""
    key = rec["_symmetric_key"] if parsed.material_id == material_id(rec) else (
        rec.get("_retired_materials", {}).get(parsed.material_id))
    if key is None:
        return None
    try:
        return AESGCM(key).decrypt(parsed.nonce, parsed.sealed, parsed.header + _canonical(context))
    except InvalidTag:
        return None


def _canonical(context: dict) -> bytes:
    return json.dumps(sorted(context.items())).encode()
