import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { chooseEnvironment, type Environment } from '../../infra/environments.ts';
import { addStacks, type Stacks } from '../../infra/stacks.ts';

/** The root of the project. */
export const projectFolder: string = join(import.meta.dirname, '..', '..');

const { context } = JSON.parse(readFileSync(join(projectFolder, 'cdk.json'), 'utf8')) as {
  context: { environments: Record<string, object> };
};

/** The context of `cdk.json`, with the one thing that a user must fill in: who may end the production key. */
export const projectContext: Readonly<Record<string, unknown>> = {
  ...context,
  environments: {
    ...context.environments,
    prod: {
      ...context.environments['prod'],
      breakGlassRoleArns: ['arn:aws:iam::111122223333:role/break-glass'],
    },
  },
};

/** The environments of `cdk.json`, as a user finds them. */
export const shippedEnvironments: Readonly<Record<string, object>> = context.environments;

/** The names of the environments in `cdk.json`. */
export const environmentNames: readonly string[] = Object.keys(projectContext['environments'] as object);

/** An environment of `cdk.json`, with changes. */
export function environment(name: string, changes: Partial<Environment> = {}): Environment {
  return { ...chooseEnvironment(name, projectContext['environments']), ...changes };
}

/** An app as `cdk.json` configures it. Assets stay where they are, rather than being copied for each test. */
export function projectApp(): App {
  return new App({ context: { ...projectContext, 'aws:cdk:disable-asset-staging': true } });
}

/** The stacks of an environment in an app of their own, and their templates. */
export function synthesize(
  chosen: Environment,
): Stacks & { app: App; vaultTemplate: Template; trailTemplate: Template } {
  const app = projectApp();
  const stacks = addStacks(app, chosen);
  return {
    ...stacks,
    app,
    vaultTemplate: Template.fromStack(stacks.vault),
    trailTemplate: Template.fromStack(stacks.trail),
  };
}
