import type { ContributionPoint } from "../contracts/contribution-point.js";
import type { Named } from "../contracts/json.js";
import type { CreateContext, DependencyMap } from "../contracts/plugin.js";
import { partErrors } from "../errors/part-errors.js";

/** A class that is made with (dependencies, options, context). */
export type PlainPartClass = (new (
  dependencies: Named<unknown>,
  options: unknown,
  context: CreateContext,
) => object) & { readonly dependencies?: DependencyMap };

/** A class whose constructor is told by decorators what it takes. */
export type DecoratedPartClass = new (...parts: never[]) => object;

/** A part that the caller brings. */
export type Replacement =
  | { readonly kind: "instance"; readonly instance: object }
  | { readonly kind: "plain"; readonly partClass: PlainPartClass }
  | {
      readonly kind: "decorated";
      readonly partClass: DecoratedPartClass;
      /** Tokens that its constructor takes. */
      readonly tokens: readonly symbol[];
    };

/** Where inversify keeps what its decorators say; any copy of it of the same major version writes there. */
const classMetadataKey = "@inversifyjs/core/classMetadataReflectKey";

interface ClassMetadata {
  readonly constructorArguments?: readonly ({ readonly value?: unknown } | undefined)[];
  readonly properties?: ReadonlyMap<unknown, { readonly value?: unknown }>;
}

/**
 * What the caller brings for one point: a single part under the empty name, or several by name.
 *
 * @throws CODEX_PART_REPLACEMENT
 */
export function readReplacements(
  point: ContributionPoint<unknown>,
  given: object | undefined,
): ReadonlyMap<string, Replacement> {
  const read = new Map<string, Replacement>();
  if (given === undefined) return read;
  if (point.cardinality === "one") read.set("", readReplacement(given, point.key));
  else for (const [name, part] of Object.entries(given)) read.set(name, readReplacement(part, `${point.key}.${name}`));
  return read;
}

function readReplacement(part: unknown, label: string): Replacement {
  if (typeof part === "object" && part !== null) return { kind: "instance", instance: part };
  if (typeof part !== "function" || part.prototype === undefined) {
    throw partErrors.CODEX_PART_REPLACEMENT({
      what: `The part given for ${label} is ${typeof part === "function" ? "a plain function" : `a ${typeof part}`}.`,
      where: `createKernel → parts.${label}`,
    });
  }
  const metadata = readClassMetadata(part);
  if (!metadata) return { kind: "plain", partClass: part as PlainPartClass };
  const elements = [...(metadata.constructorArguments ?? []), ...(metadata.properties?.values() ?? [])];
  const tokens = elements.map((element) => element?.value).filter((token) => typeof token === "symbol");
  return { kind: "decorated", partClass: part as DecoratedPartClass, tokens };
}

function readClassMetadata(part: object): ClassMetadata | undefined {
  const { getOwnMetadata } = Reflect as { getOwnMetadata?: (key: string, target: object) => unknown };
  return getOwnMetadata?.(classMetadataKey, part) as ClassMetadata | undefined;
}
