import type { Logger } from "../contracts/logger.js";
import type { RunObserver } from "./run-observer.js";

type Facts<Name extends keyof RunObserver> = Parameters<NonNullable<RunObserver[Name]>>[0];

/** An observer that cannot hurt: what it throws is logged. */
export class SafeObserver {
  constructor(
    readonly observer: RunObserver | undefined,
    readonly logger: Logger,
  ) {}

  notify<Name extends keyof RunObserver>(name: Name, facts: Facts<Name>): void {
    const { observer } = this;
    const listener = observer?.[name] as ((this: RunObserver, facts: Facts<Name>) => unknown) | undefined;
    if (!observer || !listener) return;
    try {
      listener.call(observer, facts);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn("the run's observer failed", { observer: name, reason });
    }
  }
}
