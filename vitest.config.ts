import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // Two cores: more would only make real servers late for each other.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{rules,src}/**/*.test.ts', 'test/architecture.test.ts'],
          exclude: ['**/*.system.test.ts', '**/node_modules/**'],
          // Most of their time went into loading the same modules again for each file.
          isolate: false,
          setupFiles: ['test/kit/property-seed.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'adapters',
          include: ['adapters/**/*.test.ts'],
          exclude: ['**/*.system.test.ts', '**/node_modules/**'],
          setupFiles: ['test/kit/property-seed.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{integration,contract,api}/**/*.test.ts'],
          testTimeout: 180_000,
          globalSetup: ['test/kit/build.ts', 'test/kit/postgres.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts', '{adapters,src}/**/*.system.test.ts'],
          testTimeout: 300_000,
          // They measure and look at the clock: one after the other, also after the other projects.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          globalSetup: ['test/kit/build.ts', 'test/kit/postgres.ts'],
        },
      },
    ],
  },
});
