import ts from 'typescript';

/**
 * The names of the tests in a source file, each in full as Jest prints it: the titles of the groups around it,
 * then its own. A group with a test in it has a name too. Titles are as they are written, placeholders and all.
 * What is skipped or still to be written has no name.
 */
export function testNamesIn(source: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node, groups: readonly string[]): void => {
    const called = ts.isCallExpression(node) ? calledTest(node) : undefined;
    if (called?.isDead === true) return;
    if (called === undefined) {
      ts.forEachChild(node, (child) => {
        visit(child, groups);
      });
      return;
    }
    const path = [...groups, called.title];
    const before = names.length;
    if (called.isGroup) {
      for (const body of called.rest) visit(body, path);
    }
    if (!called.isGroup || names.length > before) names.push(path.join(' '));
  };
  visit(ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest), []);
  return names;
}

interface CalledTest {
  readonly title: string;
  readonly isGroup: boolean;
  readonly isDead: boolean;
  readonly rest: readonly ts.Expression[];
}

/** The call of `test`, `describe` or what hangs on them, such as `test.each(…)('title', …)`. */
function calledTest({ expression, arguments: [first, ...rest] }: ts.CallExpression): CalledTest | undefined {
  const [name, ...modifiers] = calledNames(expression);
  if (name !== 'test' && name !== 'describe') return undefined;
  if (first === undefined || !(ts.isStringLiteralLike(first) || ts.isTemplateExpression(first)))
    return undefined;
  const isDead = modifiers.some((modifier) => modifier === 'skip' || modifier === 'todo');
  return { title: titleOf(first), isGroup: name === 'describe', isDead, rest };
}

function calledNames(expression: ts.Expression): string[] {
  if (ts.isIdentifier(expression)) return [expression.text];
  if (ts.isPropertyAccessExpression(expression)) {
    return [...calledNames(expression.expression), expression.name.text];
  }
  if (ts.isCallExpression(expression)) return calledNames(expression.expression);
  if (ts.isTaggedTemplateExpression(expression)) return calledNames(expression.tag);
  return [];
}

function titleOf(title: ts.StringLiteralLike | ts.TemplateExpression): string {
  if (ts.isStringLiteralLike(title)) return title.text;
  return title.head.text + title.templateSpans.map(spanOf).join('');
}

function spanOf({ expression, literal }: ts.TemplateSpan): string {
  return `\${${ts.isIdentifier(expression) ? expression.text : '…'}}${literal.text}`;
}
