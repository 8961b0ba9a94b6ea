import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RunMetrics } from "./run-metrics.js";

/** Answers `GET /metrics`. It keeps no process alive. */
export class MetricsServer {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @throws what the system answers where it cannot listen */
  static async listen(host: string, port: number, metrics: RunMetrics): Promise<MetricsServer> {
    const server = createServer(async (request, response) => {
      const path = request.url?.split("?")[0];
      const isRead = request.method === "GET" || request.method === "HEAD";
      if (path !== "/metrics" || !isRead) {
        response.writeHead(path === "/metrics" ? 405 : 404, { "content-type": "text/plain" });
        response.end(path === "/metrics" ? "Only GET.\n" : "Metrics are at /metrics.\n");
        return;
      }
      try {
        const text = await metrics.text();
        response.writeHead(200, { "content-type": metrics.contentType });
        response.end(request.method === "HEAD" ? undefined : text);
      } catch {
        response.writeHead(500).end();
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.unref();
    const address = server.address() as AddressInfo;
    const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
    return new MetricsServer(server, `http://${name}:${address.port}/metrics`);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}
