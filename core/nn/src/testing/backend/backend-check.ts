import type { TestBackend } from "../test-backend.js";

/** One property of a backend; each check gets a fresh one. */
export interface BackendCheck {
  readonly title: string;
  check(backend: TestBackend): Promise<void>;
}
