import { createProgram } from './cli/program.ts';
import { isOurs } from './model/errors.ts';

// A rejection that nobody handled is a mistake of ours. It is said aloud, and what runs goes on running.
process.on('unhandledRejection', (error) => {
  console.error('unhandled rejection:', error);
});

// Whoever reads the output may go away (`npm start | head`): that must not take the plant's database down unstopped.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') process.exit(0); // nobody reads on: `detect … | head`
  console.error(
    `millwright: ${isOurs(error) ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  process.exitCode = 1;
}
