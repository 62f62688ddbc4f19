import { parentPort, workerData } from 'node:worker_threads';
import { Fourier } from '../../rules/signal/fourier.ts';
import { makeSpectrum } from '../../rules/signal/make-spectrum.ts';
import type { SpectrumWish } from '../model/spectrum.ts';

// Started only by wiring/pictures.ts, which gives the wishes.
parentPort?.postMessage((workerData as readonly SpectrumWish[]).map((wish) => makeSpectrum(new Fourier(), wish)));
