import { describe, expect, it } from 'vitest';
import { hostKind, isCidr, isWithin } from './network.ts';

describe('isCidr', () => {
  it.each(['10.0.8.0/24', '127.0.0.1/32', '0.0.0.0/0', 'fd00::/8', '::1/128'])('takes %s', (text) => {
    expect(isCidr(text)).toBe(true);
  });

  it.each([
    '10.0.8.0',
    '10.0.8.0/33',
    '10.0.8/24',
    'fd00::/129',
    '300.0.0.0/8',
    'plant/24',
    '',
    '10.0.0.0/-1',
    ' 10.0.0.0/8',
  ])('refuses %j', (text) => {
    expect(isCidr(text)).toBe(false);
  });
});

describe('hostKind', () => {
  it.each([
    ...['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', 'localhost'],
    ...['[::1]', '[fd00::1]', '[fe80::1]', '[::ffff:10.0.0.1]'],
  ])('knows that %s is private', (hostname) => {
    expect(hostKind(hostname)).toMatchObject({ kind: 'address', isPrivate: true });
  });

  it.each(['8.8.8.8', '172.32.0.1', '[2001:4860:4860::8888]'])('knows that %s is public', (hostname) => {
    expect(hostKind(hostname)).toMatchObject({ kind: 'address', isPrivate: false });
  });

  it.each<[string, boolean]>([
    ['cmms', true],
    ['cmms.plant.internal', true],
    ['printer.local', true],
    ['cmms.example', false],
    ['internal.example.com', false],
  ])('judges the name %s by its spelling', (hostname, isInternal) => {
    expect(hostKind(hostname)).toEqual({ kind: 'name', isInternal });
  });
});

describe('isWithin', () => {
  it('finds an address in any of the networks, of its own family', () => {
    expect(isWithin('10.0.8.200', ['192.168.0.0/16', '10.0.8.0/24'])).toBe(true);
    expect(isWithin('10.0.9.1', ['192.168.0.0/16', '10.0.8.0/24', 'nonsense'])).toBe(false);
    expect(isWithin('fd00::5', ['fd00::/8'])).toBe(true);
  });
});
