import type { Preset } from '../preset.js';
import { laravel } from './laravel.js';
import { liteque } from './liteque.js';
import { solidQueue } from './solid-queue.js';

/** In the order in which they are listed. */
export const presets: readonly Preset[] = [laravel, solidQueue, liteque];
