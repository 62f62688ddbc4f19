import { formatTime } from '../../model/time.ts';
import { readDatabaseBytes } from '../../store/database-size.ts';
import { Problem, problemResponses } from '../problem.ts';
import { PlantChanges, PlantInfo } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

/** What runs here. */
export function plantRoutes(routes: Routes, services: ApiServices): void {
  const { plant, edition, rollups, disks, database, version, startedAt } = services;
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
      store: { edition, rollups, bytes: await readDatabaseBytes(database).catch(() => null) },
      disks: [...disks()],
      startedAt: formatTime(startedAt),
      version,
    }),
  );

  routes.post(
    '/plant/reload',
    {
      config: { scope: 'admin' },
      schema: {
        tags: ['plant'],
        summary: 'Reads the plant file again and takes what changed; a file with an error changes nothing.',
        response: { 200: PlantChanges, 409: Problem, 422: Problem, 429: Problem, ...problemResponses },
      },
    },
    async ({ caller }) => {
      const { changes } = await services.reload(caller!.principal.name);
      return { changes: changes.map((change) => ({ ...change, details: [...change.details] })) };
    },
  );
}
