"""Parts of policy evaluation that the emulator reads differently from IAM.

- ``aws:PrincipalArn`` of an assumed role is the role's ARN with its path, not the session's.
  "AWS global condition context keys", IAM User Guide.
- ``NotPrincipal`` with Deny, which the emulator skips, applies to every caller it does not exempt: the caller's
  own ARN, its role's where it has one, and its account must all be listed.
  "AWS JSON policy elements: NotPrincipal", IAM User Guide.
"""

import json

from ministack.core import iam_evaluator
from ministack.services import iam


def install() -> None:
    """Wraps the evaluator's condition keys and its resource policies."""
    resolve_key, evaluate_resource_policy = (
        iam_evaluator._resolve_condition_key, iam_evaluator.evaluate_resource_policy)

    def resolve_condition_key(key, ctx):
        if key.lower() == "aws:principalarn":
            return role_arn(ctx.principal_arn) or ctx.principal_arn
        return resolve_key(key, ctx)

    def evaluate(doc, ctx, *args, **kwargs):
        return evaluate_resource_policy(_with_principals(doc, ctx.principal_arn), ctx, *args, **kwargs)

    iam_evaluator._resolve_condition_key = resolve_condition_key
    iam_evaluator.evaluate_resource_policy = evaluate


def role_arn(session_arn: str) -> str | None:
    """The ARN of the role that a role session's ARN belongs to; None for any other principal."""
    if ":assumed-role/" not in session_arn:
        return None
    account = session_arn.split(":")[4]
    name = iam_evaluator._role_name_from_assumed_arn(session_arn)
    role = iam._roles.get_scoped(account, None, name)
    return role["Arn"] if role else f"arn:aws:iam::{account}:role/{name}"


def _with_principals(doc, caller_arn: str):
    """The policy with each NotPrincipal statement dropped where it exempts the caller, else made to name all."""
    if isinstance(doc, str):
        if "NotPrincipal" not in doc:
            return doc
        try:
            doc = json.loads(doc)
        except ValueError:
            return doc
    if not isinstance(doc, dict):
        return doc
    statements = doc.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    applicable = []
    for statement in statements:
        if isinstance(statement, dict) and "NotPrincipal" in statement:
            if statement.get("Effect") != "Deny" or _exempts(statement["NotPrincipal"], caller_arn):
                continue
            statement = {**statement, "Principal": "*"}
        applicable.append(statement)
    return {**doc, "Statement": applicable}


def _exempts(not_principal, caller_arn: str) -> bool:
    listed = not_principal.get("AWS", []) if isinstance(not_principal, dict) else not_principal
    listed = [listed] if isinstance(listed, str) else listed
    account = caller_arn.split(":")[4]
    roots = {account, f"arn:aws:iam::{account}:root"}
    if not roots.intersection(listed):
        return False
    own = {caller_arn, role_arn(caller_arn)} - {None} - roots
    return own <= set(listed)
