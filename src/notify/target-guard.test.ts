import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { createTargetGuard, type Reach, type TargetGuard } from './target-guard.ts';

describe('the target guard', () => {
  const guard = createTargetGuard({ allow: [] });

  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://0/',
    'https://0.0.0.0/',
    'https://127.0.0.1./',
    'https://１２７.0.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:7f00:1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[ff02::1]/',
    'https://10.1.2.3/',
    'https://172.31.255.255/',
    'https://192.168.0.1/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
  ])('refuses %s', (url) => {
    expect(guard.refuse(url)).toMatch(/allowPrivateWebhookTargets/);
  });

  it.each([
    'not a url',
    'file:///etc/passwd',
    'gopher://example.com/',
    'http://example.com/',
    'https://user@example.com/',
    'https://user:secret@example.com/',
    'https://example.com:8080/',
    'https://example.com:22/',
    'http://8.8.8.8/',
  ])('refuses %s, which is no https to a usual port', (url) => {
    expect(guard.refuse(url)).toEqual(expect.any(String));
  });

  it.each(['https://example.com/hooks', 'https://example.com:8443/', 'https://8.8.8.8/', 'https://[2606:4700::1111]/'])(
    'allows %s',
    (url) => {
      expect(guard.refuse(url)).toBeNull();
    },
  );

  it('allows any port and http to a listed block, and to nothing beside it', () => {
    const listing = createTargetGuard({ allow: ['10.0.8.0/24', 'fd12::/16', '192.168.7.9'] });
    for (const url of [
      'http://10.0.8.5:1234/',
      'http://[fd12::5]/',
      'https://192.168.7.9:99/',
      'http://[::ffff:a00:805]/',
    ]) {
      expect(listing.refuse(url)).toBeNull();
    }
    for (const url of [
      'http://10.0.9.5/',
      'http://[fd13::5]/',
      'https://192.168.7.8/',
      'http://8.8.8.8/',
      'http://127.0.0.1/',
    ]) {
      expect(listing.refuse(url)).toEqual(expect.any(String));
    }
  });

  it.each(['10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'example.com', '10.0.0.0/', '10.0.0.0/8/8', ''])(
    'refuses %j as a block',
    (block) => {
      expect(() => createTargetGuard({ allow: [block] })).toThrow(expect.objectContaining({ code: 'option_invalid' }));
    },
  );

  it('refuses a name when only one of its addresses is private', async () => {
    expect(await lookUp(resolving(['8.8.8.8', '10.0.0.1']), 'public')).toBe('blocked_address');
    expect(await lookUp(resolving(['8.8.8.8', '::ffff:10.0.0.1']), 'public')).toBe('blocked_address');
    expect(await lookUp(resolving(['8.8.8.8', '2606:4700::1111']), 'public')).toEqual(['8.8.8.8', '2606:4700::1111']);
  });

  it('refuses a public address to what may reach listed ones only', async () => {
    expect(await lookUp(resolving(['8.8.8.8'], ['10.0.0.0/8']), 'listed')).toBe('blocked_address');
    expect(await lookUp(resolving(['10.0.0.1'], ['10.0.0.0/8']), 'listed')).toEqual(['10.0.0.1']);
  });

  it('passes the failure of the resolver on', async () => {
    const failing = createTargetGuard({
      allow: [],
      resolve: (_name, _options, callback) => callback(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }), []),
    });
    expect(await lookUp(failing, 'public')).toBe('EAI_AGAIN');
    expect(await lookUp(resolving([]), 'public')).toBe('ENOTFOUND');
  });
});

function resolving(answers: readonly string[], allow: readonly string[] = []): TargetGuard {
  const addresses = answers.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
  return createTargetGuard({ allow, resolve: (_name, _options, callback) => callback(null, addresses) });
}

function lookUp(guard: TargetGuard, reach: Reach): Promise<string[] | string | undefined> {
  return new Promise((resolve) => {
    guard.lookup(reach)('hooks.example', { all: true }, (error, found) => {
      if (error) resolve(error.code);
      else resolve(typeof found === 'string' ? [found] : found.map(({ address }) => address));
    });
  });
}
