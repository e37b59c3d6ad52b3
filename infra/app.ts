import { App } from 'aws-cdk-lib';
import { ConfigurationError } from './configuration-error.ts';
import { chooseEnvironment } from './environments.ts';
import { addStacks } from './stacks.ts';

const app = new App();
try {
  addStacks(app, chooseEnvironment(app.node.tryGetContext('env'), app.node.tryGetContext('environments')));
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(`sealdrop: error: ${error.message}\nsealdrop: hint: ${error.hint}`);
  process.exit(1);
}
