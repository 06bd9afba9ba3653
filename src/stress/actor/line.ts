/** The line to the coordinator, the same for a process and for a worker thread. */
import { isMainThread, parentPort } from 'node:worker_threads';
import type { FromActor, ToActor } from '../protocol.js';

export interface Line {
  send(message: FromActor): void;
  onMessage(listener: (message: ToActor) => void): void;
  /** The coordinator is gone. */
  onBroken(listener: () => void): void;
  /** Nothing more will be said: the process may end. */
  hangUp(): void;
}

export function lineToCoordinator(): Line {
  if (!isMainThread && parentPort !== null) {
    const port = parentPort;
    return {
      send: (message) => port.postMessage(message),
      onMessage: (listener) => void port.on('message', listener),
      onBroken: (listener) => void port.once('close', listener),
      hangUp: () => port.close(),
    };
  }
  return {
    send: (message) => void process.send?.(message, () => undefined),
    onMessage: (listener) => void process.on('message', listener),
    onBroken: (listener) => void process.once('disconnect', listener),
    hangUp: () => {
      if (process.connected) process.disconnect();
    },
  };
}
