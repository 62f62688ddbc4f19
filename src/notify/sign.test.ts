import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newWebhookSecret } from './secrets.ts';
import { sign } from './sign.ts';

describe('the signature', () => {
  it('is the one of the published vector', () => {
    const headers = sign(
      {
        id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        body: '{"test": 2432232314}',
        secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw'],
      },
      1_614_265_330_000,
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,q6KMVIJHk4Gs770FfR5f591Ftx7uVJSGl5wHV1ri978=',
    });
  });

  it('is verified by the specification written out with another library, for any body, one per secret', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 1, max: 3 }),
        (text, at, count) => {
          const body = JSON.stringify({ text });
          const secrets = Array.from({ length: count }, newWebhookSecret);
          const headers = sign({ id: 'dlv_1', body, secrets }, at + 0.25);
          const signatures = headers?.['webhook-signature'].split(' ') ?? [];
          const expected = secrets.map((secret) => {
            const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
            const signed = `dlv_1.${headers?.['webhook-timestamp']}.${body}`;
            return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
          });
          expect(signatures).toEqual(expected);
          expect(Number(headers?.['webhook-timestamp'])).toBe(Math.floor(at / 1_000));
        },
      ),
    );
  });

  it('is not made without a usable secret', () => {
    expect(sign({ id: 'dlv_1', body: '{}', secrets: [] }, 0)).toBeNull();
    expect(sign({ id: 'dlv_1', body: '{}', secrets: ['whsec_not base64!'] }, 0)).toBeNull();
    expect(sign({ id: 'dlv_1', body: '{}', secrets: ['whsec_'] }, 0)).toBeNull();
  });
});
