"""A Map state in Distributed mode: a Map Run of child executions, in batches, with its results written.

The children run at the same time, as many as MaxConcurrency allows and never more than 64. Once more items have
failed than are tolerated, no further child starts; AWS also ends those that run.

AWS documentation: "Using Map state in Distributed mode", "Setting failure thresholds for Distributed Map states" and
"Viewing Map Runs", AWS Step Functions Developer Guide; "DescribeMapRun", AWS Step Functions API Reference.
"""

import contextvars
import copy
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor, wait

from ministack.core.responses import new_uuid, now_iso
from ministack.services import stepfunctions

from . import states_item_batcher, states_item_reader, states_result_writer, states_roles
from .states_lambda import require_size

logger = logging.getLogger("states")

_MOST_AT_ONCE = 64
_COUNTS = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten",
           "failuresNotRedrivable", "pendingRedrive")


def install() -> None:
    """Replaces the emulator's Distributed Map."""
    stepfunctions._run_distributed_map = run_distributed_map


class Child:
    """One child execution, from before it starts: its input, its items, and what became of it."""

    def __init__(self, payload, item_count: int, is_express: bool) -> None:
        self.input, self.item_count, self.is_express = payload, item_count, is_express
        self.status, self.execution, self.output = "PENDING", None, None


class MapRun:
    """One run over all items, as DescribeMapRun shows it, with its children."""

    def __init__(self, state: dict, processor: dict, parent: dict, ctx: dict, limit, inputs: list) -> None:
        machine, self.label = parent["stateMachineArn"].partition("/")[0], state.get("Label") or new_uuid()
        is_express = processor.get("ProcessorConfig", {}).get("ExecutionType") == "EXPRESS"
        self.processor, self.parent, self.ctx = processor, parent, ctx
        self.children = [Child(payload, item_count, is_express) for payload, item_count in inputs]
        self.machine_arn = f"{machine}/{self.label}"
        self.lock = threading.Lock()
        self.tolerated = {name: float(limit(name)) for name in (
            "ToleratedFailureCount", "ToleratedFailurePercentage") if name in state or f"{name}Path" in state}
        items, most = sum(child.item_count for child in self.children), int(limit("MaxConcurrency") or 0)
        counts = dict.fromkeys(_COUNTS, 0)
        self.record = {
            "mapRunArn": f"{machine.replace(':stateMachine:', ':mapRun:')}/{self.label}:{new_uuid()}",
            "executionArn": parent["executionArn"], "status": "RUNNING", "startDate": now_iso(),
            "maxConcurrency": most,
            "toleratedFailureCount": int(self.tolerated.get("ToleratedFailureCount", 0)),
            "toleratedFailurePercentage": self.tolerated.get("ToleratedFailurePercentage", 0.0),
            "itemCounts": {**counts, "total": items, "pending": items},
            "executionCounts": {**counts, "total": len(self.children), "pending": len(self.children)},
            "redriveCount": 0, "_stateMachineArn": self.machine_arn,
        }
        stepfunctions._map_runs[self.record["mapRunArn"]] = self.record

    def run(self) -> None:
        """Runs the children and waits for them."""
        at_once = min(self.record["maxConcurrency"] or _MOST_AT_ONCE, _MOST_AT_ONCE)
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            wait([pool.submit(contextvars.copy_context().run, self._run_child, child) for child in self.children])

    def exceeds_tolerance(self) -> bool:
        """Whether more items have failed than are tolerated; without a threshold, any."""
        counts = self.record["itemCounts"]
        if not self.tolerated or not counts["failed"]:
            return counts["failed"] > 0
        share = counts["failed"] * 100 / counts["total"]
        return (counts["failed"] > self.tolerated.get("ToleratedFailureCount", counts["total"])
                or share > self.tolerated.get("ToleratedFailurePercentage", 100))

    def end(self, status: str) -> None:
        """Closes the run."""
        self.record["status"], self.record["stopDate"] = status, now_iso()

    def _move(self, child: Child, before: str, after: str) -> None:
        for counts, number in ((self.record["itemCounts"], child.item_count), (self.record["executionCounts"], 1)):
            counts[before] -= number
            counts[after] += number

    def _run_child(self, child: Child) -> None:
        with self.lock:
            if self.parent["status"] != "RUNNING" or self.exceeds_tolerance():
                return
            self._move(child, "pending", "running")
            child.status, child.execution = "RUNNING", self._execution_of(child)
        try:
            child.output = stepfunctions._run_sub_machine(
                self.processor.get("States", {}), self.processor.get("StartAt"), child.input, child.execution,
                self._context_of(child))
            outcome = {"status": "SUCCEEDED", "output": json.dumps(child.output)}
        except stepfunctions._ExecutionError as error:
            outcome = {"status": "FAILED", "error": error.error, "cause": error.cause}
        except Exception as error:
            logger.exception("Unexpected error in execution %s", child.execution["executionArn"])
            outcome = {"status": "FAILED", "error": "States.Runtime", "cause": str(error)}
        with self.lock:
            child.status = outcome["status"]
            child.execution.update(outcome, stopDate=now_iso())
            self._move(child, "running", child.status.lower())

    def _execution_of(self, child: Child) -> dict:
        name = new_uuid()
        execution = {
            "executionArn": f"{self.machine_arn.replace(':stateMachine:', ':execution:')}:{name}",
            "stateMachineArn": self.machine_arn, "name": name, "status": "RUNNING", "startDate": now_iso(),
            "stopDate": None, "input": json.dumps(child.input), "inputDetails": {"included": True}, "output": None,
            "outputDetails": {"included": True}, "mapRunArn": self.record["mapRunArn"], "events": [],
            "testCase": self.parent.get("testCase"), "mockAttempts": {},
        }
        stepfunctions._executions[execution["executionArn"]] = execution
        return execution

    def _context_of(self, child: Child) -> dict:
        execution = child.execution
        return {
            "QueryLanguage": self.processor.get("QueryLanguage") or self.ctx.get("QueryLanguage", "JSONPath"),
            "Execution": {"Id": execution["executionArn"], "Input": copy.deepcopy(child.input),
                          "Name": execution["name"], "StartTime": execution["startDate"]},
            "StateMachine": {"Id": self.machine_arn, "Name": f"{self.ctx['StateMachine']['Name']}/{self.label}"},
            "variables": {},
        }


