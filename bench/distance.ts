import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server as it is seen from some way off. */
export interface DistantServer {
  readonly endpointUrl: string;
  readonly stop: () => Promise<void>;
}

/**
 * Passes on what a server on this machine is asked at once, and what it answers after a while. Answers are held in
 * memory meanwhile: for small objects.
 */
export async function atDistance(endpointUrl: string, milliseconds: number): Promise<DistantServer> {
  const { hostname, port } = new URL(endpointUrl);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket.setNoDelay().on('error', () => socket.destroy()));
      socket.once('close', () => open.delete(socket));
    }
    client.pipe(upstream);
    upstream.on('data', (answer) => void sleep(milliseconds).then(() => client.write(answer)));
    upstream.once('close', () => void sleep(milliseconds).then(() => client.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpointUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
