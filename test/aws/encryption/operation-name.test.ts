import * as sdk from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { operationName } from '../../../aws/encryption/operation-name.ts';
import { failureOf } from '../../support/bytes.ts';

const commands = Object.entries(sdk).filter(([name]) => /^[A-Z]\w+Command$/.test(name)) as unknown as [
  string,
  new (input: object) => object,
][];

test('there are commands to look at', () => {
  expect(commands.length).toBeGreaterThan(100);
});

test.each(commands)('%s tells its operation', (name, Command) => {
  expect(`${operationName(new Command({}))}Command`).toBe(name);
});

test('the schema tells where the name of the class was shortened', () => {
  const command = new (class e {
    readonly schema = [9, 'com.amazonaws.s3', 'PutObject', 0];
  })();
  expect(operationName(command)).toBe('PutObject');
});

test('the class tells where there is no schema, as in older versions of the SDK', () => {
  class PutObjectCommand {
    readonly input = {};
  }
  expect(operationName(new PutObjectCommand())).toBe('PutObject');
});

/** A command whose class has this name, and that carries this for a schema. */
function commandOf(className: string, schema?: unknown): object {
  const classes: Record<string, new () => object> = {
    [className]: class {
      readonly schema = schema;
    },
  };
  const Named = classes[className];
  if (Named === undefined) throw new Error('the class is missing');
  return new Named();
}

test.each([
  ['Command', undefined],
  ['PutObjectCommand2', undefined],
  ['_PutObjectCommand', undefined],
  ['e', undefined],
  ['', undefined],
  ['e', []],
  ['e', 'PutObject'],
  ['e', [9, 'com.amazonaws.s3', 7]],
])('a command of class "%s" with the schema %j does not tell, and is refused', async (className, schema) => {
  const error = await failureOf(() => operationName(commandOf(className, schema)));
  expect(error.code).toBe('REQUEST_UNSUPPORTED');
  expect(error.hint).toContain('class names');
});
