import { expect, test } from 'vitest';
import { linkTo, parseRoute, type Route } from './route.ts';

test.each<Route>([
  { page: 'plant' },
  { page: 'asset', id: 'pump-1' },
  { page: 'alert', id: 'a/b?c#d%' },
  { page: 'work-orders' },
  { page: 'work-order', id: 'WO-2026-000002' },
  { page: 'sources' },
  { page: 'health' },
])('the link to $page leads back to it', (route) => {
  expect(parseRoute(linkTo(route))).toEqual(route);
});

test.each(['', '#', '#/', '#/nowhere', '#/asset', '#/asset/', '#/alert/%E0%A4%A'])(
  'the address "%s" shows the plant',
  (hash) => {
    expect(parseRoute(hash)).toEqual({ page: 'plant' });
  },
);
