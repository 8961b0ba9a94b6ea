import type { Named } from "../contracts/json.js";
import type { CreateContext, DependencyMap, PlanContext } from "../contracts/plugin.js";
import type { PartRequest } from "./part-request.js";
import type { DecoratedPartClass } from "./replacement.js";

/** One part of a run: what it depends on and how it is made. */
export interface PartNode {
  readonly request: PartRequest;
  /** A failure is reported and the part left out; otherwise it stops the run. */
  readonly tolerant: boolean;
  /** The package that makes it, for messages. */
  readonly source: string;
  readonly dependencies: DependencyMap;
  /** Parts that have to be made before this one. */
  readonly requires: readonly PartNode[];
  /** What its provider tells of the part before it is made; absent where the provider tells nothing. */
  plan?(context: PlanContext): unknown;
  readonly how:
    | { readonly kind: "factory"; make(dependencies: Named<unknown>, context: CreateContext): unknown }
    | { readonly kind: "decorated"; readonly partClass: DecoratedPartClass }
    /** The caller's own: the kernel does not close it. */
    | { readonly kind: "instance"; readonly instance: object };
}

/** A part that the kernel itself provides, such as the safety gate. */
export interface BuiltInPart {
  readonly dependencies: DependencyMap;
  create(dependencies: Named<unknown>, context: CreateContext): unknown;
}
