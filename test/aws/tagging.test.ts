import { expect, test } from '@jest/globals';
import { encodeTags } from '../../aws/tagging.ts';

test.each([
  [{}, ''],
  [{ team: 'blue' }, 'team=blue'],
  [{ 'team a': 'b c', d: '' }, 'team%20a=b%20c&d='],
  [{ 'a&b': 'c=d', '+': '%' }, 'a%26b=c%3Dd&%2B=%25'],
  [{ größe: '📦' }, 'gr%C3%B6%C3%9Fe=%F0%9F%93%A6'],
] as [Record<string, string>, string][])('the tags %j are "%s"', (tags, header) => {
  expect(encodeTags(tags)).toBe(header);
  expect(Object.fromEntries(new URLSearchParams(header))).toEqual(tags);
});
