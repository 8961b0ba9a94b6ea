import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { isCodexError, type JsonObject } from "codex-core";
import { mlflowErrors } from "../errors.js";
import { retryAfterMs } from "./retry-after.js";

/** What a server answered that did not ask to come again. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  /** MLflow's name of what is wrong; empty where nothing is. */
  readonly errorCode: string;
}

export interface Query {
  readonly [name: string]: string | number;
}

type Body = { readonly text: string; readonly type?: string } | { readonly file: string };

interface Sent {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly body?: Body;
  readonly signal: AbortSignal;
}

/** Speaks HTTP to a server of MLflow's. Whatever trying again can help with is thrown. */
export class RestClient {
  readonly #agent: HttpAgent;
  readonly #disposed = new AbortController();

  /** @param address the server's, with the path that it is under */
  constructor(
    readonly address: URL,
    readonly headers: { readonly [name: string]: string },
  ) {
    const settings = { keepAlive: true, maxSockets: 4 };
    this.#agent = address.protocol === "https:" ? new HttpsAgent(settings) : new HttpAgent(settings);
  }

  /** @throws CODEX_TRACKER_MLFLOW_UNREACHABLE, CODEX_TRACKER_MLFLOW_REFUSED for every answer but a good one */
  async get(path: string, query: Query, signal: AbortSignal): Promise<JsonObject> {
    return this.#good(path, await this.ask(path, query, signal));
  }

  /** @throws CODEX_TRACKER_MLFLOW_UNREACHABLE, CODEX_TRACKER_MLFLOW_REFUSED for every answer but a good one */
  async post(path: string, body: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    return this.#good(path, await this.tell(path, JSON.stringify(body), signal));
  }

  /** As `get`, but an answer that says what is wrong with the request is returned. */
  ask(path: string, query: Query, signal: AbortSignal): Promise<Answer> {
    const words = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    return this.#send({ method: "GET", path: `mlflow/${path}?${words}`, signal });
  }

  /** As `post`, of JSON text, but an answer that says what is wrong with the request is returned. */
  tell(path: string, json: string, signal: AbortSignal): Promise<Answer> {
    const body = { text: json, type: "application/json" };
    return this.#send({ method: "POST", path: `mlflow/${path}`, body, signal });
  }

  /** Uploads a text or a file. */
  async put(path: string, body: Body, signal: AbortSignal): Promise<Answer> {
    return this.#send({ method: "PUT", path, body, signal });
  }

  /** Ends what goes on, so that nothing keeps the process. */
  dispose(): void {
    this.#disposed.abort(new Error("the run is over"));
    this.#agent.destroy();
  }

  #good(path: string, answer: Answer): JsonObject {
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw this.refusalOf(path, answer);
  }

  async #send(sent: Sent): Promise<Answer> {
    const { path, signal } = sent;
    try {
      const [reply, text] = await this.#exchange({ ...sent, signal: AbortSignal.any([signal, this.#disposed.signal]) });
      const status = reply.statusCode ?? 0;
      const body = parseObject(text);
      const answer = { status, body, errorCode: String(body.error_code ?? "") };
      if (isWorthTrying(status)) throw this.refusalOf(path, answer, reply.headers["retry-after"]);
      return answer;
    } catch (cause) {
      signal.throwIfAborted();
      if (isCodexError(cause)) throw cause;
      throw mlflowErrors.CODEX_TRACKER_MLFLOW_UNREACHABLE({
        what: `The MLflow server does not answer: ${describe(cause)}.`,
        where: this.address.href,
        cause,
      });
    }
  }

  async #exchange({ method, path, body, signal }: Sent): Promise<[IncomingMessage, string]> {
    const url = new URL(`${this.address.href.replace(/\/+$/, "")}/api/2.0/${path}`);
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const sizeBytes = await sizeOf(body);
    signal.throwIfAborted();
    const type = body && "type" in body ? { "content-type": body.type } : {};
    const headers = { ...this.headers, ...type, ...(body ? { "content-length": sizeBytes } : {}) };
    const request = send(url, { method, headers, signal, agent: this.#agent });
    const replied = new Promise<IncomingMessage>((resolve, reject) => {
      request.once("response", resolve);
      request.on("error", reject);
    });
    if (body && "file" in body && sizeBytes > 0) {
      // What goes wrong here the request tells; and a server may answer, and close, before it has read all.
      pipeline(createReadStream(body.file, { end: sizeBytes - 1 }), request).catch(() => undefined);
    } else request.end(body && "text" in body ? body.text : undefined);
    const reply = await replied;
    let text = "";
    for await (const part of reply.setEncoding("utf8")) text += part;
    return [reply, text];
  }

  /** An error that says what a server answered. */
  refusalOf(path: string, { status, body }: Answer, wait?: string): Error {
    // A tracker's failure is told of by its first line alone.
    const isUnknown = status === 401 || status === 403;
    const said = isUnknown ? whoAsks : String(body.message ?? body.error_code ?? "").slice(0, 300);
    const asked = retryAfterMs(wait);
    const error = mlflowErrors.CODEX_TRACKER_MLFLOW_REFUSED({
      what: `The MLflow server answers ${status} to ${path.split("?")[0]}${said === "" ? "." : `: ${said}`}`,
      where: this.address.href,
    });
    return asked === undefined ? error : Object.assign(error, { retryAfterMs: asked });
  }
}

const whoAsks = "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, say who asks";

/** Whether another try may have another answer: the server is at fault or busy, or does not know who asks. */
function isWorthTrying(status: number): boolean {
  return status >= 500 || status < 200 || [401, 403, 407, 408, 425, 429].includes(status);
}

async function sizeOf(body: Body | undefined): Promise<number> {
  if (body === undefined) return 0;
  return "text" in body ? Buffer.byteLength(body.text) : (await stat(body.file)).size;
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    // A proxy's page.
    return {};
  }
}

function describe(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return message || code || String(cause);
}
