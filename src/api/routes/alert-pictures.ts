import { Type } from 'typebox';
import type { Alert } from '../../model/alert.ts';
import { ApiError } from '../../model/errors.ts';
import type { MeasuringPoint } from '../../model/measuring-point.ts';
import { formatTime } from '../../model/time.ts';
import { isOriginStored } from '../../store/alert-origin.ts';
import { findAlert } from '../../store/alerts.ts';
import { findFrameTime } from '../../store/asset-frames.ts';
import { findWaveformTime } from '../../store/asset-waveforms.ts';
import { requireTag } from '../history-query.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';
import { isUuid } from './alerts.ts';

/** What the route is made of besides the database. */
export interface AlertPictureServices {
  /** The point whose captures a tag is made of, and which of their features it is. */
  readonly captureOf: (tag: string | null) => { readonly point: MeasuringPoint; readonly feature: string } | null;
}

/** Features that are read off the envelope. */
const OF_ENVELOPE = /^(bearing.*|outer|inner|ball|bpfo|bpfi|bsf|ftf|envelope_rms)$/;
/** Features of the samples as they are, whatever their frequency. */
const OF_SAMPLES = /^(acceleration_rms|peak|crest|kurtosis|skew|mid_rms|high_rms)$/;
const TO_THE_END_HZ = 1_000_000;

/** The picture of the capture that an alert came from. */
export function alertPictureRoutes(routes: Routes, { database, captureOf }: ApiServices): void {
  routes.get(
    '/alerts/:id/picture',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['alerts'],
        summary: 'Leads to the picture that an alert came from.',
        description:
          'The spectrum, with the cursors of the machine, or the thermal frame that was the newest when the alert was raised, as SVG. 404 for an alert that ' +
          'came from no capture, or whose capture is not kept any more; 503, with `retry-after`, while it is not in the database yet.',
        params: Type.Object({ id: Type.String() }),
        querystring: Type.Object({
          width: Type.Integer({ minimum: 280, maximum: 2_000, default: 960, description: 'Of the picture, px.' }),
        }),
        response: { 303: Type.Null({ description: 'Where the picture is.' }), 404: Problem, ...problemResponses },
      },
    },
    async ({ params: { id }, query: { width } }, reply) => {
      const alert = isUuid(id) ? await findAlert(database, id) : null;
      if (!alert) throw new ApiError(404, 'not_found', `there is no alert ${JSON.stringify(id)}`);
      // Seen from the alert, so that it is right behind a proxy that puts the service below a path of its own.
      return reply.header('cache-control', 'no-store').redirect(`../../${await pictureOf(alert, width)}`, 303);
    },
  );

  async function pictureOf(alert: Alert, width: number): Promise<string> {
    const capture = captureOf(alert.tag);
    if (capture === null) throw new ApiError(404, 'not_found', 'the alert came from no waveform and no thermal frame');
    const { point, feature } = capture;
    if (!(await isOriginStored(database, alert.id)))
      throw new ApiError(
        503,
        'unavailable',
        'what the alert came from is kept, but not in the database yet: ask again',
      );
    const { id: tagId } = await requireTag(database, point.tag);
    const isFrame = point.kind === 'thermalFrame';
    const until = alert.raisedAt;
    const at = isFrame
      ? await findFrameTime(database, { tagId, until })
      : await findWaveformTime(database, { tagId, which: 'newest', until });
    if (at === null)
      throw new ApiError(
        404,
        'not_found',
        `what the alert came from is not kept any more: ${point.tag} has nothing until ${formatTime(until)}`,
      );
    const of = `tags/${encodeURIComponent(point.tag)}/${isFrame ? 'frames' : 'waveforms'}/${formatTime(at)}`;
    return isFrame ? `${of}/picture?width=${width}` : `${of}/spectrum?format=svg&${spectrumOf(feature)}&width=${width}`;
  }
}

function spectrumOf(feature: string): string {
  if (OF_ENVELOPE.test(feature)) return 'kind=envelope';
  if (OF_SAMPLES.test(feature)) return `kind=amplitude&toHz=${TO_THE_END_HZ}`;
  return 'kind=velocity';
}
