import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { toEnvironment, type FunctionSettings } from '../lambda/settings.ts';
import { handlerCode, type HandlerName } from './handler-code.ts';

/** One function of a vault. */
export interface VaultFunctionProps {
  readonly handler: HandlerName;
  readonly description: string;
  readonly role: Role;
  readonly settings: FunctionSettings;
  readonly memorySizeMebibytes: number;
}

/** The longest that Lambda lets a function run. */
export const functionTimeout: Duration = Duration.minutes(15);

/** A function with a prebuilt handler, a role of its own and a log of its own. */
export class VaultFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: VaultFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.SIX_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    logGroup.grantWrite(props.role);
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: handlerCode(props.handler),
      role: props.role,
      timeout: functionTimeout,
      memorySize: props.memorySizeMebibytes,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      environment: toEnvironment(props.settings),
    });
  }
}
