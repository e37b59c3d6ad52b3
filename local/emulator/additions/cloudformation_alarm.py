"""AWS::CloudWatch::Alarm on a metric math expression, which the emulator refuses.

The alarm is made, with its actions, on a metric that nobody writes: it describes as an alarm and stays in
INSUFFICIENT_DATA, since the expression is not evaluated.

AWS documentation: "AWS::CloudWatch::Alarm" (Metrics), CloudFormation Template Reference.
"""

from ministack.services.cloudformation import provisioners


def install() -> None:
    """Wraps the making of an alarm's record from a template's properties."""
    make_record = provisioners._cw_metric_alarm_record

    def record(name, props):
        metrics = props.get("Metrics")
        if not metrics:
            return make_record(name, props)
        returned = next((metric for metric in metrics if str(metric.get("ReturnData", True)).lower() == "true"), {})
        alone = {key: value for key, value in props.items() if key != "Metrics"}
        return make_record(name, {**alone, "Namespace": "MetricMath", "MetricName": returned.get("Id", "expression")})

    provisioners._cw_metric_alarm_record = record
