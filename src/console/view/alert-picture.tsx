import type { Alert } from '../api.generated.ts';
import { API } from '../link/client.ts';
import { Picture } from './picture.tsx';

/** Shows the spectrum or the thermal frame that an alert came from. */
export function AlertPicture({ alert }: { readonly alert: Alert }) {
  const source = `${API}/alerts/${encodeURIComponent(alert.id)}/picture?`;
  return (
    <section class="panel waveform" aria-label="What it was seen in">
      <h2 class="section-title">What it was seen in</h2>
      <Picture source={source} why={source} description="What the alert was seen in" />
    </section>
  );
}
