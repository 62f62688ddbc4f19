import type { Server, Socket } from 'node:net';
import type { FaultPlan } from './fault-plan.ts';

/** Longer than a client that is in a hurry waits, and shorter than a connection lives. */
const DELAY_MS = 1_500;
const GARBAGE_BYTES = 200;

/** What can go wrong with the connections of a server, whatever it speaks. */
export const LINK_FAULTS = {
  delay: 'what is said on the connections comes 1.5 s late',
  'half-open': 'the connections stay open and are silent from then on',
  rst: 'the connections are reset',
  garbage: 'random bytes come on the connections, between two messages',
} as const;
type LinkFault = keyof typeof LINK_FAULTS;

/** The connections of a server, to do harm to. */
export interface FaultyLinks {
  /** Does it to all connections of now; false when `fault` is none of `LINK_FAULTS`. */
  harm(fault: string | null): boolean;
  /** Ends all connections. */
  cut(): void;
}

/** Watches the connections of a server from here on. */
export function watchLinks(server: Server, { random }: Pick<FaultPlan, 'random'>): FaultyLinks {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    harm: (fault) => {
      if (fault === null || !isLinkFault(fault)) return false;
      for (const socket of sockets) harm(fault, socket, random.next);
      return true;
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function isLinkFault(fault: string): fault is LinkFault {
  return Object.hasOwn(LINK_FAULTS, fault);
}

function harm(fault: LinkFault, socket: Socket, random: () => number): void {
  switch (fault) {
    case 'delay': {
      socket.cork();
      const timer = setTimeout(() => socket.uncork(), DELAY_MS);
      socket.once('close', () => clearTimeout(timer));
      return;
    }
    case 'half-open':
      socket.cork(); // nothing that is written from now on leaves
      return;
    case 'rst':
      socket.resetAndDestroy();
      return;
    case 'garbage':
      socket.write(Uint8Array.from({ length: GARBAGE_BYTES }, () => Math.floor(256 * random())));
  }
}