def run_distributed_map(state, raw_input, effective, processor, execution, ctx):
    """Runs the state to its output and the name of the next; raises ``_ExecutionError`` where it fails."""
    is_jsonata = stepfunctions._state_query_language(state, ctx) == "JSONata"

    def evaluate(template, context=ctx):
        if is_jsonata:
            return stepfunctions._apply_jsonata_template(template, raw_input, context)
        return stepfunctions._resolve_params_obj(template, effective, context)

    def at_path(path):
        return stepfunctions._resolve_path_or_ctx(path, effective, ctx)

    def limit(name):
        return at_path(state[f"{name}Path"]) if f"{name}Path" in state else evaluate(state.get(name, 0))

    states_roles.require("states:StartExecution", execution["stateMachineArn"].partition("/")[0], "States.Runtime")
    items = _selected(state, _items(state, evaluate, at_path), evaluate, ctx)
    run = MapRun(state, processor, execution, ctx, limit,
                 states_item_batcher.batches(state.get("ItemBatcher"), items, evaluate, at_path))
    run.run()
    if execution["status"] != "RUNNING":
        run.end("ABORTED")
        return raw_input, None
    exceeded = run.exceeds_tolerance()
    try:
        result = _result(state, run, evaluate, exceeded)
    except stepfunctions._ExecutionError:
        run.end("FAILED")
        raise
    run.end("FAILED" if exceeded else "SUCCEEDED")
    if exceeded:
        raise stepfunctions._ExecutionError("States.ExceedToleratedFailureThreshold",
                                            "The specified tolerated failure threshold was exceeded")
    return _output(state, raw_input, result, is_jsonata, ctx)


def _items(state: dict, evaluate, at_path) -> list:
    if state.get("ItemReader"):
        items = states_item_reader.read(state["ItemReader"], evaluate, at_path)
    else:
        items = evaluate(state["Items"]) if "Items" in state else at_path(state.get("ItemsPath", "$"))
    return items if isinstance(items, list) else [items]


def _selected(state: dict, items: list, evaluate, ctx: dict) -> list:
    selector = state.get("ItemSelector") or state.get("Parameters")
    if not selector:
        return items
    return [evaluate(selector, {**ctx, "Map": {"Item": {"Index": index, "Value": item}}})
            for index, item in enumerate(items)]


def _result(state: dict, run: MapRun, evaluate, exceeded: bool):
    writer = state.get("ResultWriter")
    if not states_result_writer.exports(writer):
        return None if exceeded else require_size("Map", states_result_writer.output_of(writer, run.children))
    result = states_result_writer.export(writer, run.children, run.record["mapRunArn"], evaluate)
    for counts in (run.record["itemCounts"], run.record["executionCounts"]):
        counts["resultsWritten"] = counts["succeeded"] + counts["failed"]
    return result


def _output(state: dict, raw_input, result, is_jsonata: bool, ctx: dict):
    if is_jsonata:
        output = stepfunctions._apply_jsonata_output(state, raw_input, ctx, result=result, default=result)
        stepfunctions._apply_state_assign(state, raw_input, ctx, result=result)
    else:
        selected = stepfunctions._apply_result_selector(state, result)
        output = stepfunctions._apply_output_path(
            state, stepfunctions._apply_result_path(state, raw_input, selected), ctx)
    return output, stepfunctions._next_or_end(state)
