import { describe, expect, test } from '@jest/globals';
import { machineOf, state, templateWith, type Machine, type State } from './rewrap-machine-template.ts';

const machine = machineOf(templateWith());

function itemProcessor(id: string): Machine {
  const processor = state(machine, id).ItemProcessor;
  if (processor === undefined) throw new Error(`${id} is no map`);
  return processor;
}

describe.each([
  { id: 'RewrapListed', payload: { 'keys.$': '$.Items[*].key' } },
  { id: 'RewrapInventoried', payload: { 'inventoried.$': '$.Items' } },
])('a batch of the map $id', ({ id, payload }) => {
  const { States, StartAt } = itemProcessor(id);
  const inMap = (name: string): State => state(itemProcessor(id), `${id}${name}`);

  test('hands the function keys of a listing, or what an inventory lists with its bucket', () => {
    expect(StartAt).toBe(`${id}Batch`);
    expect(inMap('Batch')).toMatchObject({
      Parameters: {
        FunctionName: '${Rewrap.Arn}',
      },
      ResultSelector: { 'told.$': '$.Payload' },
      ResultPath: '$.report',
      Next: `${id}Left`,
    });
    expect((inMap('Batch')['Parameters'] as { Payload: unknown }).Payload).toEqual({
      'key.$': '$.BatchInput.key',
      ...payload,
    });
  });

  test('goes on with what is left, decoded by then, as long as the function says so', () => {
    expect(inMap('Left')).toMatchObject({
      Choices: [{ Variable: '$.report.told.goOn', BooleanEquals: true, Next: `${id}Rest` }],
      Default: `${id}Done`,
    });
    expect(inMap('Rest')).toMatchObject({
      Parameters: {
        FunctionName: '${Rewrap.Arn}',
        Payload: {
          'key.$': '$.BatchInput.key',
          'keys.$': '$.report.told.left',
          'before.$': '$.report.told',
        },
      },
      ResultPath: '$.report',
      Next: `${id}Left`,
    });
    expect(inMap('Done')).toEqual({ Type: 'Pass', OutputPath: '$.report.told', End: true });
    expect(Object.keys(States)).toHaveLength(5);
  });

  test('ends with what was told before, where the rest is cut off for good, and fails where it failed', () => {
    expect(inMap('Rest')['Catch']).toEqual([
      { ErrorEquals: ['BatchFailed'], ResultPath: '$.ended', Next: `${id}RestFailed` },
      { ErrorEquals: ['States.ALL'], ResultPath: '$.ended', Next: `${id}Done` },
    ]);
    expect(inMap('RestFailed')).toEqual({
      Type: 'Fail',
      ErrorPath: '$.ended.Error',
      CausePath: '$.ended.Cause',
    });
  });

  test.each(['Batch', 'Rest'])(
    'tries %s again where Lambda cut it off, and not where the batch failed',
    (name) => {
      const errors = inMap(name).Retry?.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(errors).toEqual(
        expect.arrayContaining([
          'Lambda.ServiceException',
          'Sandbox.Timedout',
          'Runtime.ExitError',
          'Lambda.TooManyRequestsException',
        ]),
      );
      expect(errors).not.toContain('States.ALL');
      expect(errors).not.toContain('States.TaskFailed');
    },
  );
});
