import { parentPort } from 'node:worker_threads';
import { Fourier } from '../../rules/signal/fourier.ts';
import { makeSpectrum } from '../../rules/signal/make-spectrum.ts';
import type { SpectrumWish } from '../model/spectrum.ts';

// Started only by wiring/pictures.ts, which gives the wishes.
parentPort?.on('message', (wishes: readonly SpectrumWish[]) => {
  parentPort?.postMessage(wishes.map((wish) => makeSpectrum(new Fourier(), wish)));
});
