/** One server-sent event. */
export interface SeenEvent {
  readonly name: string;
  readonly data: any;
}

/** Follows an event stream until the service ends it; the list grows while events come. */
export async function followEvents(url: string, key: string): Promise<SeenEvent[]> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
  const seen: SeenEvent[] = [];
  void collect(response, seen).catch(() => undefined); // the service ends the stream when it stops
  return seen;
}

async function collect(response: Response, seen: SeenEvent[]): Promise<void> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const match = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end));
      if (match) seen.push({ name: match[1]!, data: JSON.parse(match[2]!) });
      text = text.slice(end + 2);
    }
  }
}
