import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { metricsNamespace } from '../lambda/settings.ts';

/** What the functions of a vault count themselves. */
export function vaultMetric(
  vaultId: string,
  metricName: string,
  statistic: 'Maximum' | 'Sum',
  period: Duration,
): Metric {
  return new Metric({
    ...{ metricName, statistic, period, namespace: metricsNamespace },
    dimensionsMap: { service: vaultId },
  });
}
