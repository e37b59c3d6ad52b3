#!/usr/bin/env node
import { reportFailure } from './failure.ts';

// What follows needs this Node, and would fail in other words: it is loaded afterwards.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 12)) {
  await import('./start.ts');
} else {
  const message = `Node ${process.versions.node} is too old`;
  reportFailure(process, { message, hint: 'install Node 22.12 or later' });
  process.exitCode = 1;
}
