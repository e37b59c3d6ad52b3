"""The inputs of a Distributed Map's child executions: one item each, or items in batches.

AWS documentation: "ItemBatcher (Map)" and "ItemSelector (Map)", AWS Step Functions Developer Guide.
"""

from .states_roles import size_of

_MOST_BYTES = 256 * 1024


def batches(batcher: dict | None, items: list, evaluate, at_path) -> list[tuple[object, int]]:
    """Pairs of a child's input and how many items it holds, in the items' order.

    ``evaluate`` resolves a template, ``at_path`` a path of the state's input.
    """
    if not batcher:
        return [(item, 1) for item in items]

    def limit(name: str) -> int:
        return int((at_path(batcher[f"{name}Path"]) if f"{name}Path" in batcher else evaluate(batcher.get(name))) or 0)

    most_items = limit("MaxItemsPerBatch") or len(items)
    most_bytes = min(limit("MaxInputBytesPerBatch") or _MOST_BYTES, _MOST_BYTES)
    shared = {"BatchInput": evaluate(batcher["BatchInput"])} if "BatchInput" in batcher else {}
    empty_bytes = size_of({**shared, "Items": []})
    found: list[list] = []
    used_bytes = 0
    for item in items:
        item_bytes = size_of(item) + 1
        if not found or len(found[-1]) >= most_items or used_bytes + item_bytes - 1 > most_bytes:
            found.append([])
            used_bytes = empty_bytes
        found[-1].append(item)
        used_bytes += item_bytes
    return [({**shared, "Items": batch}, len(batch)) for batch in found]
