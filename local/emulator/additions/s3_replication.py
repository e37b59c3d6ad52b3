"""S3 Replication as it comes about: a moment after the write, in order of writing, with a status on the source.

- A new version that a rule of its bucket matches is PENDING, then COMPLETED, or FAILED where a destination could not
  take it; where several rules with one destination match, the one of the highest priority holds. Replicas, versions
  from before the rule and deletions of a version are not replicated; delete markers are where the rule says so.
- Objects under SSE-KMS are passed over, and FAILED where the rule selects them: only SSE-S3 is emulated.
- ``POST /_ministack/config`` with ``{"s3.replication_held": true}`` keeps everything PENDING until it is false again.

AWS documentation: "Replicating objects within and across Regions", "What does Amazon S3 replicate?", "Getting
replication status information" and "Replicating delete markers between buckets", Amazon S3 User Guide;
"PutBucketReplication", Amazon S3 API Reference.
"""

import collections
import contextvars
import functools
import json
import logging
import time
from dataclasses import dataclass

from ministack import app
from ministack.services import s3

from . import s3_replicas
from .service_roles import RoleRefused

logger = logging.getLogger("s3")

_DELAY_SECONDS = 0.2
_HELD = "s3.replication_held"


@dataclass(frozen=True)
class _Work:
    """One version to replicate, the rules it matched and their role, in the context of its write."""

    version: s3_replicas.Version
    rules: list[dict]
    role_arn: str
    due: float
    context: contextvars.Context


_queue: collections.deque[_Work] = collections.deque()
_held = False
# What a request has written: (bucket, key, the new record, or None for a delete marker, and the marker's id).
_written: contextvars.ContextVar[list | None] = contextvars.ContextVar("written", default=None)


def install() -> None:
    """Takes the place of the emulator's replication, which is done within the write and in no role."""
    dispatch, mark, configure = s3._dispatch, s3._record_delete_marker, app._handle_admin_config_request

    @functools.wraps(dispatch)
    def replicating_dispatch(*args):
        written: list = []
        token = _written.set(written)
        try:
            return dispatch(*args)
        finally:
            _written.reset(token)
            for bucket, key, record, marker_id in written:
                _begin(bucket, key, record, marker_id)

    def note_version(bucket_name, key, obj, data, tags=None):
        # Its version id, tags and locks are set later in the request.
        if _written.get() is not None:
            _written.get().append((bucket_name, key, obj, None))

    def note_marker(bucket_name, key, prior_obj):
        marker_id = mark(bucket_name, key, prior_obj)
        if _written.get() is not None:
            _written.get().append((bucket_name, key, None, marker_id))
        return marker_id

    async def hold_or_configure(path, method, body):
        if path != "/_ministack/config" or method != "POST" or _HELD.encode() not in body:
            return await configure(path, method, body)
        global _held
        _held = json.loads(body)[_HELD] is True
        return 200, {"Content-Type": "application/json"}, json.dumps({"applied": {_HELD: _held}}).encode()

    s3._dispatch, s3._maybe_replicate, s3._record_delete_marker = replicating_dispatch, note_version, note_marker
    s3._maybe_replicate_delete_marker = lambda *_: None
    app._handle_admin_config_request = hold_or_configure


def _begin(bucket: str, key: str, record: dict | None, marker_id: str | None) -> None:
    configuration = s3._bucket_replication.get(bucket)
    version_id = marker_id or (record or {}).get("version_id")
    if not configuration or not version_id or s3._bucket_versioning.get(bucket) != "Enabled":
        return
    version = s3_replicas.Version(bucket, key, version_id)
    rules = _matching(configuration["Rules"], version, record)
    if not rules:
        return
    if record is not None:
        _set_status(version, "PENDING")
    work = _Work(version, rules, configuration.get("Role", ""), time.monotonic() + _DELAY_SECONDS,
                 contextvars.copy_context())
    app._MAIN_LOOP.call_soon_threadsafe(_enqueue, work)


def _matching(rules: list[dict], version: s3_replicas.Version, record: dict | None) -> list[dict]:
    """The rules that hold for a version, one for each destination."""
    tags = s3._object_tags.get((version.bucket, version.key, version.version_id)) or {}
    chosen: dict[str, dict] = {}
    for rule in sorted(rules, key=lambda rule: rule.get("Priority", 0), reverse=True):
        if rule.get("Status") == "Enabled" and version.key.startswith(s3._replication_rule_prefix(rule)) and (
                _takes_marker(rule) if record is None else _takes_object(rule, record, tags)):
            chosen.setdefault(rule["Destination"]["Bucket"], rule)
    return list(chosen.values())


def _takes_marker(rule: dict) -> bool:
    """Rules of the first version (without a Filter) take every delete marker; with tags there are none."""
    asked = (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled"
    return "Filter" not in rule or asked and not s3._replication_rule_tags(rule)


def _takes_object(rule: dict, record: dict, tags: dict) -> bool:
    selected = (rule.get("SourceSelectionCriteria") or {}).get("SseKmsEncryptedObjects") or {}
    if s3_replicas.under_kms(record) and selected.get("Status") != "Enabled":
        return False
    return s3._replication_rule_tags(rule).items() <= tags.items()


def _enqueue(work: _Work) -> None:
    _queue.append(work)
    app._MAIN_LOOP.call_later(_DELAY_SECONDS, _replicate_what_is_due)


def _replicate_what_is_due() -> None:
    if _held and _queue:
        app._MAIN_LOOP.call_later(_DELAY_SECONDS, _replicate_what_is_due)
        return
    while _queue and _queue[0].due <= time.monotonic():
        work = _queue.popleft()
        work.context.run(_replicate, work)


def _replicate(work: _Work) -> None:
    entry = s3_replicas.find(work.version)
    if entry is None:  # Deleted in the meantime.
        return
    status = "COMPLETED"
    for rule in work.rules:
        try:
            s3_replicas.write(work.version, entry, rule, work.role_arn)
        except (s3_replicas.Impossible, RoleRefused) as refused:
            logger.error("S3 replication of %s: %s", work.version, refused)
            status = "FAILED"
    if not entry.get("is_delete_marker"):
        _set_status(work.version, status)


def _set_status(version: s3_replicas.Version, status: str) -> None:
    current = s3._buckets[version.bucket]["objects"].get(version.key)
    if current is not None and current.get("version_id") == version.version_id:
        current["replication_status"] = status
    entry = s3_replicas.find(version)
    if entry is not None:
        entry["replication_status"] = status
