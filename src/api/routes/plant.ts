import { formatTime } from '../../model/time.ts';
import { readDatabaseBytes } from '../../store/database-size.ts';
import { problemResponses } from '../problem.ts';
import { PlantInfo } from '../schemas.ts';
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
}
