import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What becomes of a request. Left out: it goes to the server, and its answer comes back. */
export interface ProxyFault {
  /** Answered in place of the server's own answer. */
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  /** Whether the server gets the request all the same. */
  readonly reachesServer?: boolean;
  /** How long the answer is held back. */
  readonly delayMs?: number;
  /** Called when the server has answered. */
  onAnswered?(): void;
}

export interface FaultyProxy {
  readonly uri: string;
  readonly requests: readonly { readonly path: string; readonly atMs: number }[];
  close(): Promise<void>;
}

/** A proxy in front of a server on this machine, which does what `fault` says of each request. */
export async function startProxy(port: number, fault: (path: string) => ProxyFault | undefined): Promise<FaultyProxy> {
  const requests: { path: string; atMs: number }[] = [];
  const server = createServer((incoming, response) => {
    const path = incoming.url!.split("?")[0]!;
    requests.push({ path, atMs: Date.now() });
    pass(port, incoming, response, fault(path) ?? {}).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function pass(
  port: number,
  incoming: IncomingMessage,
  response: ServerResponse,
  { status, headers, reachesServer = true, delayMs = 0, onAnswered }: ProxyFault,
): Promise<void> {
  const body = await bytesOf(incoming);
  const answer = reachesServer ? await forward(port, incoming, body) : undefined;
  onAnswered?.();
  await sleep(delayMs);
  if (status !== undefined) response.writeHead(status, headers).end();
  else response.writeHead(answer!.status, { "content-type": answer!.type }).end(answer!.body);
}

function forward(port: number, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<{ status: number; type: string; body: Buffer }>((resolve, reject) => {
    const target = { host: "127.0.0.1", port, method: method!, path: url!, headers, agent: false };
    const outgoing = request(target, async (answer) => {
      const type = answer.headers["content-type"] ?? "text/plain";
      resolve({ status: answer.statusCode!, type, body: await bytesOf(answer) });
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
