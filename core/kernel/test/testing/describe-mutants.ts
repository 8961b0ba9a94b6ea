import { expect } from "chai";
import { runSuite } from "./run-suite.js";

/** Parts that break their contract, by what is wrong: each must fail its suite at the check that is meant for it. */
export type Mutants = { readonly [title: string]: readonly [declare: () => void, fails: RegExp] };

export function describeMutants(mutants: Mutants): void {
  for (const [title, [declare, fails]] of Object.entries(mutants)) {
    it(`fails for ${title}`, async () => {
      const failures = Object.keys(await runSuite(declare));
      expect(
        failures.some((failure) => fails.test(failure)),
        `failures: ${failures.join(" | ") || "none"}`,
      ).to.equal(true);
    });
  }
}
