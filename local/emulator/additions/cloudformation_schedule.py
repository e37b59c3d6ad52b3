"""All properties of AWS::Scheduler::Schedule; one that the service refuses fails the stack.

AWS documentation: "AWS::Scheduler::Schedule", CloudFormation Template Reference.
"""

from ministack.services import scheduler
from ministack.services.cloudformation import provisioners

_LEFT_OUT = ("StartDate", "EndDate", "ScheduleExpressionTimezone", "KmsKeyArn")


def install() -> None:
    """Wraps the type's create and update."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Scheduler::Schedule"]
    create, update = handlers["create"], handlers["update"]

    def create_and_complete(logical_id, props, stack_name):
        return _completed(*create(logical_id, props, stack_name), props)

    def update_and_complete(physical_id, old_props, new_props, stack_name):
        return _completed(*update(physical_id, old_props, new_props, stack_name), new_props)

    handlers.update(create=create_and_complete, update=update_and_complete)


def _completed(name: str, attributes: dict, props: dict) -> tuple[str, dict]:
    schedule = scheduler._schedules.get(f"{props.get('GroupName', 'default')}/{name}")
    if schedule is None:
        raise ValueError(f"AWS::Scheduler::Schedule {name}: the schedule's properties are not valid")
    schedule.update({member: props.get(member) for member in _LEFT_OUT})
    return name, attributes
