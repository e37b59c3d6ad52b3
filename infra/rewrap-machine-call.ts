import { Duration } from 'aws-cdk-lib';
import { JitterType } from 'aws-cdk-lib/aws-stepfunctions';
import { CallAwsService, type CallAwsServiceProps } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/** A call that a run makes itself, tried again for about a minute. The role of the machine says what it may call. */
export function machineCall(
  scope: Construct,
  id: string,
  props: Omit<CallAwsServiceProps, 'iamResources'>,
): CallAwsService {
  const call = new CallAwsService(scope, id, { ...props, iamResources: [] });
  call.addRetry({
    errors: ['States.TaskFailed'],
    interval: Duration.seconds(2),
    backoffRate: 2,
    maxAttempts: 5,
    jitterStrategy: JitterType.FULL,
  });
  return call;
}
