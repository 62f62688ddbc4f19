import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PEERS } from './peers.ts';

it('the README lists every fault of every protocol', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const listed = readme
    .split('\n')
    .flatMap((line) => (line.startsWith('| `') ? [line.split('|').map((cell) => cell.trim())] : []))
    .map(([, protocol, , fault, words]) => [protocol, fault, words].join(' '));
  const known = Object.entries(PEERS).flatMap(([protocol, { faults }]) =>
    Object.entries(faults).map(([fault, words]) => `\`${protocol}\` \`${fault}\` ${words}`),
  );
  expect(known.filter((line) => !listed.includes(line))).toEqual([]);
});
