"""Notifications to a queue that KMS encrypts reach it only where the key's policy lets S3 use the key.

S3 needs kms:GenerateDataKey and kms:Decrypt on a customer managed key; the policy of the AWS managed key alias/aws/sqs
grants S3 nothing, so a queue under it cannot be notified.

AWS documentation: "Granting permissions to publish event notification messages to a destination" (AWS KMS key policy),
Amazon S3 User Guide.
"""

import logging

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import kms, s3, sqs

logger = logging.getLogger("s3")


def install() -> None:
    """Wraps the check of a destination, when it is configured and when an event is delivered."""
    allows, deliver = s3._notification_destination_allows, s3._deliver_event_to_sqs

    def destination_allows(target_type, arn, bucket_name, owner):
        return allows(target_type, arn, bucket_name, owner) and (target_type != "sqs" or _key_allows(arn, bucket_name))

    def deliver_to_sqs(arn, event_payload, bucket_region, bucket_name=""):
        if _key_allows(arn, bucket_name):
            deliver(arn, event_payload, bucket_region, bucket_name=bucket_name)
        else:
            logger.warning("S3 notification: the key of %s does not let S3 use it", arn)

    s3._notification_destination_allows, s3._deliver_event_to_sqs = destination_allows, deliver_to_sqs


def _key_allows(queue_arn: str, bucket_name: str) -> bool:
    queue = sqs._queue_by_arn(queue_arn)
    key_id = (queue or {}).get("attributes", {}).get("KmsMasterKeyId")
    if not key_id:
        return True
    rec = kms._resolve_key(key_id)
    if rec is None or rec["KeyState"] != "Enabled":
        return False
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        context = iam_evaluator.EvalContext(
            principal_arn="s3.amazonaws.com", principal_type="Service", principal_account=get_account_id(),
            action=action, resource_arn=rec["Arn"], region=get_region(), secure_transport=True,
            service_context={"aws:sourcearn": f"arn:aws:s3:::{bucket_name}", "aws:sourceaccount": get_account_id()},
        )
        decision = iam_evaluator.evaluate_resource_policy(rec.get("Policy"), context, service="s3.amazonaws.com")
        if decision.decision != "Allow":
            return False
    return True
