import { createProgram } from './cli/program.ts';
import { isOurs } from './model/errors.ts';

// A rejection that nobody handled is a mistake of ours. It is said aloud, and what runs goes on running.
process.on('unhandledRejection', (error) => {
  console.error('unhandled rejection:', error);
});

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  console.error(
    `millwright: ${isOurs(error) ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  process.exitCode = 1;
}
