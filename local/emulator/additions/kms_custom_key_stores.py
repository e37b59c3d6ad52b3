"""Custom key stores, and keys in them: AWS_CLOUDHSM and EXTERNAL_KEY_STORE.

There is no cluster and no proxy behind a store: it connects at once, and its keys work as others do. While it is
disconnected they are Unavailable and nothing uses them. They are symmetric, in one Region, and are not rotated.

AWS documentation: "Key stores", "Key states of AWS KMS keys" and "Disconnect an AWS CloudHSM key store", AWS KMS
Developer Guide; "CreateCustomKeyStore", "ConnectCustomKeyStore" and "CreateKey" (CustomKeyStoreId), AWS KMS API
Reference.
"""

import json
import time

from ministack.core.responses import AccountRegionScopedDict, error_response_json, json_response, new_uuid
from ministack.services import kms

from .kms_cryptography import _OPERATIONS
from .kms_keys import Refused

_stores = AccountRegionScopedDict()
_KINDS = ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE")
_SECRETS = frozenset({"KeyStorePassword", "XksProxyAuthenticationCredential"})


def install() -> None:
    """Adds the operations, and wraps what the emulator says and asks of a key."""
    _OPERATIONS.update({
        "CreateCustomKeyStore": create_store,
        "DescribeCustomKeyStores": describe_stores,
        "ConnectCustomKeyStore": connect,
        "DisconnectCustomKeyStore": disconnect,
        "DeleteCustomKeyStore": delete_store,
    })
    create_key, metadata, check_state = kms._create_key, kms._key_metadata, kms._check_key_state

    def create_key_anywhere(data):
        if not data.get("CustomKeyStoreId") and data.get("Origin") not in _KINDS:
            return create_key(data)
        try:
            return _create_key_in_store(create_key, data)
        except Refused as refused:
            return refused.answer

    def metadata_with_store(rec):
        return {**metadata(rec), **rec.get("_custom_key_store", {})}

    def check_state_of_store(rec):
        store = _stores.get(rec.get("_custom_key_store", {}).get("CustomKeyStoreId"))
        if store is not None and store["ConnectionState"] != "CONNECTED":
            return error_response_json("KMSInvalidStateException", f"{rec['Arn']} is unavailable: its custom key store "
                                       "is not connected.", 400)
        return check_state(rec)

    kms._create_key, kms._key_metadata = create_key_anywhere, metadata_with_store
    kms._check_key_state = check_state_of_store


def create_store(data: dict):
    """CreateCustomKeyStore, which leaves the store disconnected."""
    name, kind = data.get("CustomKeyStoreName", ""), data.get("CustomKeyStoreType") or "AWS_CLOUDHSM"
    if not name or kind not in _KINDS:
        raise Refused("ValidationException", "A custom key store needs a name and a type that there is.")
    if any(store["CustomKeyStoreName"] == name for store in _stores.values()):
        raise Refused("CustomKeyStoreNameInUseException", f"{name} is the name of another custom key store.")
    store_id = f"cks-{new_uuid().replace('-', '')[:17]}"
    given = {member: value for member, value in data.items() if member not in _SECRETS}
    _stores[store_id] = {**given, "CustomKeyStoreId": store_id, "CustomKeyStoreType": kind,
                         "ConnectionState": "DISCONNECTED", "CreationDate": int(time.time())}
    return json_response({"CustomKeyStoreId": store_id})


def describe_stores(data: dict):
    """DescribeCustomKeyStores: all, or the one that is named by id or name."""
    found = list(_stores.values())
    for member in ("CustomKeyStoreId", "CustomKeyStoreName"):
        if data.get(member):
            found = [store for store in found if store[member] == data[member]]
            if not found:
                raise Refused("CustomKeyStoreNotFoundException", f"There is no custom key store {data[member]}.")
    return json_response({"CustomKeyStores": [_described(store) for store in found], "Truncated": False})


