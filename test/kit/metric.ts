/**
 * The sum of a metric over its labels, from the service's own `/metrics`. Asked on a connection of its own: a kept one may be
 * closed by the service at the moment at which it is used again.
 */
export async function metricOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`, { headers: { connection: 'close' } })).text();
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].map(([, value]) =>
    Number(value),
  );
  if (values.length === 0) throw new Error(`there is no metric ${name}`);
  return values.reduce((sum, value) => sum + value, 0);
}
