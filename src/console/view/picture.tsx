import { useEffect, useRef, useState } from 'preact/hooks';
import { useRetries } from './use-retries.ts';

/** Shows a picture that the service draws, as wide as there is room for. `source` has a query; `why` tells why there is none. */
export function Picture({
  source,
  why,
  description,
}: {
  readonly source: string;
  readonly why: string;
  readonly description: string;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    setWidth(Math.max(280, Math.min(2_000, Math.floor(holder.current?.clientWidth ?? 0))));
  }, []);
  const picture = `${source}&width=${width}`;
  const { attempt, isMissing, onError } = useRetries(picture);
  return (
    <div ref={holder} class="waveform-picture">
      {width > 0 && !isMissing && (
        <img key={`${picture} ${attempt}`} src={picture} alt={description} onError={onError} />
      )}
      {isMissing && (
        <p class="trouble">
          There is no such picture. <a href={why}>Why?</a>
        </p>
      )}
    </div>
  );
}