def connect(data: dict):
    """ConnectCustomKeyStore; done when it answers."""
    store = _require_store(data, "DISCONNECTED")
    store["ConnectionState"] = "CONNECTED"
    for rec in _keys_in(store):
        if rec["KeyState"] == "Unavailable":
            rec["Enabled"] = rec.pop("_was_enabled")
            rec["KeyState"] = "Enabled" if rec["Enabled"] else "Disabled"
    return json_response({})


def disconnect(data: dict):
    """DisconnectCustomKeyStore: its keys are Unavailable from now on."""
    store = _require_store(data, "CONNECTED")
    store["ConnectionState"] = "DISCONNECTED"
    for rec in _keys_in(store):
        if rec["KeyState"] in ("Enabled", "Disabled"):
            rec.update({"_was_enabled": rec["Enabled"], "Enabled": False, "KeyState": "Unavailable"})
    return json_response({})


def delete_store(data: dict):
    """DeleteCustomKeyStore, where it is disconnected and holds no keys."""
    store = _require_store(data, "DISCONNECTED")
    if _keys_in(store):
        raise Refused("CustomKeyStoreHasCMKsException", f"{store['CustomKeyStoreId']} holds keys.")
    del _stores[store["CustomKeyStoreId"]]
    return json_response({})


def _create_key_in_store(create_key, data: dict):
    store = _require_store(data, "CONNECTED")
    kind, xks_key_id = store["CustomKeyStoreType"], data.get("XksKeyId")
    if data.get("Origin", kind) != kind:
        raise Refused("ValidationException", f"Origin {data['Origin']} is not that of the custom key store.")
    if data.get("MultiRegion") or (data.get("KeySpec") or "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        raise Refused("UnsupportedOperationException", "Keys in custom key stores are symmetric, and in one Region.")
    if (kind == "EXTERNAL_KEY_STORE") != bool(xks_key_id):
        raise Refused("ValidationException", "XksKeyId is there for keys in an external key store, and for no others.")
    if xks_key_id and any(rec["_custom_key_store"]["XksKeyConfiguration"]["Id"] == xks_key_id
                          for rec in _keys_in(store)):
        raise Refused("XksKeyAlreadyInUseException", f"The external key {xks_key_id} is in use.")
    status, _, body = answer = create_key({**data, "Origin": "AWS_KMS"})
    if status != 200:
        return answer
    rec = kms._keys[json.loads(body)["KeyMetadata"]["KeyId"]]
    rec["Origin"] = kind
    rec["_custom_key_store"] = {
        "CustomKeyStoreId": store["CustomKeyStoreId"],
        **({"XksKeyConfiguration": {"Id": xks_key_id}} if xks_key_id else {}),
        **({"CloudHsmClusterId": store["CloudHsmClusterId"]} if store.get("CloudHsmClusterId") else {}),
    }
    return json_response({"KeyMetadata": kms._key_metadata(rec)})


def _require_store(data: dict, state: str) -> dict:
    store = _stores.get(data.get("CustomKeyStoreId", ""))
    if store is None:
        raise Refused("CustomKeyStoreNotFoundException", "There is no such custom key store.")
    if store["ConnectionState"] != state:
        raise Refused("CustomKeyStoreInvalidStateException",
                      f"{store['CustomKeyStoreId']} is {store['ConnectionState']}, not {state}.")
    return store


def _keys_in(store: dict) -> list[dict]:
    return [rec for rec in kms._keys.values()
            if rec.get("_custom_key_store", {}).get("CustomKeyStoreId") == store["CustomKeyStoreId"]]


def _described(store: dict) -> dict:
    """The store as it is described: what concerns the proxy is a structure of its own."""
    proxy = {name.removeprefix("XksProxy"): value for name, value in store.items() if name.startswith("XksProxy")}
    plain = {name: value for name, value in store.items() if not name.startswith("XksProxy")}
    return {**plain, **({"XksProxyConfiguration": proxy} if proxy else {})}
