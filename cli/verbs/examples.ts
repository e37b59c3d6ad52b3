/** The end of a verb's help: what one does with it, each with the command line to type. */
export function examples(each: readonly (readonly [purpose: string, commandLine: string])[]): string {
  const blocks = each.map(([purpose, commandLine]) => `  # ${purpose}\n  ${commandLine}`);
  return `\nExamples:\n${blocks.join('\n\n')}`;
}
