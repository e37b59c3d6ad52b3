import { SealdropError } from '../../envelope/index.ts';

/** The place of an operation's name in the schema that the SDK gives its commands. */
const nameInSchema = 2;

/**
 * The operation that a command asks for, such as `PutObject`. It is read from the command itself: a command
 * of another copy of the SDK is no instance of our classes, and must not pass by unencrypted for that.
 *
 * @throws {@link SealdropError} REQUEST_UNSUPPORTED where the command does not tell.
 */
export function operationName(command: object): string {
  const { schema } = command as { schema?: unknown };
  const fromSchema: unknown = Array.isArray(schema) ? schema[nameInSchema] : undefined;
  if (typeof fromSchema === 'string') return fromSchema;
  const [, fromClass] = /^([A-Z]\w*)Command$/.exec(command.constructor.name) ?? [];
  if (fromClass !== undefined) return fromClass;
  throw new SealdropError('REQUEST_UNSUPPORTED', 'the command does not tell which operation it is', {
    hint: 'send commands of @aws-sdk/client-s3 whose class names were not shortened',
  });
}
