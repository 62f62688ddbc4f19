import { useEffect, useRef, useState } from 'preact/hooks';

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
  const [failed, setFailed] = useState<string | null>(null);
  useEffect(() => {
    setWidth(Math.max(280, Math.min(2_000, Math.floor(holder.current?.clientWidth ?? 0))));
  }, []);
  const picture = `${source}&width=${width}`;
  return (
    <div ref={holder} class="waveform-picture">
      {width > 0 && failed !== picture && <img src={picture} alt={description} onError={() => setFailed(picture)} />}
      {failed === picture && (
        <p class="trouble">
          There is no such picture. <a href={why}>Why?</a>
        </p>
      )}
    </div>
  );
}
