import type { z } from "zod";
import type { Json, JsonObject } from "../../contracts/json.js";
import { nearestName } from "../../plugins/nearest-name.js";
import { isJsonObject } from "../../plugins/read-json-file.js";
import { taskForm } from "./task-form.js";

/** What is wrong with a task's file, and at which key. */
export interface TaskMistake {
  readonly path: readonly string[];
  readonly text: string;
}

/** The mistakes that the form of a task finds in a file, with the spelling that was probably meant. */
export function taskMistakes(form: Json, { issues }: z.ZodError): readonly TaskMistake[] {
  return issues.flatMap((issue): TaskMistake[] => {
    const path = issue.path.map(String);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...path, key], text: unknownKey(key, knownKeys(form, path)) }));
    }
    if (issue.code === "invalid_union" && path.join(".") === "kind") return [{ path, text: unknownKind(form) }];
    if (path.length > 0 && valueAt(form, path) === undefined) return [{ path, text: `${path.join(".")} is missing` }];
    return [{ path, text: path.length > 0 ? `${path.join(".")}: ${issue.message}` : issue.message }];
  });
}

function valueAt(form: Json, path: readonly string[]): Json | undefined {
  const inside = (holder: Json | undefined, key: string) => (holder as JsonObject | null | undefined)?.[key];
  return path.reduce<Json | undefined>(inside, form);
}

function unknownKey(key: string, known: readonly string[]): string {
  return `there is no key ${key}${meant(key, known)}`;
}

function unknownKind(form: Json): string {
  const kinds = taskForm.options.map(({ shape }) => shape.kind.value);
  const kind = isJsonObject(form) ? form.kind : undefined;
  if (typeof kind !== "string") return `it needs a kind: ${kinds.join(", ")}`;
  return `${JSON.stringify(kind)} is no kind: there are ${kinds.join(", ")}${meant(kind, kinds)}`;
}

function meant(word: string, known: readonly string[]): string {
  const near = nearestName(word, known);
  return near === undefined ? "" : ` (did you mean ${near}?)`;
}

/** Keys that may stand at the top, or in `shots`. */
function knownKeys(form: Json, path: readonly string[]): readonly string[] {
  const kind = isJsonObject(form) ? form.kind : undefined;
  const shape = taskForm.options.find((option) => option.shape.kind.value === kind)?.shape;
  if (!shape) return [];
  return Object.keys(path[0] === "shots" ? shape.shots.unwrap().shape : shape);
}
