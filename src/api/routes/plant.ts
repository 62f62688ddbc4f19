import { formatTime } from '../../model/time.ts';
import { problemResponses } from '../problem.ts';
import { PlantInfo } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

/** What runs here. */
export function plantRoutes(routes: Routes, { plant, edition, version, startedAt }: ApiServices): void {
  routes.get(
    '/plant',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['plant'],
        summary: 'The plant and its service.',
        response: { 200: PlantInfo, ...problemResponses },
      },
    },
    async () => ({
      name: plant.name,
      timezone: plant.timezone,
      store: { edition },
      startedAt: formatTime(startedAt),
      version,
    }),
  );
}
