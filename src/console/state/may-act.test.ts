import { expect, it } from 'vitest';
import { mayAct } from './may-act.ts';

it('who may only read, push or make keys is offered no action', () => {
  expect(mayAct({ scopes: ['read', 'ingest', 'keys', 'admin'] })).toBe(false);
  expect(mayAct({ scopes: [] })).toBe(false);
});

it('who may operate, or everything, is offered all, and so is who is not known yet', () => {
  expect(mayAct({ scopes: ['read', 'operate'] })).toBe(true);
  expect(mayAct({ scopes: ['*'] })).toBe(true);
  expect(mayAct(undefined)).toBe(true);
});
