"""Authorizes each call on every key it uses, with KMS's condition keys, and says in a refusal what was refused.

The emulator authorizes a KMS call as one action on the KeyId as it was written; here it is authorized as
``kms_authorization.checks`` lists. A KMS action among an S3 request's checks is one that S3 makes for its
caller; its condition keys are those noted with the request.

AWS documentation: "Actions, resources, and condition keys for AWS Key Management Service", Service
Authorization Reference; "Troubleshoot access denied error messages", IAM User Guide.
"""

from ministack.core import iam_actions, iam_evaluator

from . import current_request, kms_authorization


def install() -> None:
    """Wraps the evaluator's entry point and the emulator's AccessDenied answers."""
    decide, access_denied_response = iam_evaluator.enforce, iam_actions.access_denied_response

    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        request = current_request.get()
        if not iam_action.startswith("kms:") or request is None:
            checks = [(iam_action, resource_arn, {})]
        elif request.service == "kms":
            checks = kms_authorization.checks(iam_action, request.body, resource_arn)
        else:
            checks = [(use.action, use.resource_arn, use.conditions) for use in request.service_uses
                      if (use.action, use.resource_arn) == (iam_action, resource_arn)]
        for action, arn, conditions in checks:
            denied = decide(access_key_id, action, "kms" if action.startswith("kms:") else service, region,
                            resource_arn=arn, service_context={**(service_context or {}), **conditions})
            if denied:
                if request is not None:
                    request.refused_action, request.refused_resource = action, arn
                return denied
        return None

    def access_denied(service, action, principal_arn, request_id, **details):
        request = current_request.get()
        plain = not details.get("message") and not details.get("error_code") and not details.get("resource_policy_arn")
        if request is not None and request.refused_action and plain:
            details["message"] = iam_actions.identity_denial_message(
                request.refused_action, principal_arn, request.refused_resource, details.get("explicit_deny", False))
        return access_denied_response(service, action, principal_arn, request_id, **details)

    iam_evaluator.enforce = enforce
    iam_actions.access_denied_response = access_denied
