import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Agent, createServer, request as send } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import type { LoopbackCertificate } from './emulator-certificate.ts';
import type { KmsCut, KmsProxyAddress } from './kms-proxy-control.ts';

/** What a proxy is started with. */
export interface KmsProxyOptions {
  /** Where the KMS behind it listens. */
  readonly upstreamUrl: string;
  /** Its own certificate; its authority must have signed that of the KMS, too. */
  readonly certificate: LoopbackCertificate;
}

/** A proxy that stands before a KMS on the loopback address, and cuts it off where it is told to. */
export interface KmsProxy extends KmsProxyAddress {
  stop(): Promise<void>;
}

/**
 * Starts a proxy before a KMS. It ends TLS, so that it can tell the Regions of the calls apart. A cut holds for the
 * connections that are there already, too: calls under way are no longer answered. What was cut off is closed when
 * the cut is over.
 */
export async function startKmsProxy({ upstreamUrl, certificate }: KmsProxyOptions): Promise<KmsProxy> {
  const ca = await readFile(certificate.authorityFile);
  const agent = new Agent({ ca, keepAlive: true });
  const tls = { cert: await readFile(certificate.certificateFile), key: await readFile(certificate.keyFile) };
  const link = new KmsLink((request, response) => {
    forward(request, response, { upstreamUrl, agent, isCut: (each) => link.isCut(each) });
  }, tls);
  await link.listen();
  const control = createHttpServer((request, response) => {
    void obey(link, request).then((status) => response.writeHead(status).end());
  });
  await listenOn(control, 0);
  return {
    endpointUrl: `https://127.0.0.1:${link.port}`,
    controlUrl: `http://127.0.0.1:${portOf(control)}`,
    stop: async () => {
      control.closeAllConnections();
      control.close();
      await link.close();
      agent.destroy();
    },
  };
}

/** The way to KMS, which can be cut. */
class KmsLink {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut: KmsCut | undefined;
  #port = 0;

  constructor(
    pass: (request: IncomingMessage, response: ServerResponse) => void,
    tls: { readonly cert: Buffer; readonly key: Buffer },
  ) {
    this.#server = createServer(tls, (request, response) => {
      if (!this.isCut(request)) pass(request, response);
      else if (this.#cut?.how === 'refuse') request.socket.destroy();
      // What is dropped is read, and never answered.
      else request.resume();
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return this.#port;
  }

  isCut(request: IncomingMessage): boolean {
    if (this.#cut === undefined) return false;
    return this.#cut.regions?.includes(regionOf(request)) ?? true;
  }

  async listen(): Promise<void> {
    await listenOn(this.#server, this.#port);
    this.#port = portOf(this.#server);
  }

  async change(cut: KmsCut | undefined): Promise<void> {
    const wasCut = this.#cut !== undefined;
    this.#cut = cut;
    const isClosed = cut?.how === 'refuse' && cut.regions === undefined;
    if (isClosed) await this.close();
    else if (!this.#server.listening) await this.listen();
    else if (wasCut) this.#hangUp();
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#hangUp();
    await closed;
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

interface Upstream {
  readonly upstreamUrl: string;
  readonly agent: Agent;
  readonly isCut: (request: IncomingMessage) => boolean;
}

function forward(request: IncomingMessage, response: ServerResponse, upstream: Upstream): void {
  const { method = 'POST', headers, url = '/' } = request;
  const sent = send(new URL(url, upstream.upstreamUrl), { method, headers, agent: upstream.agent });
  sent.once('error', () => response.destroy());
  sent.once('response', (answer) => {
    // Cut off in the middle: the answer never arrives.
    if (upstream.isCut(request)) answer.resume();
    else answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers));
  });
  request.pipe(sent);
}

/** The Region that a call is signed for. */
function regionOf({ headers }: IncomingMessage): string {
  return /Credential=[^/]+\/\d{8}\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
}

/** @returns the status to answer with */
async function obey(link: KmsLink, request: IncomingMessage): Promise<number> {
  await link.change(request.method === 'PUT' ? ((await json(request)) as KmsCut) : undefined);
  return 204;
}

async function listenOn(server: Server, port: number): Promise<void> {
  server.listen({ port, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
