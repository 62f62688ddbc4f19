import { expect, test } from 'vitest';
import { resolveNodeId } from './node-ids.ts';

const namespaces = ['http://opcfoundation.org/UA/', 'urn:server', 'http://example.com/plant', 'urn:a;b%c'];

test('a namespace URI becomes the number it has on this server', () => {
  expect(resolveNodeId('nsu=http://example.com/plant;s=Press1.Speed', namespaces)).toBe('ns=2;s=Press1.Speed');
  expect(resolveNodeId('nsu=http://example.com/plant;s=Press1.Speed', [...namespaces].reverse())).toBe(
    'ns=1;s=Press1.Speed',
  );
});

test('a node id with a number is left alone', () => {
  expect(resolveNodeId('ns=7;i=42', namespaces)).toBe('ns=7;i=42');
  expect(resolveNodeId('i=2258', namespaces)).toBe('i=2258');
});

test('an identifier may contain what looks like another part', () => {
  expect(resolveNodeId('nsu=urn:server;s=a;ns=3;i=1', namespaces)).toBe('ns=1;s=a;ns=3;i=1');
});

test('semicolon and per cent in a URI are percent-encoded', () => {
  expect(resolveNodeId('nsu=urn:a%3Bb%25c;i=1', namespaces)).toBe('ns=3;i=1');
});

test('a URI the server does not know has no node', () => {
  expect(resolveNodeId('nsu=urn:elsewhere;i=1', namespaces)).toBeNull();
});
