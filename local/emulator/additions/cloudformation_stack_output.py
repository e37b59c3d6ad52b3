"""Fn::GetStackOutput of a stack in another Region: the emulator looks in the consumer's own.

AWS documentation: "Fn::GetStackOutput", CloudFormation Template Reference.
"""

import functools

from ministack.core.responses import get_account_id, request_scope
from ministack.services.cloudformation import engine


def install() -> None:
    """Wraps the engine's resolver, which calls itself for every value in a template."""
    resolve = engine._resolve_refs

    @functools.wraps(resolve)
    def resolve_where_it_is(value, *args, **kwargs):
        spec = value.get("Fn::GetStackOutput") if isinstance(value, dict) else None
        region = spec.get("Region") if isinstance(spec, dict) else None
        if not isinstance(region, str):
            return resolve(value, *args, **kwargs)
        with request_scope(get_account_id(), region):
            return resolve(value, *args, **kwargs)

    engine._resolve_refs = resolve_where_it_is
