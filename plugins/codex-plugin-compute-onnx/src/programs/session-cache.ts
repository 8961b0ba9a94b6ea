import { createHash } from "node:crypto";
import type { EmittedModel } from "../compiled-graph.js";
import type { Runtime, RuntimeSession } from "../runtime/runtime.js";

/** A use of a session; the last use that ends disposes it. */
export interface SharedSession {
  readonly session: RuntimeSession;
  release(): Promise<void>;
}

interface CachedSession {
  readonly session: Promise<RuntimeSession>;
  uses: number;
}

/** Sessions by the digest of their model and their threads: the same program compiled twice is loaded once. */
export class SessionCache {
  readonly #sessions = new Map<string, CachedSession>();

  constructor(
    readonly runtime: Runtime,
    readonly threads: number,
  ) {}

  /** @throws CODEX_COMPUTE_SESSION */
  async acquire(model: EmittedModel, name: string, threads: number = this.threads): Promise<SharedSession> {
    const digest = createHash("sha256").update(`${threads}\n`).update(model.bytes).digest("hex");
    const known = this.#sessions.get(digest);
    const entry = known ?? { session: this.runtime.createSession(model, { name, threads }), uses: 0 };
    this.#sessions.set(digest, entry);
    entry.uses++;
    const release = async () => {
      if (--entry.uses > 0) return;
      this.#sessions.delete(digest);
      await (await entry.session).dispose();
    };
    try {
      return { session: await entry.session, release };
    } catch (error) {
      this.#sessions.delete(digest);
      throw error;
    }
  }
}
