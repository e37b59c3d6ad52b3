import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { RewrapMachine } from '../../infra/rewrap-machine.ts';
import { only } from './templates.ts';

/** The key that is asked for. */
export const wrappingKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';

/** A machine in a stack of its own. */
export function templateWith(toleratedFailurePercentage = 5): Template {
  const stack = new Stack(new App(), 'Test');
  const inlineFunction = (id: string): LambdaFunction =>
    new LambdaFunction(stack, id, {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = () => undefined'),
    });
  new RewrapMachine(stack, 'Runs', {
    vaultId: 'payroll',
    wrappingKeyArn,
    sealed: new Bucket(stack, 'Sealed') as IBucket,
    reports: new Bucket(stack, 'Reports') as IBucket,
    inventoryBuckets: [new Bucket(stack, 'Inventories') as IBucket],
    rewrapFunction: inlineFunction('Rewrap'),
    reportFunction: inlineFunction('Report'),
    workers: 7,
    toleratedFailurePercentage,
  });
  return Template.fromStack(stack);
}

/** A state, or a part of one, as the Amazon States Language has it. */
export interface State {
  readonly [field: string]: unknown;
  readonly Next?: string;
  readonly Choices?: readonly { readonly Variable: string; readonly Next: string }[];
  readonly Default?: string;
  readonly ItemProcessor?: Machine;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
}

/** A machine, or the processor of a map, as the Amazon States Language has it. */
export interface Machine {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

/** The machine of a template. */
export function machineOf(template: Template): Machine {
  const { DefinitionString } = only(template, 'AWS::StepFunctions::StateMachine').Properties;
  return JSON.parse(DefinitionString as string) as Machine;
}

/** A state that must be there. */
export function state({ States }: Machine, id: string): State {
  const found = States[id];
  if (found === undefined) throw new Error(`no state ${id}`);
  return found;
}
