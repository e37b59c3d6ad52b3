"""A JSONPath that finds nothing fails the execution, and an empty template makes an empty object.

The emulator takes the first for null and the second for no template.

AWS documentation: "Using JSONPath paths" and "Choice workflow state" (IsPresent), AWS Step Functions Developer Guide.
"""

import json

from ministack.services import stepfunctions


def install() -> None:
    """Wraps the templates of Parameters, ItemSelector and ResultSelector, and the rules of a Choice."""
    resolve, evaluate = stepfunctions._resolve_params_obj, stepfunctions._evaluate_rule
    parameters, selector = stepfunctions._apply_parameters, stepfunctions._apply_result_selector

    def resolve_template(template, data, ctx=None):
        for field, path in template.items() if isinstance(template, dict) else ():
            if field.endswith(".$") and isinstance(path, str) and not _finds(path, data, ctx):
                raise stepfunctions._ExecutionError(
                    "States.Runtime", f"The JSONPath '{path}' specified for the field '{field}' could not be found in "
                    f"the input '{json.dumps(data)}'")
        return resolve(template, data, ctx)

    def evaluate_rule(rule, data, ctx=None):
        variable = rule.get("Variable")
        if variable and "IsPresent" not in rule and not _finds(variable, data, ctx):
            raise stepfunctions._ExecutionError(
                "States.Runtime",
                f"Invalid path '{variable}': The choice state's condition path references an invalid value.")
        if "IsPresent" in rule:
            return _finds(variable, data, ctx) == rule["IsPresent"]
        return evaluate(rule, data, ctx)

    def apply_parameters(state, data, ctx=None):
        return {} if state.get("Parameters") == {} else parameters(state, data, ctx)

    def apply_result_selector(state, data):
        return {} if state.get("ResultSelector") == {} else selector(state, data)

    stepfunctions._resolve_params_obj, stepfunctions._evaluate_rule = resolve_template, evaluate_rule
    stepfunctions._apply_parameters, stepfunctions._apply_result_selector = apply_parameters, apply_result_selector


def _finds(path: str, data, ctx) -> bool:
    """Whether the path leads to a value, null included; true for what is no plain path."""
    if path.startswith("$$"):
        path, data = path[1:] if ctx else "$", ctx
    if not path.startswith("$") or path == "$":
        return True
    tokens = stepfunctions._parse_jsonpath_tokens(path)
    for kind, name in tokens or ():
        if kind == "wildcard":
            return True
        if kind == "field" and isinstance(data, dict) and name in data:
            data = data[name]
        elif kind == "index" and isinstance(data, list) and name < len(data):
            data = data[name]
        else:
            return False
    return True
