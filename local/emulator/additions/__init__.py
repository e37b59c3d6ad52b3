"""What AWS does and MiniStack 1.5.33 does not, added to it in process. ``install`` registers all of it.

Each module replaces named attributes of the emulator's own modules before the first request, so that its
authentication, IAM enforcement and CloudTrail recording apply to the additions as well.
"""

from . import (
    cloudformation_alarm,
    cloudformation_bucket,
    cloudformation_replica_key,
    cloudformation_schedule,
    cloudformation_stack_output,
    cloudformation_trail,
    cloudtrail_lookup,
    cloudwatch_embedded_metrics,
    current_request,
    eventbridge_targets,
    iam_authorization,
    iam_policies,
    kms_cryptography,
    kms_custom_key_stores,
    kms_imported_material,
    kms_lists,
    kms_managed_keys,
    kms_other_accounts,
    kms_rotation,
    lambda_batches,
    lambda_client_regions,
    lambda_errors,
    s3_authorization,
    s3_copies,
    s3_encryption,
    s3_notifications,
    s3_reads,
    s3_replication,
    s3_uploads,
    s3_writes,
    states_lambda,
    states_map_run,
    states_paths,
    states_retries,
    states_roles,
)


def install() -> None:
    """Registers every addition. Call once, before the emulator serves."""
    current_request.install()
    iam_policies.install()
    iam_authorization.install()
    kms_managed_keys.install()
    kms_cryptography.install()
    kms_rotation.install()
    kms_imported_material.install()
    kms_custom_key_stores.install()
    kms_other_accounts.install()
    kms_lists.install()
    s3_authorization.install()
    s3_writes.install()
    s3_reads.install()
    s3_uploads.install()
    s3_copies.install()
    s3_encryption.install()
    s3_notifications.install()
    s3_replication.install()
    lambda_batches.install()
    lambda_client_regions.install()
    lambda_errors.install()
    states_roles.install()
    states_lambda.install()
    states_paths.install()
    states_retries.install()
    states_map_run.install()
    eventbridge_targets.install()
    cloudtrail_lookup.install()
    cloudwatch_embedded_metrics.install()
    cloudformation_alarm.install()
    cloudformation_bucket.install()
    cloudformation_trail.install()
    cloudformation_replica_key.install()
    cloudformation_schedule.install()
    cloudformation_stack_output.install()
